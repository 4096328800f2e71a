"""Convolutions of two to five taps that take fewer products: windows along one of two
dimensions that whole groups fill and that they do not, innermost few and many, over
any number of steps; channels, rows and lanes that fill vectors and do not; with what
a layer adds and cuts off behind; beside the same with all products."""
import itertools
import os
import sys

import numpy as np

import numerics

# Taps, channels in and out, windows along both dimensions, or along the one innermost.
IMAGES = ((3, 32, 32, 8, 40), (3, 40, 33, 6, 35), (3, 33, 64, 3, 70),
          (3, 32, 40, 18, 7), (3, 48, 37, 23, 33), (2, 36, 32, 9, 35),
          (4, 32, 33, 8, 40), (5, 35, 32, 9, 64))
ROWS = ((3, 129, 128, 4), (3, 128, 130, 91), (3, 130, 131, 7), (2, 128, 128, 5),
        (4, 130, 128, 6), (5, 128, 129, 2), (3, 65, 64, 12), (4, 64, 67, 33),
        (2, 64, 64, 50))
STEPS = (1, 9, 33)
# The same with any number of windows along the first dimension, and how many.
ANY_IMAGES, ANY_ROWS = ((3, 32, 40, 0, 20),), ((3, 65, 64, 0), (5, 64, 67, 0))
EXTENTS = (1, 127, 128, 131)


class Case:
    """y = relu(w x + b) + r, of `steps` rows where `windows` has one extent; 0 is
    one that is given when it runs."""

    def __init__(self, taps, channels, outputs, *windows):
        self.taps, self.windows = taps, windows
        self.channels, self.outputs = channels, outputs
        self.steps = len(windows) == 1

    def name(self):
        return "%d-taps-%d-to-%d-%s" % (
            self.taps, self.channels, self.outputs,
            "x".join(map(str, self.windows)))

    def operands(self):
        """Numbers, and names of what is given when it runs."""
        lead = ["steps"] if self.steps else []
        reach = [n + self.taps - 1 if n else "reach" for n in self.windows]
        windows = [n or "windows" for n in self.windows]
        return {"x": lead + [self.channels, *reach],
                "w": [self.outputs, self.channels]
                     + [self.taps] * len(self.windows),
                "b": [self.outputs],
                "r": lead + [self.outputs, *windows],
                "y": (lead or [1]) + [self.outputs, *windows]}

    def text(self, file):
        known = {name: ["?" if isinstance(d, str) else d for d in shape]
                 for name, shape in self.operands().items()}
        shapes = {name: numerics.tensor(shape) for name, shape in known.items()}
        arguments = {name: numerics.argument(
            name, known[name], [d if isinstance(d, str) else "" for d in shape])
                     for name, shape in self.operands().items()}
        symbols = ["%%i%d" % i for i in range(len(self.windows))]
        domain = ", ".join("%s = %%n%d" % (s, i) for i, s in enumerate(symbols))
        lead = "%t, " if self.steps else ""
        taps = numerics.tensor([self.channels]
                               + [self.taps] * len(self.windows))
        row = numerics.tensor([self.outputs])
        first = len(self.operands()["r"]) - len(self.windows)
        extents = "".join(
            "  %%n%d = arith.constant %d : index\n" % (i, n) if n else
            "  %%d%d = arith.constant %d : index\n"
            "  %%n%d = tensor.dim %%r, %%d%d : %s\n" % (i, first + i, i, i,
                                                       shapes["r"])
            for i, n in enumerate(self.windows))
        unknown = (["%T"] if self.steps else []) + [
            "%%n%d" % i for i, n in enumerate(self.windows) if not n]
        return """func.func @conv(%%x: %s, %%b: %s, %%r: %s) -> (%s) {
  %%w = seq.weight_data "%s" offset 0 : %s
  %%c0 = arith.constant 0 : index
  %%one = arith.constant 1 : index
  %%zero = arith.constant dense<0.0> : %s
%s  %%T = tensor.dim %%x, %%c0 : %s
  %%E = tensor.empty(%s) : %s
  %%y = seq.scan domain(%s) time(%%t = %s)
      ins(%%xs = %%x[%s:, %s] : %s, %%ws = %%w[%s] : %s, %%bs = %%b[:] : %s,
          %%rs = %%r[%s:, %s] : %s)
      outs(%%E[%%t, :, %s] : %s) {
    %%0 = seq.matvec %%ws, %%xs : %s, %s -> %s
    %%1 = arith.addf %%0, %%bs : %s
    %%2 = arith.maximumf %%1, %%zero : %s
    %%3 = arith.addf %%2, %%rs : %s
    seq.yield outs(%%3 : %s)
  }
  return %%y : %s
}
""" % (arguments["x"], arguments["b"], arguments["r"], arguments["y"], file,
            shapes["w"], row, extents, shapes["x"],
            ", ".join(unknown), shapes["y"], domain,
            "%T" if self.steps else "%one", lead,
            ", ".join("%s * 1 + %d" % (s, self.taps) for s in symbols),
            shapes["x"],
            ", ".join([":"] * (2 + len(self.windows))), shapes["w"],
            shapes["b"], lead, ", ".join(symbols), shapes["r"],
            ", ".join(symbols), shapes["y"], shapes["w"], taps, row, row, row,
            row, row, shapes["y"])

    def draw(self, random, steps, windows):
        shapes = self.operands()
        given = {"steps": steps, "windows": windows,
                 "reach": windows + self.taps - 1}
        scale = {"x": 1, "b": 0.1, "r": 1}
        return {name: random.normal(0, scale[name], [
            given.get(d, d) for d in shapes[name]]).astype(np.float32)
                for name in "xbr"}

    def oracle(self, w, x, b, r):
        space = tuple(range(-len(self.windows), 0))
        windows = np.lib.stride_tricks.sliding_window_view(
            x.astype(np.float64), (self.taps,) * len(self.windows), space)
        taps = "pq"[:len(self.windows)]
        y = np.einsum("mc%s,...c%s%s->...m%s" % (
            taps, "fg"[:len(taps)], taps, "fg"[:len(taps)]),
                      w.astype(np.float64), windows, optimize=True)
        y = np.maximum(y + b.reshape((-1,) + (1,) * len(taps)), 0) + r
        return y if self.steps else y[None]


