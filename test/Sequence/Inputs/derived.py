"""Models of whole sequences, compiled with --step: one by one, in random pieces
and in one go they are what float64 says of the whole sequence."""
import os
import sys

import numpy as np

import sequences

F32 = 1
B, I, H = 3, 5, 6


def weight(random, *shape):
    return (random.standard_normal(shape) * 0.4).astype(np.float32)


def last_rows(x, count):
    """The last rows of [T, B, .] after zeros, as [B, ., rows]."""
    rows = np.concatenate([np.zeros((count,) + x.shape[1:]), x])[-count:]
    return rows.transpose(1, 2, 0)


class Stack:
    """Two layers and a readout. The first one's states are a pair of input and
    output; the others begin with zeros."""
    shapes = {"x": ["time", "batch", I]}

    def __init__(self, random, op):
        self.op, self.name = op, op.lower()
        self.w = {"U": weight(random, H, 2), "c1": np.array([1], np.int64)}
        self.layers = [sequences.random_layer(random, op, I, H),
                       sequences.random_layer(random, op, H, H)]
        for i, layer in enumerate(self.layers):
            self.w.update(zip(("W%d" % i, "R%d" % i, "b%d" % i), layer))
        flags = sequences.layer_flags(op, H)
        self.nodes = [
            (op, ["x", "W0", "R0", "b0", "", "h0"], ["Y0", "hN"], flags),
            ("Squeeze", ["Y0", "c1"], ["y0"]),
            (op, ["y0", "W1", "R1", "b1"], ["Y1", "last"], flags),
            ("Squeeze", ["Y1", "c1"], ["y1"]), ("MatMul", ["y1", "U"], ["y"])]
        self.outputs = {"y": ["time", "batch", 2], "hN": [1, "batch", H],
                        "last": [1, "batch", H]}
        self.inputs = dict(self.shapes, h0=[1, "batch", H])
        self.flags, self.states = ["--state", "h0=hN"], ["h0", "last"]
        if op == "LSTM":  # without a given cell it would begin anew
            self.nodes[0] = (op, ["x", "W0", "R0", "b0"], ["Y0", "hN"], flags)
            self.inputs, self.flags = self.shapes, []
            self.states = ["hN", "last"]

    def expect(self, x):
        first, _ = sequences.run_layer(self.op, self.layers[0], x)
        last, _ = sequences.run_layer(self.op, self.layers[1], first)
        return {"y": last @ self.w["U"], self.states[0]: first[-1:],
                "last": last[-1:]}


class Convolution:
    """Causal convolutions, one padded in front and one cut behind; the steps
    are the last dimension."""
    name, shapes, flags = "convolution", {"x": ["batch", I, "time"]}, []
    states = ["front_history", "wide_history"]

    def __init__(self, random):
        self.w = {"K": weight(random, H, I, 3), "L": weight(random, H, H, 2),
                  "pads": np.array([0, 0, 2, 0, 0, 0], np.int64),
                  "start": np.array([0], np.int64),
                  "end": np.array([-3], np.int64),
                  "axis": np.array([2], np.int64)}
        self.inputs = self.shapes
        self.nodes = [
            ("Pad", ["x", "pads"], ["padded"], {"name": "front"}),
            ("Conv", ["padded", "K"], ["c"]), ("Relu", ["c"], ["r"]),
            ("Conv", ["r", "L"], ["d"], {"pads": [3, 3], "dilations": [3],
                                         "name": "wide"}),
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
        return {"y": self.convolve(r, self.w["L"], 3) + r,
                "front_history": last_rows(x, 2),
                "wide_history": last_rows(r, 3)}


class Mamba:
    """A depthwise convolution with a history, then a selective scan."""
    name, flags, states = "mamba", [], ["hN", "scan_history"]
    shapes = {"x": ["batch", "time", "channels"],
              "dt": ["batch", "time", "channels"]}
    TEXT = """func.func @mamba(
    %x: tensor<?x?x?xf32> {seq.name = "x",
                           seq.dims = ["batch", "time", "channels"]},
    %dt: tensor<?x?x?xf32> {seq.name = "dt",
                            seq.dims = ["batch", "time", "channels"]})
    -> (tensor<?x?x?xf32> {seq.name = "y",
                           seq.dims = ["batch", "time", "channels"]},
        tensor<?x?x4xf32> {seq.name = "hN",
                           seq.dims = ["batch", "channels", ""]}) {
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
  return %y, %hN : tensor<?x?x?xf32>, tensor<?x?x4xf32>
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
        return {"y": np.array(rows), "hN": h,
                "scan_history": np.concatenate(
                    [np.zeros_like(x[:2]), x])[-2:].swapaxes(0, 1)}


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
    model, errors = sequences.Runs(path, ["y"], case.states), {}
    sizes = {"batch": B, "channels": 19}
    for count in times:
        # Steps come first.
        rows = {name: random.standard_normal(
            [count] + [sizes.get(d, d) for d in shape if d != "time"]).astype(
                np.float32) for name, shape in case.shapes.items()}
        what = "%s, %d steps" % (case.name, count)
        whole = model.run(rows)
        double = {n: r.astype(np.float64) for n, r in rows.items()}
        expected = case.expect(**double)
        for name in case.states:  # in the shape that its scan has it in
            expected[name] = expected[name].reshape(whole[name].shape)
        sequences.require_expected(what, errors, whole, expected)
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
sequences.report()
