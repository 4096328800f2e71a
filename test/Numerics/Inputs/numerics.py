"""Compiles a model, runs it, and compares it with numpy in float64.

A test gives the model's MLIR, its inputs and what an oracle computed from
them; everything else is here. Inputs are fresh at every run: the seed is
printed, and SEQC_SEED repeats one.
"""
import argparse
import os
import subprocess
import sys

import numpy as np

# Sums of tens of products in f32 over tens of steps against the same in
# float64: a few ulp a step, most of them damped by the gates.
RTOL, ATOL = 2e-5, 2e-6

# In norm, some 16 roundings of f32 on the average; no element is further off
# than this share of the largest one.
RELATIVE_RMS, WORST = 1e-6, 1e-5


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--form", default="auto")
    parser.add_argument("--dir", required=True)
    parser.add_argument("--only", help="run the cases whose name contains this")
    parser.add_argument("--mcpu", default="native")
    parser.add_argument("--loops-for", metavar="CPU", help="make the loops and "
                        "vectors for CPU, the code for --mcpu")
    return parser.parse_args()


def generator():
    seed = int(os.environ.get("SEQC_SEED") or np.random.SeedSequence().entropy
               % 2**32)
    print("SEQC_SEED=%d" % seed, flush=True)
    return np.random.default_rng(seed)


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit("%s\n%s\nexit code %d" %
                 (" ".join(command), result.stdout, result.returncode))
    return result.stdout


def check_norm(what, found, expected):
    """Compares with float64 in norm; elementwise, `seqc run --expect` does."""
    if not expected.size:
        return
    error = found.astype(np.float64).reshape(expected.shape) - expected
    largest = np.abs(expected).max()
    rms = np.sqrt((error ** 2).mean()), np.sqrt((expected ** 2).mean())
    if not rms[0] <= RELATIVE_RMS * rms[1]:
        sys.exit("%s: required a relative RMS error of at most %g, found %g"
                 % (what, RELATIVE_RMS, rms[0] / rms[1]))
    if not np.abs(error).max() <= WORST * largest:
        sys.exit("%s: required every element within %g of the largest (%g), "
                 "found one off by %g"
                 % (what, WORST, largest, np.abs(error).max()))


class Model:
    """One compiled model; `check` runs it on one set of arrays."""

    def __init__(self, options, name, text, flags=()):
        self.name = name
        self.path = os.path.join(options.dir, name)
        os.makedirs(options.dir, exist_ok=True)
        with open(self.path + ".mlir", "w") as file:
            file.write(text)
        source = self.path + ".mlir"
        form = ["--form=" + options.form]
        if options.loops_for:
            source, form = self.make_loops(options.loops_for, form), []
        run(["seqc", "compile", source, "--mcpu=" + options.mcpu, "-o",
             self.path] + form + list(flags))

    def make_loops(self, cpu, form):
        """The model lowered for `cpu` but without its code: the last phase, and
        the interface, which is read from the first."""
        phases = self.path + ".phases"
        run(["seqc", "compile", self.path + ".mlir", "--mcpu=" + cpu,
             "--emit=llvm", "--dump-phases=" + phases, "-o", os.devnull] + form)
        with open(os.path.join(phases, "0-model.mlir")) as file:
            interface = next(line for line in file if "func.func @" in line)
        with open(os.path.join(phases, "4-llvm-dialect.mlir")) as file:
            first, rest = file.read().split("\n", 1)
        path = self.path + ".loops.mlir"
        with open(path, "w") as file:
            file.write("\n".join([first, interface.rstrip(" {\n").replace(
                "@", "private @", 1), rest]))
        return path

    def save(self, kind, name, array):
        path = "%s.%s.%s.npy" % (self.path, kind, name)
        np.save(path, np.ascontiguousarray(array))
        return "%s=@%s" % (name, path)

    def run(self, inputs, results, threads, flags=(), streams=()):
        """Runs the model; what it gives for the names `results`. The inputs in
        `streams` have a row for each of many runs."""
        command = ["seqc", "run", self.path + ".so", "--threads=%d" % threads]
        for name, array in inputs.items():
            command += ["--stream" if name in streams else "--input",
                        self.save("in", name, array)]
        found = {name: "%s.found.%s.npy" % (self.path, name)
                 for name in results}
        for name, path in found.items():
            command += ["--output", "%s=@%s" % (name, path)]
        run(command + list(flags))
        return {name: np.load(path) for name, path in found.items()}

    def check(self, what, inputs, expected, threads=1, streams=()):
        flags = ["--rtol=%g" % RTOL, "--atol=%g" % ATOL]
        for name, array in expected.items():
            flags += ["--expect", self.save("out", name, array)]
        found = self.run(inputs, expected, threads, flags, streams)
        for name, array in expected.items():
            if array.dtype == np.float64:
                check_norm("%s %s: %s" % (self.name, what, name), found[name],
                           array)
        print("%s %s: as expected" % (self.name, what), flush=True)


def tensor(shape, element="f32"):
    return "tensor<%s%s>" % ("".join("%sx" % d for d in shape), element)


def argument(name, shape, dims, element="f32"):
    """A typed argument or result; `dims` name its dynamic dimensions."""
    names = ", ".join('"%s"' % d for d in dims)
    return '%s {seq.name = "%s", seq.dims = [%s]}' % (tensor(shape, element),
                                                      name, names)
