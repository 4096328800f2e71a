"""Truncated and bit-flipped files of every kind, through the real commands.

damaged_files.py DIRECTORY LANGID.onnx MODEL.onnx...: works in DIRECTORY. Whatever
a file has become, a command ends with a documented exit code; one that refuses
says why in one diagnostic, and none leaves a file behind. A flipped bit of a
number or a name is no error. SEQC_SEED repeats another sweep than the default.
"""
import collections
import os
import random
import subprocess
import sys

import numpy as np

SHAPES = ["--shape", "byte=1x1", "--shape", "h=1x1x128", "--shape",
          "c=1x1x128", "--state", "h=hN", "--state", "c=cN"]
# 1 is for --expect, 4 for files that cannot be written and faults of seqc.
ACCEPTED, REFUSED = (0,), (2, 3)


class Sweep:
    def __init__(self, directory):
        self.random = random.Random(int(os.environ.get("SEQC_SEED") or 7))
        self.scratch = os.path.join(directory, "scratch")
        os.makedirs(self.scratch)
        self.counts = collections.Counter()

    def damage(self, data):
        """Cuts `data`, or flips one bit to three of it."""
        if self.random.random() < 0.4:
            return data[:self.random.randrange(len(data))]
        damaged = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            # What describes the rest stands at one of the ends.
            place = self.random.choice((len(data), min(len(data), 200)))
            place = self.random.randrange(place)
            if self.random.random() < 0.3:
                place = len(data) - 1 - place
            damaged[place] ^= 1 << self.random.randrange(8)
        return bytes(damaged)

    def fail(self, what, command, result):
        sys.exit("%s: %s\n%s\nexit code %d" %
                 (what, " ".join(command), result.stderr, result.returncode))

    def check(self, kind, data, name, command):
        """Runs `command`, in which FILE stands for the damaged `data`."""
        path = os.path.join(self.scratch, name)
        with open(path, "wb") as file:
            file.write(self.damage(data))
        command = [part.replace("FILE", path) for part in command]
        result = subprocess.run(
            command, cwd=self.scratch, text=True, errors="replace", timeout=60,
            env=dict(os.environ, TMPDIR=self.scratch), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        errors = result.stderr.count("error: ")
        if result.returncode not in ACCEPTED + REFUSED:
            self.fail("required exit code 0, 2 or 3", command, result)
        if errors != (result.returncode != 0):
            self.fail("required one diagnostic where a file is refused, and "
                      "none otherwise", command, result)
        left = set(os.listdir(self.scratch)) - {name}
        if result.returncode in REFUSED and left:
            self.fail("left behind: %s" % sorted(left), command, result)
        for entry in os.listdir(self.scratch):
            os.remove(os.path.join(self.scratch, entry))
        self.counts[kind, result.returncode == 0] += 1

    def report(self):
        for kind in sorted({kind for kind, _ in self.counts}):
            print("%s: %d accepted, %d refused" %
                  (kind, self.counts[kind, True], self.counts[kind, False]))
        print("%d damaged files" % sum(self.counts.values()))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def sweep_models(sweep, langid, models):
    contents = [read(path) for path in models]
    for _ in range(110):
        sweep.check("inspect", sweep.random.choice(contents), "m.onnx",
                    ["seqc", "inspect", "FILE"])
    for _ in range(90):
        sweep.check("compile to scans", sweep.random.choice(contents), "m.onnx",
                    ["seqc", "compile", "FILE", "--emit=scan", "-o", "m.out"])
    for _ in range(12):
        sweep.check("compile", sweep.random.choice(contents), "m.onnx",
                    ["seqc", "compile", "FILE", "-o", "m"])
    for _ in range(20):
        sweep.check("inspect a whole model", read(langid), "m.onnx",
                    ["seqc", "inspect", "FILE"])


def sweep_arrays(sweep, library, directory):
    stream = os.path.join(directory, "byte.npy")
    np.save(stream, np.arange(65, 70).reshape(5, 1, 1))
    state = os.path.join(directory, "h.npy")
    np.save(state, np.linspace(-1, 1, 128, dtype=np.float32).reshape(1, 1, 128))
    # An ONNX TensorProto: dims 5, 1, 1; type int64; raw data.
    tensor = (b"\x08\x05\x08\x01\x08\x01\x10\x07\x4a\x28"
              + np.arange(65, 70).tobytes())
    run = ["seqc", "run", library]
    for _ in range(94):
        sweep.check("npy input", read(stream), "x.npy",
                    run + ["--input", "byte=@FILE"])
    for _ in range(30):
        sweep.check("npy state", read(state), "h.npy",
                    run + ["--input", "byte=@" + stream, "--state-in",
                           "h=@FILE"])
    for _ in range(40):
        sweep.check("TensorProto", tensor, "x.pb",
                    run + ["--stream", "byte=@FILE"])
    saved = os.path.join(directory, "saved")
    subprocess.run(run + ["--input", "byte=@" + stream, "--state-out", saved],
                   check=True, stdout=subprocess.DEVNULL)
    for _ in range(30):
        sweep.check("saved state", read(saved), "saved",
                    run + ["--input", "byte=@" + stream, "--state-in", "FILE"])


def sweep_packages(sweep, library, directory):
    byte = ["--input", "byte=1x1xi64=65"]
    for _ in range(50):
        sweep.check("library", read(library), "m.so",
                    ["seqc", "run", "FILE"] + byte)
    # The weights lie beside the library.
    weights = os.path.join(directory, "langid.weights")
    data = read(weights)
    for _ in range(30):
        with open(weights, "wb") as file:
            file.write(sweep.damage(data))
        sweep.check("weights", data, "unused", ["seqc", "run", library] + byte)
    with open(weights, "wb") as file:
        file.write(data)


def main():
    directory, langid, *models = sys.argv[1:]
    sweep = Sweep(directory)
    library = os.path.join(directory, "langid.so")
    subprocess.run(["seqc", "compile", langid, "--weights=file", "-o", library]
                   + SHAPES, check=True)
    sweep_models(sweep, langid, models)
    sweep_arrays(sweep, library, directory)
    sweep_packages(sweep, library, directory)
    sweep.report()


main()
