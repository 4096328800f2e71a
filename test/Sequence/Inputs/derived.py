"""Models of whole sequences, compiled with --step: one by one, in random pieces
and in one go they are what float64 says of the whole sequence."""
import os
import sys

import numpy as np

import sequences
from sequences import sigmoid

F32 = 1
B, I, H = 3, 5, 6


def weight(random, *shape):
    return (random.standard_normal(shape) * 0.4).astype(np.float32)


def run_layer(op, w, x, i):
    """One ONNX layer from zeros, in float64; x is [T, B, .]."""
    W, R, bias = (w[k + str(i)][0].astype(np.float64) for k in "WRb")
    n = len(W) // H
    h = c = np.zeros((x.shape[1], H))
    rows = []
    for row in x:
        gates = np.split(row @ W.T + bias[:n * H], n, axis=-1)
        past = np.split(h @ R.T + bias[n * H:], n, axis=-1)
        if op == "RNN":
            h = np.tanh(gates[0] + past[0])
        elif op == "GRU":
            z, r = sigmoid(gates[0] + past[0]), sigmoid(gates[1] + past[1])
            h = (1 - z) * np.tanh(gates[2] + r * past[2]) + z * h
        else:
            a, o, f, g = (p + q for p, q in zip(gates, past))
            c = sigmoid(f) * c + sigmoid(a) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        rows.append(h)
    return np.array(rows)


class Stack:
    """Two layers and a readout. The first one's states are a pair of input and
    output; the others begin with zeros."""
    shapes = {"x": ["time", "batch", I]}

    def __init__(self, random, op):
        self.op, self.name, gates = op, op.lower(), {"RNN": 1, "GRU": 3,
                                                     "LSTM": 4}[op]
        self.w = {"U": weight(random, H, 2), "c1": np.array([1], np.int64)}
        for i, size in ((0, I), (1, H)):
            self.w.update({"W%d" % i: weight(random, 1, gates * H, size),
                           # Small enough that no rounding grows.
                           "R%d" % i: weight(random, 1, gates * H, H) / 2,
                           "b%d" % i: weight(random, 1, 2 * gates * H)})
        flags = {"hidden_size": H}
        if op == "GRU":
            flags["linear_before_reset"] = 1
        self.nodes = [
            (op, ["x", "W0", "R0", "b0", "", "h0"], ["Y0", "hN"], flags),
            ("Squeeze", ["Y0", "c1"], ["y0"]),
            (op, ["y0", "W1", "R1", "b1"], ["Y1", "last"], flags),
            ("Squeeze", ["Y1", "c1"], ["y1"]), ("MatMul", ["y1", "U"], ["y"])]
        self.outputs = {"y": ["time", "batch", 2], "hN": [1, "batch", H],
                        "last": [1, "batch", H]}
        self.inputs = dict(self.shapes, h0=[1, "batch", H])
        self.flags = ["--state", "h0=hN"]
        if op == "LSTM":  # without a given cell it would begin anew
            self.nodes[0] = (op, ["x", "W0", "R0", "b0"], ["Y0", "hN"], flags)
            self.inputs, self.flags = self.shapes, []

    def expect(self, x):
        return run_layer(self.op, self.w,
                         run_layer(self.op, self.w, x, 0), 1) @ self.w["U"]


class Convolution:
    """Causal convolutions, one padded in front and one cut behind; the steps
    are the last dimension."""
    name, shapes, flags = "convolution", {"x": ["batch", I, "time"]}, []

    def __init__(self, random):
        self.w = {"K": weight(random, H, I, 3), "L": weight(random, H, H, 2),
                  "pads": np.array([0, 0, 2, 0, 0, 0], np.int64),
                  "start": np.array([0], np.int64),
                  "end": np.array([-3], np.int64),
                  "axis": np.array([2], np.int64)}
        self.inputs = self.shapes
        self.nodes = [
            ("Pad", ["x", "pads"], ["padded"]),
            ("Conv", ["padded", "K"], ["c"]), ("Relu", ["c"], ["r"]),
            ("Conv", ["r", "L"], ["d"], {"pads": [3, 3], "dilations": [3]}),
            ("Slice", ["d", "start", "end", "axis"], ["e"]),
            ("Add", ["e", "r"], ["y"])]
        self.outputs = {"y": ["batch", H, "time"]}

    def convolve(self, x, kernel, dilation):
        taps = kernel.shape[2]
        span = dilation * (taps - 1)
        rows = np.concatenate([np.zeros((span,) + x.shape[1:]), x])
        return sum(rows[dilation * k:dilation * k + len(x)] @
                   kernel[:, :, k].T.astype(np.float64) for k in range(taps))

    def expect(self, x):
        r = np.maximum(self.convolve(x, self.w["K"], 1), 0)
        return self.convolve(r, self.w["L"], 3) + r


