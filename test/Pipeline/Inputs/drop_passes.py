"""Every pass has a test that fails when the pass is dropped.

drop_passes.py TESTS: finds, for each pass of seq-opt, a RUN line under the folder
TESTS that names it, and runs the line as it is and without the pass. Prints a
line for each pass; exits with 1 where some pass has no such test.
"""
import os
import re
import subprocess
import sys
import tempfile


def get_passes():
    """What seq-opt lists under "Passes:" and this project declares."""
    text = subprocess.run(["seq-opt", "--help"], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    text = text.split("Passes:", 1)[1].split("Pass Pipelines:", 1)[0]
    return sorted(set(re.findall(r"^ {6}--(seq-[a-z-]+)", text, re.M)))


def get_run_lines(tests):
    for folder, _, files in sorted(os.walk(tests)):
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not name.endswith(".mlir") or "Inputs" in path:
                continue
            with open(path) as file:
                text = file.read().replace("\\\n", " ")
            for line in re.findall(r"RUN: *(.*)", text):
                yield path, re.sub(r" +// RUN:", "", line)


def runs(path, line):
    """Whether lit would find that `line` of the test `path` passes."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, value in (("%s", path), ("%S", os.path.dirname(path)),
                            ("%t", os.path.join(scratch, "t"))):
            line = line.replace(name, value)
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0


def find_test(name, lines):
    """The test that fails without the pass `name`; None where there is none."""
    flag = re.compile(r" --?%s(=('[^']*'|\"[^\"]*\"|\S+))?(?= |$)" % name)
    for path, line in lines:
        dropped = flag.sub("", line)
        if dropped != line and runs(path, line) and not runs(path, dropped):
            return path
    return None


def main():
    tests, missing = sys.argv[1], 0
    lines = list(get_run_lines(tests))
    for name in get_passes():
        path = find_test(name, lines)
        missing += path is None
        print("%s: %s" % (name, "no test fails without it" if path is None
                          else os.path.relpath(path, tests)))
    sys.exit(missing != 0)


main()
