"""Convolutions of three taps that take half the products: windows along one of two
dimensions that groups of four fill and that they do not, innermost few and many,
over any number of steps; channels, rows and lanes that fill vectors and do not; with
what a layer adds and cuts off behind; beside the same without."""
import sys

import numpy as np

import numerics

# Channels in and out, windows along both dimensions. Of one extent there are no
# windows.
IMAGES = ((32, 32, 8, 40), (40, 33, 6, 35), (33, 64, 3, 70), (32, 40, 18, 7),
          (35, 32, 7, 64), (48, 37, 23, 33))
ROWS = ((129, 128, 4), (128, 130, 91), (130, 131, 7))
STEPS = (1, 9, 33)


class Case:
    """y = relu(w x + b) + r, of `steps` rows where `windows` has one extent."""

    def __init__(self, channels, outputs, *windows):
        self.channels, self.outputs, self.windows = channels, outputs, windows
        self.steps = len(windows) == 1

    def name(self):
        return "%d-to-%d-%s" % (self.channels, self.outputs,
                                "x".join(map(str, self.windows)))

    def operands(self):
        lead = ["?"] if self.steps else []
        return {"x": lead + [self.channels] + [n + 2 for n in self.windows],
                "w": [self.outputs, self.channels] + [3] * len(self.windows),
                "b": [self.outputs],
                "r": lead + [self.outputs, *self.windows],
                "y": (lead or [1]) + [self.outputs, *self.windows]}

    def text(self, file):
        shapes = {name: numerics.tensor(shape)
                  for name, shape in self.operands().items()}
        arguments = {name: numerics.argument(
            name, shape, ["steps" if d == "?" else "" for d in shape])
                     for name, shape in self.operands().items()}
        symbols = ["%%i%d" % i for i in range(len(self.windows))]
        domain = ", ".join("%s = %%n%d" % (s, i) for i, s in enumerate(symbols))
        lead = "%t, " if self.steps else ""
        taps = numerics.tensor([self.channels] + [3] * len(self.windows))
        row = numerics.tensor([self.outputs])
        extents = "".join("  %%n%d = arith.constant %d : index\n" % pair
                          for pair in enumerate(self.windows))
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
            "%T" if self.steps else "", shapes["y"], domain,
            "%T" if self.steps else "%one", lead,
            ", ".join("%s * 1 + 3" % s for s in symbols), shapes["x"],
            ", ".join([":"] * (2 + len(self.windows))), shapes["w"],
            shapes["b"], lead, ", ".join(symbols), shapes["r"],
            ", ".join(symbols), shapes["y"], shapes["w"], taps, row, row, row,
            row, row, shapes["y"])

    def draw(self, random, steps):
        shapes = self.operands()
        scale = {"x": 1, "b": 0.1, "r": 1}
        return {name: random.normal(0, scale[name], [
            steps if d == "?" else d for d in shapes[name]]).astype(np.float32)
                for name in "xbr"}

    def oracle(self, w, x, b, r):
        space = tuple(range(-len(self.windows), 0))
        windows = np.lib.stride_tricks.sliding_window_view(
            x.astype(np.float64), (3,) * len(self.windows), space)
        taps = "pq"[:len(self.windows)]
        y = np.einsum("mc%s,...c%s%s->...m%s" % (
            taps, "fg"[:len(taps)], taps, "fg"[:len(taps)]),
                      w.astype(np.float64), windows, optimize=True)
        y = np.maximum(y + b.reshape((-1,) + (1,) * len(taps)), 0) + r
        return y if self.steps else y[None]


def count_filters(options, path, flags=()):
    """The weights that are sums of taps."""
    text = numerics.run(["seqc", "compile", path, "--emit=loops", "-o", "-",
                         "--mcpu=" + options.mcpu] + list(flags))
    return sum("seq.weight @filter" in line for line in text.splitlines())


def main():
    options = numerics.arguments()
    random = numerics.generator()
    for extents in IMAGES + ROWS:
        case = Case(*extents)
        if options.only and options.only not in case.name():
            continue
        w = random.normal(0, 3.0 ** -1 * case.channels ** -0.5,
                          case.operands()["w"]).astype(np.float32)
        file = numerics.save_weights(options, case.name(), w)
        for name, flags in (("", []), ("-all", ["--minimal-filters=false"])):
            model = numerics.Model(options, case.name() + name, case.text(file),
                                   flags)
            filters = count_filters(options, model.path + ".mlir", flags)
            if (filters == 0) != bool(flags):
                sys.exit("%s%s: found %d weights that are sums of taps" % (
                    case.name(), name, filters))
            for steps in STEPS if case.steps and not flags else STEPS[:1]:
                inputs = case.draw(random, steps)
                for threads in (1,) if flags else (1, 2):
                    model.check("T=%d, %d threads" % (steps, threads), inputs,
                                {"y": case.oracle(w, **inputs)}, threads)


main()
