"""Weights stored in fewer bits: a model computes, in f32, what the formula gives
for the rounded weights. The rounding is done here by numpy from its definition,
and the error that it makes is bounded by what the type promises."""
import numpy as np

import numerics

I, H = 19, 21
CELLS = {
    # Two contractions in every step, one of them hoisted; a ragged last tile.
    "lstm": """func.func @lstm(
    %x: tensor<?x?x19xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]})
    -> (tensor<?x?x21xf32> {seq.name = "y", seq.dims = ["time", "batch", ""]},
        tensor<?x21xf32> {seq.name = "h", seq.dims = ["batch", ""]},
        tensor<?x21xf32> {seq.name = "c", seq.dims = ["batch", ""]}) {
  %w = seq.weight_data "FILE" offset 0 : tensor<4x21x19xf32>
  %r = seq.weight_data "FILE" offset 6384 : tensor<4x21x21xf32>
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x?x19xf32>, tensor<4x21x19xf32>, tensor<4x21x21xf32>)
      -> (tensor<?x?x21xf32>, tensor<?x21xf32>, tensor<?x21xf32>)
  return %y, %h, %c : tensor<?x?x21xf32>, tensor<?x21xf32>, tensor<?x21xf32>
}
""",
    # A second stage in every step.
    "gru": """func.func @gru(
    %x: tensor<?x?x19xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]})
    -> (tensor<?x?x21xf32> {seq.name = "y", seq.dims = ["time", "batch", ""]},
        tensor<?x21xf32> {seq.name = "h", seq.dims = ["batch", ""]}) {
  %w = seq.weight_data "FILE" offset 0 : tensor<3x21x19xf32>
  %r = seq.weight_data "FILE" offset 4788 : tensor<3x21x21xf32>
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x?x19xf32>, tensor<3x21x19xf32>, tensor<3x21x21xf32>)
      -> (tensor<?x?x21xf32>, tensor<?x21xf32>)
  return %y, %h : tensor<?x?x21xf32>, tensor<?x21xf32>
}
""",
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, w, r, h=None, c=None):
    if h is None:
        h = c = np.zeros((x.shape[1], H))
    y = np.zeros(x.shape[:2] + (H,))
    for t, row in enumerate(x):
        i, o, f, g = [row @ w[k].T + h @ r[k].T for k in range(4)]
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        y[t] = h = sigmoid(o) * np.tanh(c)
    return dict(y=y, h=h, c=c)


def gru(x, w, r, h=None):
    if h is None:
        h = np.zeros((x.shape[1], H))
    y = np.zeros(x.shape[:2] + (H,))
    for t, row in enumerate(x):
        z = sigmoid(row @ w[0].T + h @ r[0].T)
        reset = sigmoid(row @ w[1].T + h @ r[1].T)
        new = np.tanh(row @ w[2].T + (reset * h) @ r[2].T)
        y[t] = h = z * h + (1 - z) * new
    return dict(y=y, h=h)


def round_bf16(w):
    """To the upper 16 bits, to nearest, ties to even."""
    bits = w.view(np.uint32).astype(np.uint64)
    bits += 0x7fff + (bits >> 16 & 1)
    return (bits & 0xffff0000).astype(np.uint32).view(np.float32)


def round_int8(w):
    scale = np.abs(w).max(-1, keepdims=True) / np.float32(127)
    safe = np.where(scale > 0, scale, 1)
    return np.clip(np.rint(w / safe), -127, 127) * scale


# How much of a row's largest magnitude the rounding may take.
TYPES = {"bf16": (round_bf16, 2.0 ** -8),
         "f16": (lambda w: w.astype(np.float16).astype(np.float32), 2.0 ** -11),
         "int8": (round_int8, 0.5001 / 127)}


def layers(options, random, bounds, suffix=""):
    """An LSTM and a GRU of H units and I inputs with weights W and R up to
    `bounds`, stored in each type: the cell, its number of gates, the file of its
    weights, their type, what the compiler is told of it, and the weights that it
    leaves, in float64."""
    types = {"f32": (lambda weights: weights, 0), **TYPES}
    for cell, gates in ("lstm", 4), ("gru", 3):
        weights = [random.uniform(-bound, bound, (gates, H, size))
                   .astype(np.float32) for bound, size in zip(bounds, (I, H))]
        file = numerics.save_weights(options, cell + suffix, *weights)
        for kind, (rounding, _) in types.items():
            if options.only and options.only != kind:
                continue
            flags = ["--weight-type=" + kind] if kind != "f32" else []
            yield (cell, gates, file, kind, flags,
                   [rounding(m).astype(np.float64) for m in weights])


def main():
    options, random = numerics.arguments(), numerics.generator()
    for cell, gates in ("lstm", 4), ("gru", 3):
        w = random.uniform(-0.5, 0.5, (gates, H, I)).astype(np.float32)
        r = random.uniform(-0.5, 0.5, (gates, H, H)).astype(np.float32)
        r[0, 3] = 0  # a row without a scale
        file = numerics.save_weights(options, cell, w, r)
        for kind, (rounding, bound) in TYPES.items():
            if options.only and options.only != kind:
                continue
            rounded = [rounding(m).astype(np.float64) for m in (w, r)]
            for exact, found in zip((w, r), rounded):
                largest = np.abs(exact).max(-1, keepdims=True)
                assert (np.abs(exact - found) <= bound * largest).all(), kind
            model = numerics.Model(options, "%s_%s" % (cell, kind),
                                   CELLS[cell].replace("FILE", file),
                                   ["--weight-type=" + kind])
            for steps, batch in (0, 1), (1, 1), (9, 2), (70, 3):
                x = random.uniform(-1, 1, (steps, batch, I)).astype(np.float32)
                model.check("T=%d B=%d" % (steps, batch), dict(x=x),
                            globals()[cell](x.astype(np.float64), *rounded),
                            threads=min(batch, 2))


if __name__ == "__main__":
    main()
