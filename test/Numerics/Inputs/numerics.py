"""Compiles a model, runs it, and compares it with numpy in float64.

A test gives the model's MLIR, its inputs and what an oracle computed from
them; everything else is here. Inputs are fresh at every run: the seed is
printed, and SEQC_SEED repeats one.
"""
import argparse
import atexit
import os
import subprocess
import sys

import numpy as np

# In norm, some 16 roundings of f32 on the average; no element is further off
# than this share of the largest one.
RELATIVE_RMS, WORST = 1e-6, 1e-5

# Sums of tens of products in f32 over tens of steps against the same in
# float64: a few ulp a step, most of them damped by the gates. Where numbers grow
# beyond 1, so does what their sums round off.
RTOL, ATOL = 2e-5, 2e-6

# Fewer numbers may all be sums whose terms cancel, and then have no relative
# error to speak of: they are judged with those of the cases before.
FEW = 128


def parser():
    """Of the options that every script has."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--form", default="auto")
    parser.add_argument("--dir", required=True)
    parser.add_argument("--only", help="run the cases whose name contains this")
    parser.add_argument("--mcpu", default="native")
    parser.add_argument("--runner", help="what runs a model for another "
                        "processor: the command of run_raw.c")
    parser.add_argument("--mtriple", help="that processor's")
    parser.add_argument("--mattr", help="features to add")
    parser.add_argument("--loops-for", metavar="CPU", help="make the loops and "
                        "vectors for CPU, the code for --mcpu")
    return parser


def arguments():
    options = parser().parse_args()
    if options.only:
        atexit.register(require_model, options.only)
    return options


def require_model(name):
    """Fails a script whose --only chose nothing."""
    if not Model.count:
        print("--only=%s: no such case" % name, flush=True)
        os._exit(1)


def generator():
    seed = int(os.environ.get("SEQC_SEED") or np.random.SeedSequence().entropy
               % 2**32)
    print("SEQC_SEED=%d" % seed, flush=True)
    return np.random.default_rng(seed)


def save_weights(options, name, *arrays):
    """Writes `arrays` one after another; the file's path."""
    path = "%s.%s.bin" % (options.dir, name)
    with open(path, "wb") as stream:
        for array in arrays:
            stream.write(array.tobytes())
    return path


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit("%s\n%s\nexit code %d" %
                 (" ".join(command), result.stdout, result.returncode))
    return result.stdout


class Errors:
    """The errors of one result of a model, against float64, over its cases."""

    def __init__(self):
        self.count = self.squares = self.expected_squares = self.largest = 0
        self.nearest = 0  # to a limit, as a share of it

    def judge(self, what, found, limit, scale):
        """`limit` is a share of `scale`, which is 0 where only 0 is right."""
        if scale:
            self.nearest = max(self.nearest, found / (limit * scale))
        if not found <= limit * scale:
            return ("required a %s of at most %g of %g, found %g"
                    % (what, limit, scale, found))
        return None

    def add(self, found, expected):
        """What is wrong, or None."""
        if found.shape != expected.shape:
            return "required shape %s, found %s" % (expected.shape, found.shape)
        infinite = np.isinf(expected)
        if not np.array_equal(found[infinite], expected[infinite]):
            return "required infinities where there are %d, found %s" % (
                infinite.sum(), found[infinite][:8])
        found, expected = found[~infinite], expected[~infinite]
        if not expected.size:
            return None
        error = np.abs(found.astype(np.float64) - expected)
        largest = np.abs(expected).max()
        if expected.size >= FEW:
            self.__init__()
        self.nearest = 0
        self.count += expected.size
        self.squares += (error ** 2).sum()
        self.expected_squares += (expected ** 2).sum()
        self.largest = max(self.largest, largest)
        wrong = self.judge("largest error", error.max(), WORST,
                           self.largest) or self.judge(
            "error at an element, of what it may have,", (error / (
                RTOL * np.abs(expected) + ATOL * max(1, self.largest))).max(),
            1, 1)
        if wrong or self.count < FEW:
            return wrong
        return self.judge("mean square error's root", self.squares ** 0.5,
                          RELATIVE_RMS, self.expected_squares ** 0.5)


def distance(found, expected):
    """Of `found` from `expected`, as a share of what is allowed."""
    errors = Errors()
    return np.inf if errors.add(found, expected) else errors.nearest


class Model:
    """One compiled model; `check` runs it on one set of arrays."""

    count = 0  # of all models made

    def __init__(self, options, name, text, flags=()):
        Model.count += 1
        self.name, self.errors = name, {}
        self.path = os.path.join(options.dir, name)
        os.makedirs(options.dir, exist_ok=True)
        with open(self.path + ".mlir", "w") as file:
            file.write(text)
        source = self.path + ".mlir"
        flags = ["--form=" + options.form] + list(flags)
        if options.loops_for:
            source, flags = self.make_loops(options.loops_for, flags), []
        self.runner = getattr(options, "runner", None)
        target = ["--mcpu=" + options.mcpu]
        if self.runner:
            target = ["--mtriple=" + options.mtriple]
        if getattr(options, "mattr", None):
            target.append("--mattr=" + options.mattr)
        run(["seqc", "compile", source, "-o", self.path] + target + flags)

    def make_loops(self, cpu, flags):
        """The model lowered for `cpu` but without its code: the last phase, and
        the interface, which is read from the first."""
        phases = self.path + ".phases"
        run(["seqc", "compile", self.path + ".mlir", "--mcpu=" + cpu,
             "--emit=llvm", "--dump-phases=" + phases, "-o", os.devnull] + flags)
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
        if self.runner:
            return self.run_raw(inputs, results, threads)
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

    def run_raw(self, inputs, results, threads):
        """The same by the program that only knows the C runtime."""
        command = self.runner.split() + [self.path + ".so", str(threads)]
        for name, array in inputs.items():
            path = "%s.in.%s" % (self.path, name)
            array.tofile(path)
            command += ["in", name, "x".join(map(str, array.shape)), path]
        found = {}
        for name in results:
            found[name] = "%s.found.%s" % (self.path, name)
            command += ["out", name, found[name]]
        run(command)
        return {name: np.fromfile(path, np.int32 if results[name].dtype.kind
                                  == "i" else np.float32).reshape(
                                      results[name].shape)
                for name, path in found.items()}

    def check(self, what, inputs, expected, threads=1, streams=()):
        found = self.run(inputs, expected, threads, streams=streams)
        for name, array in expected.items():
            if array.dtype != np.float64:
                wrong = (None if np.array_equal(found[name], array) else
                         "required %s, found %s" % (array, found[name]))
            else:
                errors = self.errors.setdefault(name, Errors())
                wrong = errors.add(found[name], array)
            if wrong:
                sys.exit("%s %s: %s: %s" % (self.name, what, name, wrong))
        nearest = max((e.nearest for e in self.errors.values()), default=0)
        print("%s %s: as expected, at %.2f of a limit"
              % (self.name, what, nearest), flush=True)


def tensor(shape, element="f32"):
    return "tensor<%s%s>" % ("".join("%sx" % d for d in shape), element)


def argument(name, shape, dims, element="f32"):
    """A typed argument or result; `dims` name its dynamic dimensions."""
    names = ", ".join('"%s"' % d for d in dims)
    return '%s {seq.name = "%s", seq.dims = [%s]}' % (tensor(shape, element),
                                                      name, names)
