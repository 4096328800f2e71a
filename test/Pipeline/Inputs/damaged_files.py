"""Damaged files of every kind, through the real commands.

damaged_files.py [--each N] [--rwkv MODEL] [--safetensors MODEL.mlir FILE]
                 DIRECTORY LANGID.onnx MODEL.onnx[,FLAG...]...

Works in DIRECTORY, with N damaged files of each kind. Whatever a file has become,
a command ends with a documented exit code; one that refuses says why in one
diagnostic that names the file, and none leaves anything behind. Every file is
accepted before it is damaged. A flipped bit of a number or a name is no error. SEQC_SEED repeats another sweep than the default.
"""
import argparse
import collections
import os
import random
import shutil
import subprocess
import sys

import numpy as np

from damage import Damage
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Models", "Inputs"))
from rwkv_weights import make_weights, write_safetensors

SHAPES = ["--shape", "byte=1x1", "--shape", "h=1x1x128", "--shape",
          "c=1x1x128", "--state", "h=hN", "--state", "c=cN"]
# 1 is for --expect, 4 for files that cannot be written and faults of seqc.
ACCEPTED, REFUSED = (0,), (2, 3)

# A model in text around two tensors of a file.
MODEL = """func.func @m(%x: tensor<4xf32> {seq.name = "x"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<3x2xf32> {seq.name = "z"}) {
  %a = seq.named_weight "a" : tensor<4xf32>
  %b = seq.named_weight "b" : tensor<3x2xf32>
  %y = arith.addf %x, %a : tensor<4xf32>
  return %y, %b : tensor<4xf32>, tensor<3x2xf32>
}
"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Sweep:
    def __init__(self, directory, each):
        seed = int(os.environ.get("SEQC_SEED") or 7)
        self.random = random.Random(seed)
        self.damage = Damage(self.random).damage
        self.scratch = os.path.join(directory, "scratch")
        os.makedirs(self.scratch)
        self.each = each
        self.counts = collections.Counter()
        self.whole = collections.Counter()

    def fail(self, what, command, result):
        sys.exit("%s: %s\n%s\nexit code %d" %
                 (what, " ".join(command), result.stderr, result.returncode))

    def run(self, data, path, command):
        """Runs `command` with `data` in the file `path`."""
        with open(path, "wb") as file:
            file.write(data)
        return subprocess.run(
            command, cwd=self.scratch, text=True, errors="replace", timeout=60,
            env=dict(os.environ, TMPDIR=self.scratch), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def check(self, kind, data, path, command, expected):
        """Damages `data`; where it is accepted, the command must print what is
        `expected`, if anything is."""
        before = set(os.listdir(self.scratch)) | {os.path.basename(path)}
        result = self.run(self.damage(kind, data), path, command)
        refused = result.returncode in REFUSED
        if not refused and result.returncode not in ACCEPTED:
            self.fail("required exit code 0, 2 or 3", command, result)
        # A list may follow, indented.
        lines = [line for line in result.stderr.splitlines()
                 if not line.startswith("  ")]
        if refused and (len(lines) != 1 or "error: " not in lines[0] or
                        os.path.basename(path) not in lines[0]):
            self.fail("required one diagnostic that names the file", command,
                      result)
        if not refused and lines:
            self.fail("required no diagnostic", command, result)
        if not refused and expected not in (None, result.stdout):
            self.fail("required the same as of the whole file", command, result)
        left = set(os.listdir(self.scratch)) - before
        if refused and left:
            self.fail("left behind: %s" % sorted(left), command, result)
        for entry in left:
            os.remove(os.path.join(self.scratch, entry))
        self.counts[kind, not refused] += 1

    def sweep(self, kind, name, cases, same=False):
        """`cases` are (share, contents, command); in a command FILE stands for the
        damaged file `name`, which may have a place of its own. `same`: damage that
        is accepted must change nothing."""
        path = os.path.join(self.scratch, name)
        total = sum(share for share, _, _ in cases)
        done = 0
        for i, (share, contents, command) in enumerate(cases):
            count = self.each - done if i + 1 == len(cases) else round(
                self.each * share / total)
            done += count
            command = [p.replace("FILE", path) for p in command]
            expected = [self.accept(kind, whole, path, command)
                        for whole in contents]
            for _ in range(count):
                which = self.random.randrange(len(contents))
                self.check(kind, contents[which], path, command,
                           expected[which] if same else None)

    def accept(self, kind, data, path, command):
        """What the command prints of a whole file, which it must accept: it would
        say nothing of damage otherwise."""
        before = set(os.listdir(self.scratch))
        result = self.run(data, path, command)
        if result.returncode != 0 or result.stderr:
            self.fail("required that the whole file is accepted", command,
                      result)
        for entry in set(os.listdir(self.scratch)) - before:
            os.remove(os.path.join(self.scratch, entry))
        self.whole[kind] += 1
        return result.stdout

    def report(self):
        for kind, whole in sorted(self.whole.items()):
            print("%s: %d whole, accepted; damaged: %d accepted, %d refused" %
                  (kind, whole, self.counts[kind, True],
                   self.counts[kind, False]))


def make_safetensors(sweep, tensors):
    path = os.path.join(sweep.scratch, "whole.safetensors")
    write_safetensors(path, tensors)
    data = read(path)
    os.remove(path)
    return data


def sweep_models(sweep, langid, models):
    """Models are paths, with flags to compile them by behind commas, in which
    colons stand for commas."""
    groups = collections.defaultdict(list)
    for model in models:
        path, *flags = model.split(",")
        flags = [flag.replace(":", ",") for flag in flags]
        groups[tuple(flags)].append(read(path))
    cases = [(2, [read(langid)], ["seqc", "inspect", "FILE"])]
    for flags, contents in groups.items():
        share = len(contents) / len(models)
        compile_file = ["seqc", "compile", "FILE", *flags, "-o"]
        cases += [(8 * share, contents, ["seqc", "inspect", "FILE"]),
                  (7 * share, contents, compile_file + ["m.out", "--emit=scan"]),
                  (1 * share, contents, compile_file + ["m"])]
    sweep.sweep("onnx", "m.onnx", cases)


def sweep_safetensors(sweep, directory, given, rwkv):
    model = os.path.join(directory, "model.mlir")
    with open(model, "w") as file:
        file.write(MODEL)
    random = np.random.default_rng(1)
    tensors = make_safetensors(sweep, {"a": random.standard_normal(4),
                                       "b": random.standard_normal((2, 3))})
    model_4 = make_safetensors(sweep, make_weights("4", random))
    compile_to = ["seqc", "compile", "--emit=scan", "-o", "m.out"]
    cases = [(6, [tensors], compile_to + [model, "--weights-from", "FILE"]),
             (2, [tensors], ["seqc", "run", model, "--weights-from", "FILE",
                             "--input", "x=4xf32=1"]),
             (6, [model_4], compile_to + ["FILE"])]
    if given:
        cases.append((2, [read(given[1])], compile_to[:2] + [
            given[0], "--weights-from", "FILE", "--emit=seq", "-o", "m.out"]))
    if rwkv:
        cases.append((2, [read(rwkv)], compile_to + ["FILE"]))
    sweep.sweep("safetensors", "m.safetensors", cases)


def sweep_arrays(sweep, library, directory):
    stream = os.path.join(directory, "byte.npy")
    np.save(stream, np.arange(65, 70).reshape(5, 1, 1))
    state = os.path.join(directory, "h.npy")
    np.save(state, np.linspace(-1, 1, 128, dtype=np.float32).reshape(1, 1, 128))
    # An ONNX TensorProto: dims 5, 1, 1; type int64; raw data.
    tensor = (b"\x08\x05\x08\x01\x08\x01\x10\x07\x4a\x28"
              + np.arange(65, 70).tobytes())
    run = ["seqc", "run", library]
    byte = run + ["--input", "byte=@" + stream]
    sweep.sweep("npy", "x.npy", [
        (3, [read(stream)], run + ["--input", "byte=@FILE"]),
        (1, [read(state)], byte + ["--state-in", "h=@FILE"])])
    sweep.sweep("TensorProto", "x.pb", [
        (1, [tensor], run + ["--stream", "byte=@FILE"])])
    saved = os.path.join(directory, "saved")
    subprocess.run(byte + ["--state-out", saved], check=True,
                   stdout=subprocess.DEVNULL)
    sweep.sweep("state", "saved.state", [
        (1, [read(saved)], byte + ["--state-in", "FILE"])], same=True)


def sweep_packages(sweep, library):
    byte = ["--input", "byte=1x1xi64=65"]
    # The weights lie beside the library, in which the loader reads no more than
    # its checksum covers: what only tools like strip read may be damaged.
    weights = library[:-len(".so")] + ".weights"
    shutil.copy(weights, os.path.join(sweep.scratch, "m.weights"))
    sweep.sweep("library", "m.so", [
        (1, [read(library)], ["seqc", "run", "FILE"] + byte)], same=True)
    sweep.sweep("weights", weights, [
        (1, [read(weights)], ["seqc", "run", library] + byte)], same=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=72)
    parser.add_argument("--rwkv")
    parser.add_argument("--safetensors", nargs=2)
    parser.add_argument("directory")
    parser.add_argument("langid")
    parser.add_argument("models", nargs="+")
    flags = parser.parse_args()
    sweep = Sweep(flags.directory, flags.each)
    library = os.path.join(flags.directory, "langid.so")
    subprocess.run(["seqc", "compile", flags.langid, "--weights=file", "-o",
                    library] + SHAPES, check=True)
    sweep_models(sweep, flags.langid, flags.models)
    sweep_safetensors(sweep, flags.directory, flags.safetensors, flags.rwkv)
    sweep_arrays(sweep, library, flags.directory)
    sweep_packages(sweep, library)
    sweep.report()


main()
