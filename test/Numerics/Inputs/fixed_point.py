"""Weights of one byte multiplied by instructions for bytes: vectors are in fixed
point then, of 24 bits. As exact as sums of f32, whatever the vectors' magnitude;
rows are as many as a block of them takes and more, extents leave words, vectors and
tiles that are not whole."""
import sys

import numpy as np

import numerics
import weight_types

# A row of products: K elements make N sums.
K, N = 71, 53
DENSE = """func.func @dense(
    %x: tensor<?x?x71xf32> {seq.name = "x", seq.dims = ["time", "batch", ""]})
    -> (tensor<?x?x53xf32> {seq.name = "y", seq.dims = ["time", "batch", ""]}) {
  %w = seq.weight_data "FILE" offset 0 : tensor<53x71xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %time = tensor.dim %x, %c0 : tensor<?x?x71xf32>
  %batch = tensor.dim %x, %c1 : tensor<?x?x71xf32>
  %empty = tensor.empty(%time, %batch) : tensor<?x?x53xf32>
  %y = seq.scan domain(%b = %batch) time(%t = %time)
      ins(%xt = %x[%t, %b, :] : tensor<?x?x71xf32>,
          %m = %w[:, :] : tensor<53x71xf32>)
      outs(%empty[%t, %b, :] : tensor<?x?x53xf32>) {
    %0 = seq.matvec %m, %xt
        : tensor<53x71xf32>, tensor<71xf32> -> tensor<53xf32>
    seq.yield outs(%0 : tensor<53xf32>)
  }
  return %y : tensor<?x?x53xf32>
}
"""


def check_dense(options, random):
    w = random.uniform(-1, 1, (N, K)).astype(np.float32)
    w[7] = 0
    file = numerics.save_weights(options, "dense", w)
    model = numerics.Model(options, "dense", DENSE.replace("FILE", file),
                           ["--weight-type=int8"])
    rounded = weight_types.round_int8(w).astype(np.float64)
    for steps, batch in (1, 1), (3, 1), (5, 9), (70, 3):
        x = random.normal(0, 1, (steps, batch, K))
        # Every row has a magnitude of its own; what is small within a row counts
        # for as little as in a sum.
        x *= 10.0 ** random.uniform(-28, 30, (steps, batch, 1))
        x *= 10.0 ** random.uniform(-6, 0, x.shape)
        x[0, 0] = 0 if steps > 1 else x[0, 0]
        x = x.astype(np.float32)
        y = model.run(dict(x=x), dict(y=np.zeros((steps, batch, N))),
                      min(steps, 2))["y"]
        expected = x.astype(np.float64) @ rounded.T
        largest = np.abs(x).max(-1, keepdims=True).astype(np.float64)
        limit = (2.0 ** -25 * largest * np.abs(rounded).sum(-1)
                 + 2.0 ** -23 * np.abs(expected) + 1e-37)
        nearest = (np.abs(y - expected) / limit).max()
        print("dense T=%d B=%d: at %.2f of what it may have"
              % (steps, batch, nearest), flush=True)
        if not nearest <= 1:
            sys.exit("too far from float64")
    # Below 2^-100 an element is rounded as in a row of that magnitude.
    x = random.normal(0, 1e-33, (2, 1, K)).astype(np.float32)
    y = model.run(dict(x=x), dict(y=np.zeros((2, 1, N))), 1)["y"]
    error = np.abs(y - x.astype(np.float64) @ rounded.T)
    if not (error <= 2.0 ** -124 * np.abs(rounded).sum(-1)).all():
        sys.exit("tiny elements: too far from float64")
    for bad in np.inf, -np.inf, np.nan:
        x = random.normal(0, 1, (2, 1, K)).astype(np.float32)
        x[1, 0, 40] = bad
        y = model.run(dict(x=x), dict(y=np.zeros((2, 1, N))), 1)["y"]
        if not np.isfinite(y[0]).all() or np.isfinite(y[1, 0, w.any(-1)]).any():
            sys.exit("%s: required sums that are not finite, in its row alone, "
                     "found %s" % (bad, y))


def check_cells(options, random):
    """Carries and inputs in fixed point, one of them in a second stage."""
    weight_types.I, weight_types.H = I, H = 51, 77
    for cell, gates in ("lstm", 4), ("gru", 3):
        w = random.uniform(-0.5, 0.5, (gates, H, I)).astype(np.float32)
        r = random.uniform(-0.3, 0.3, (gates, H, H)).astype(np.float32)
        file = numerics.save_weights(options, cell, w, r)
        text = weight_types.CELLS[cell]
        for old, new in (("21", str(H)), ("19", str(I)),
                         ("offset %d" % (gates * 21 * 19 * 4),
                          "offset %d" % w.nbytes), ("FILE", file)):
            text = text.replace(old, new)
        rounded = [weight_types.round_int8(m).astype(np.float64) for m in (w, r)]
        for batch in "1", "3", "?":
            fixed = text if batch == "?" else text.replace(
                "?x?x", "?x%sx" % batch).replace(
                "tensor<?x%dxf32>" % H, "tensor<%sx%dxf32>" % (batch, H)).replace(
                '"batch"', '""')
            model = numerics.Model(options, "%s_%s" % (cell, batch.strip("?")),
                                   fixed, ["--weight-type=int8"])
            rows = 5 if batch == "?" else int(batch)
            for steps in 1, 2, 70:
                x = random.uniform(-2, 2, (steps, rows, I)).astype(np.float32)
                model.check("T=%d B=%s" % (steps, batch), dict(x=x),
                            getattr(weight_types, cell)(x.astype(np.float64),
                                                        *rounded),
                            threads=2)


def main():
    options, random = numerics.arguments(), numerics.generator()
    for name, check in ("dense", check_dense), ("cells", check_cells):
        if not options.only or options.only in name:
            check(options, random)


if __name__ == "__main__":
    main()
