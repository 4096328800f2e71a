"""usage: run_page.py PAGE.md: follows a page in the current folder, top to bottom.

A block of code that names a file is written to it and has under ten lines; `sh` is
run, in one shell; `output` is what the shell printed before. Prints what the page's
commands print."""
import re
import subprocess
import sys

with open(sys.argv[1]) as file:
    blocks = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", file.read(), re.M | re.S)
script, printed = "set -e\n", 0
required = []
for language, name, text in blocks:
    if name:
        lines = [line for line in text.split("\n") if line.strip()]
        assert len(lines) < 10, (name, len(lines))
        with open(name, "w") as file:
            file.write(text)
    elif language == "sh":
        script += text
    elif language == "output":
        required.append(text)
result = subprocess.run(["bash", "-c", script], text=True, stdout=subprocess.PIPE)
print(result.stdout, end="")
for text in required:
    assert text in result.stdout, text
sys.exit(result.returncode)