def count_filters(phases):
    """The weights that are sums of taps."""
    with open(os.path.join(phases, "3-loops.mlir")) as file:
        return sum("seq.weight @filter" in line for line in file)


def main():
    options = numerics.arguments()
    random = numerics.generator()
    for extents in IMAGES + ROWS + ANY_IMAGES + ANY_ROWS:
        case = Case(*extents)
        if options.only and options.only not in case.name():
            continue
        w = random.normal(0, case.channels ** -0.5 / case.taps,
                          case.operands()["w"]).astype(np.float32)
        file = numerics.save_weights(options, case.name(), w)
        variants = [("", [])]
        if extents in (IMAGES[0], ROWS[0]):
            variants.append(("-all", ["--minimal-filters=false"]))
        for name, flags in variants:
            phases = os.path.join(options.dir, case.name() + name + ".phases")
            model = numerics.Model(options, case.name() + name, case.text(file),
                                   flags + ["--dump-phases=" + phases])
            filters = count_filters(phases)
            if (filters == 0) != bool(flags):
                sys.exit("%s%s: found %d weights that are sums of taps" % (
                    case.name(), name, filters))
            counts = EXTENTS if 0 in extents else (0,)
            rows = STEPS if case.steps and not flags else STEPS[:1]
            for steps, windows in itertools.product(rows, counts):
                inputs = case.draw(random, steps, windows)
                for threads in (1,) if flags else (1, 2):
                    model.check("T=%d, %d windows, %d threads" % (
                        steps, windows, threads), inputs,
                                {"y": case.oracle(w, **inputs)}, threads)


main()
