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


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--form", default="auto")
    parser.add_argument("--dir", required=True)
    parser.add_argument("--only", help="run the cases whose name contains this")
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


class Model:
    """One compiled model; `check` runs it on one set of arrays."""

    def __init__(self, options, name, text):
        self.name = name
        self.path = os.path.join(options.dir, name)
        os.makedirs(options.dir, exist_ok=True)
        with open(self.path + ".mlir", "w") as file:
            file.write(text)
        run(["seqc", "compile", self.path + ".mlir", "--form=" + options.form,
             "-o", self.path])

    def save(self, kind, name, array):
        path = "%s.%s.%s.npy" % (self.path, kind, name)
        np.save(path, np.ascontiguousarray(array))
        return "%s=@%s" % (name, path)

    def check(self, what, inputs, expected, threads=1):
        command = ["seqc", "run", self.path + ".so", "--rtol=%g" % RTOL,
                   "--atol=%g" % ATOL, "--threads=%d" % threads]
        for name, array in inputs.items():
            command += ["--input", self.save("in", name, array)]
        for name, array in expected.items():
            if array.dtype == np.float64:
                array = array.astype(np.float32)
            command += ["--expect", self.save("out", name, array)]
        run(command)
        print("%s %s: as expected" % (self.name, what), flush=True)


def tensor(shape, element="f32"):
    return "tensor<%s%s>" % ("".join("%sx" % d for d in shape), element)


def argument(name, shape, dims, element="f32"):
    """A typed argument or result; `dims` name its dynamic dimensions."""
    names = ", ".join('"%s"' % d for d in dims)
    return '%s {seq.name = "%s", seq.dims = [%s]}' % (tensor(shape, element),
                                                      name, names)