class Mamba:
    """A depthwise convolution with a history, then a selective scan."""
    name, flags = "mamba", []
    shapes = {"x": ["batch", "time", "channels"],
              "dt": ["batch", "time", "channels"]}
    TEXT = """func.func @mamba(
    %x: tensor<?x?x?xf32> {seq.name = "x",
                           seq.dims = ["batch", "time", "channels"]},
    %dt: tensor<?x?x?xf32> {seq.name = "dt",
                            seq.dims = ["batch", "time", "channels"]})
    -> (tensor<?x?x?xf32> {seq.name = "y",
                           seq.dims = ["batch", "time", "channels"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %B = tensor.dim %x, %c0 : tensor<?x?x?xf32>
  %T = tensor.dim %x, %c1 : tensor<?x?x?xf32>
  %D = tensor.dim %x, %c2 : tensor<?x?x?xf32>
  %zero = arith.constant 0.0 : f32
  %Y = tensor.empty(%B, %T, %D) : tensor<?x?x?xf32>
  %p = tensor.empty(%B, %D) : tensor<?x2x?xf32>
  %past = linalg.fill ins(%zero : f32) outs(%p : tensor<?x2x?xf32>)
      -> tensor<?x2x?xf32>
  %s = tensor.empty(%B, %D) : tensor<?x?x4xf32>
  %h0 = linalg.fill ins(%zero : f32) outs(%s : tensor<?x?x4xf32>)
      -> tensor<?x?x4xf32>
  %u, %pastN = seq.scan domain(%b = %B, %d = %D) time(%t = %T)
      ins(%x0 = %x[%b, %t, %d] : tensor<?x?x?xf32>,
          %x2 = %x[%b, %t - 2, %d] history %past : tensor<?x2x?xf32>
            : tensor<?x?x?xf32>)
      outs(%Y[%b, %t, %d] : tensor<?x?x?xf32>) {
    %half = arith.constant 0.5 : f32
    %kept = arith.mulf %half, %x2 : f32
    %sum = arith.addf %x0, %kept : f32
    seq.yield outs(%sum : f32)
  }
  %y, %hN = seq.scan domain(%b = %B, %d = %D) time(%t = %T)
      ins(%ut = %u[%b, %t, %d] : tensor<?x?x?xf32>,
          %d0 = %dt[%b, %t, %d] : tensor<?x?x?xf32>)
      outs(%Y[%b, %t, %d] : tensor<?x?x?xf32>)
      carry(%h = %h0[%b, %d, :] : tensor<?x?x4xf32>) {
    %a = arith.constant dense<[-0.5, -1.0, -1.5, -2.0]> : tensor<4xf32>
    %one = arith.constant dense<1.0> : tensor<4xf32>
    %step = seq.softplus %d0 : f32
    %steps = tensor.splat %step : tensor<4xf32>
    %log = arith.mulf %steps, %a : tensor<4xf32>
    %gain = arith.mulf %step, %ut : f32
    %gains = tensor.splat %gain : tensor<4xf32>
    %h1 = seq.affine exp(%log) * %h + %gains : tensor<4xf32>
    %yt = seq.dot %one, %h1 : tensor<4xf32> -> f32
    seq.yield outs(%yt : f32) carry(%h1 : tensor<4xf32>)
  }
  return %y : tensor<?x?x?xf32>
}
"""

    def __init__(self, random):
        pass

    def expect(self, x, dt):
        u = x + 0.5 * np.concatenate([np.zeros_like(x[:2]), x])[:len(x)]
        step = np.log1p(np.exp(dt))[..., None]
        a, h, rows = np.array([-0.5, -1, -1.5, -2]), 0, []
        for t in range(len(x)):
            h = np.exp(step[t] * a) * h + step[t] * u[t][..., None]
            rows.append(h.sum(axis=-1))
        return np.array(rows)


def check(case, folder, random, times):
    path = os.path.join(folder, case.name)
    if isinstance(case, Mamba):
        source = path + ".mlir"
        with open(source, "w") as file:
            file.write(case.TEXT)
    else:
        source = path + ".onnx"
        sequences.write_onnx(
            source, case.nodes, {n: (s, F32) for n, s in case.inputs.items()},
            {n: (s, F32) for n, s in case.outputs.items()}, case.w)
    sequences.compile_model(source, path, case.flags + ["--step", "time"])
    model, errors = sequences.Runs(path, ["y"]), {}
    sizes = {"batch": B, "channels": 19}
    for count in times:
        # Steps come first.
        rows = {name: random.standard_normal(
            [count] + [sizes.get(d, d) for d in shape if d != "time"]).astype(
                np.float32) for name, shape in case.shapes.items()}
        what = "%s, %d steps" % (case.name, count)
        whole = model.run(rows)
        double = {n: r.astype(np.float64) for n, r in rows.items()}
        sequences.require_expected(what, errors, whole,
                                   {"y": case.expect(**double)})
        if count < 20:
            sequences.require_same(what + ", one by one",
                                   model.run(rows, stream=True), whole)
        lengths = sequences.split_randomly(random, count)
        sequences.require_same(what + " in %s" % lengths,
                               model.run_pieces(rows, lengths), whole)
    print("%s: as expected" % case.name, flush=True)


directory = sys.argv[1]
os.makedirs(directory)
random = sequences.numerics.generator()
for case in [Stack(random, op) for op in ("RNN", "GRU", "LSTM")] + [
        Convolution(random), Mamba(random)]:
    check(case, directory, random, (1100, 67, 7, 1))
