"""Runs models of ONNX's node tests on their inputs.

run_nodes.py FOLDER NAMES: compiles and runs the models FOLDER/NAME/model.onnx for
the names in the file NAMES, and compares what they give with the data beside
them, within ONNX's own tolerance for such tests.
"""
import json
import os
import subprocess
import sys

RTOL, ATOL = 1e-3, 1e-7


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        print("%s\n%s" % (" ".join(command), result.stderr))
    return result.returncode == 0, result.stdout


def check(folder):
    model = os.path.join(folder, "model.onnx")
    data = os.path.join(folder, "test_data_set_0")
    inspected, text = run(["seqc", "inspect", "--json", model])
    if not inspected:
        return False
    interface = json.loads(text)
    command = ["seqc", "run", model, "--rtol=%g" % RTOL, "--atol=%g" % ATOL]
    for option, kind in ("--input", "input"), ("--expect", "output"):
        for i, tensor in enumerate(interface[kind + "s"]):
            path = os.path.join(data, "%s_%d.pb" % (kind, i))
            command += [option, "%s=@%s" % (tensor["name"], path)]
    return run(command)[0]


def main():
    folder, names = sys.argv[1:]
    with open(names) as file:
        names = file.read().split()
    failed = [name for name in names if not check(os.path.join(folder, name))]
    print("%d models as expected, %d not: %s" %
          (len(names) - len(failed), len(failed), " ".join(failed)))
    sys.exit(bool(failed))


main()
