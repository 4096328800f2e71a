"""Layers of one row whose steps wait for their weights: the products of the next
time block are computed beside a step's. Against float64, for lengths around the
blocks' ends, inputs narrower and wider than the units, a last vector that is not
full, and more threads than one."""
import itertools

import numpy as np

import gru
import lstm
import numerics
import rnn
from recurrent import BIASES

STEPS = 1, 7, 8, 9, 16, 17, 45


def layer(kind, name, inputs, hidden, optional=BIASES + ("h0",), batch=1,
          **options):
    scale = 1.2 / hidden ** 0.5
    return kind(name, optional, inputs=inputs, hidden=hidden, scale=scale,
                batch=batch, **options)


CASES = [
    layer(gru.Case, "gru", 96, 96, after=True),
    layer(gru.Case, "gru_wide", 203, 77, after=True),
    layer(gru.Case, "gru_narrow", 19, 130, after=True, reverse=True),
    layer(gru.Case, "gru_lengths", 40, 96, BIASES + ("lengths",), after=True,
          reverse=True, batch_major=True),
    layer(gru.Case, "gru_static", 64, 96, after=True, steps=45),
    layer(rnn.Case, "rnn", 150, 512),
    layer(rnn.Case, "rnn_ragged", 33, 581, BIASES + ("lengths",)),
    layer(lstm.Case, "lstm", 50, 100, BIASES + ("h0", "c0")),
    # Of any number of rows, a single one.
    layer(gru.Case, "gru_any", 61, 70, BIASES + ("h0", "lengths"), "batch",
          after=True),
    layer(lstm.Case, "lstm_any", 48, 64, ("h0", "c0"), "batch", reverse=True),
]

# A cell that nothing knows: a leaking sum of what its inputs and state say, with
# a gate of the input's alone.
I, H = 70, 150
SCAN = """func.func @leaks(
    %%x: tensor<?x70xf32> {seq.name = "x", seq.dims = ["time", ""]},
    %%s0: tensor<150xf32> {seq.name = "s0"})
    -> (tensor<?x150xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<150xf32> {seq.name = "s"}) {
  %%w = seq.weight_data "%s" offset 0 : tensor<2x150x70xf32>
  %%r = seq.weight_data "%s" offset 84000 : tensor<2x150x150xf32>
  %%zero = arith.constant 0 : index
  %%T = tensor.dim %%x, %%zero : tensor<?x70xf32>
  %%empty = tensor.empty(%%T) : tensor<?x150xf32>
  %%keep = arith.constant dense<0.75> : tensor<150xf32>
  %%y, %%s1 = seq.scan domain() time(%%t = %%T)
      ins(%%xt = %%x[%%t, :] : tensor<?x70xf32>,
          %%wt = %%w[:, :, :] : tensor<2x150x70xf32>,
          %%rt = %%r[:, :, :] : tensor<2x150x150xf32>)
      outs(%%empty[%%t, :] : tensor<?x150xf32>)
      carry(%%s = %%s0[:] : tensor<150xf32>) {
    %%wx = seq.matvec %%wt, %%xt
        : tensor<2x150x70xf32>, tensor<70xf32> -> tensor<2x150xf32>
    %%x0 = seq.extract %%wx[0] : tensor<2x150xf32> -> tensor<150xf32>
    %%x1 = seq.extract %%wx[1] : tensor<2x150xf32> -> tensor<150xf32>
    %%gate = math.exp %%x0 : tensor<150xf32>
    %%rs = seq.matvec %%rt, %%s
        : tensor<2x150x150xf32>, tensor<150xf32> -> tensor<2x150xf32>
    %%r0 = seq.extract %%rs[0] : tensor<2x150xf32> -> tensor<150xf32>
    %%r1 = seq.extract %%rs[1] : tensor<2x150xf32> -> tensor<150xf32>
    %%said = arith.addf %%x1, %%r1 : tensor<150xf32>
    %%new = math.tanh %%said : tensor<150xf32>
    %%weighed = arith.mulf %%gate, %%r0 : tensor<150xf32>
    %%kept = arith.mulf %%keep, %%s : tensor<150xf32>
    %%sum = arith.addf %%kept, %%new : tensor<150xf32>
    %%s2 = arith.addf %%sum, %%weighed : tensor<150xf32>
    seq.yield outs(%%s2 : tensor<150xf32>) carry(%%s2 : tensor<150xf32>)
  }
  return %%y, %%s1 : tensor<?x150xf32>, tensor<150xf32>
}
"""


def leaks(x, w, r, s):
    y = []
    for row in x:
        wx, rs = w @ row, r @ s
        s = 0.75 * s + np.tanh(wx[1] + rs[1]) + np.exp(wx[0]) * rs[0]
        y.append(s)
    return dict(y=np.array(y), s=s)


def check_layers(options, random):
    for case in CASES:
        if options.only and options.only not in case.name:
            continue
        model = numerics.Model(options, case.name, case.text())
        fixed = isinstance(case.extents[0], int)
        batches = (1,) if case.extents[1] == 1 else (1, 2, 3, 9)
        for steps, batch in itertools.product(
                case.extents[:1] if fixed else STEPS, batches):
            arrays = case.draw(random, steps, batch)
            for threads in (1, 2, 3) if batch == 1 else (2,):
                model.check("T=%d B=%d threads=%d" % (steps, batch, threads),
                            arrays, case.expected(arrays), threads)


def check_scan(options, random):
    w = random.uniform(-0.1, 0.1, (2, H, I)).astype(np.float32)
    r = random.uniform(-0.02, 0.02, (2, H, H)).astype(np.float32)
    file = numerics.save_weights(options, "leaks", w, r)
    model = numerics.Model(options, "leaks", SCAN % (file, file))
    for steps in STEPS:
        x = random.uniform(-1, 1, (steps, I)).astype(np.float32)
        s0 = random.uniform(-1, 1, H).astype(np.float32)
        expected = leaks(*(a.astype(np.float64) for a in (x, w, r, s0)))
        for threads in 1, 2, 3:
            model.check("T=%d threads=%d" % (steps, threads),
                        dict(x=x, s0=s0), expected, threads)


def main():
    options, random = numerics.arguments(), numerics.generator()
    check_layers(options, random)
    if not options.only or options.only in "leaks":
        check_scan(options, random)


if __name__ == "__main__":
    main()
