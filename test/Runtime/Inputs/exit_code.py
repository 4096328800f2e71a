"""usage: exit_code.py CODE COMMAND...: runs it and requires that exit code."""

import subprocess
import sys

code = subprocess.run(sys.argv[2:]).returncode
if code != int(sys.argv[1]):
    sys.exit(f"required exit code {sys.argv[1]}, found {code}")
