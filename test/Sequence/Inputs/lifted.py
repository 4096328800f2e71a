"""Models of one step, compiled for many steps at once (--sequence): against
float64, against the same model streamed, and in random pieces."""
import os
import sys

import numpy as np

import sequences
from sequences import sigmoid

F32, I64 = 1, 7
B, I, H = 3, 5, 6


class Case:
    """`step` takes rows of inputs and the states, all float64."""
    states, flags = {}, []

    def weight(self, random, *shape):
        return random.standard_normal(shape).astype(np.float32) * 0.4


class Lstm(Case):
    """Two layers whose states are one tensor, between products; the readout
    takes the hidden state, not the sequence."""
    states = {"s": "sN"}

    def __init__(self, random):
        self.w = {name: self.weight(random, *shape) for name, shape in {
            "V": (I, H), "W0": (1, 4 * H, H), "R0": (1, 4 * H, H),
            "b0": (1, 8 * H), "W1": (1, 4 * H, H), "R1": (1, 4 * H, H),
            "b1": (1, 8 * H), "U": (H, 2)}.items()}
        self.shapes = {"x": ["batch", I], "s": [4, "batch", H]}
        lstm = {"hidden_size": H}
        # Small enough that no rounding grows.
        for name in ("R0", "R1"):
            self.w[name] = self.w[name] / 2
        # Of one sign, so that the readout's sums do not cancel: they would have
        # no relative error to speak of.
        self.w["b1"][0, 3 * H:4 * H] += 1
        self.w["U"] = np.abs(self.w["U"])
        sizes = {"c%d" % i: np.array([i], np.int64) for i in range(5)}
        self.w.update(sizes)
        slices = [("Slice", ["s", "c%d" % i, "c%d" % (i + 1), "c0"],
                   ["s%d" % i]) for i in range(4)]
        self.nodes = slices + [
            ("MatMul", ["x", "V"], ["p"]), ("Relu", ["p"], ["q"]),
            ("Unsqueeze", ["q", "c0"], ["q1"]),
            ("LSTM", ["q1", "W0", "R0", "b0", "", "s0", "s1"],
             ["Y0", "h0", "k0"], lstm),
            ("Squeeze", ["Y0", "c1"], ["y0"]),
            ("LSTM", ["y0", "W1", "R1", "b1", "", "s2", "s3"],
             ["Y1", "h1", "k1"], lstm),
            ("Concat", ["h0", "k0", "h1", "k1"], ["sN"], {"axis": 0}),
            ("Squeeze", ["h1", "c0"], ["z"]),
            ("MatMul", ["z", "U"], ["y"])]
        self.outputs = {"y": ["batch", 2], "sN": [4, "batch", H]}

    def layer(self, x, h, c, i):
        W, R = self.w["W%d" % i][0], self.w["R%d" % i][0]
        bias = self.w["b%d" % i][0].astype(np.float64)
        gates = (x @ W.T.astype(np.float64) + h @ R.T.astype(np.float64) +
                 bias[:4 * H] + bias[4 * H:])
        i, o, f, g = np.split(gates, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    def step(self, x, s):
        s = np.array(s)
        q = np.maximum(x @ self.w["V"], 0)
        s[0], s[1] = self.layer(q, s[0], s[1], 0)
        s[2], s[3] = self.layer(s[0], s[2], s[3], 1)
        return {"y": s[2] @ self.w["U"]}, {"s": s}


class Convolution(Case):
    """A convolution over frames of four, with the last two before them kept."""
    states = {"cache": "cacheN"}

    def __init__(self, random):
        self.w = {"K": self.weight(random, H, I, 3),
                  "last": np.array([-2], np.int64),
                  "end": np.array([1 << 30], np.int64),
                  "axis": np.array([2], np.int64)}
        self.shapes = {"x": ["batch", I, 4], "cache": ["batch", I, 2]}
        self.nodes = [
            ("Concat", ["cache", "x"], ["all"], {"axis": 2}),
            ("Conv", ["all", "K"], ["c"]), ("Tanh", ["c"], ["y"]),
            ("Slice", ["all", "last", "end", "axis"], ["cacheN"])]
        self.outputs = {"y": ["batch", H, 4], "cacheN": ["batch", I, 2]}

    def step(self, x, cache):
        rows = np.concatenate([cache, x], axis=2)
        y = sum(np.einsum("oi,bit->bot", self.w["K"][:, :, k],
                          rows[:, :, k:k + 4]) for k in range(3))
        return {"y": np.tanh(y)}, {"cache": rows[:, :, -2:]}


class Delay(Case):
    """Every step sees the frame before and the product of the one before that;
    nothing else is carried."""
    states = {"frame": "frameN", "product": "productN"}

    def __init__(self, random):
        self.w = {"V": self.weight(random, I, H), "U": self.weight(random, I, H)}
        self.shapes = {"x": ["batch", I], "frame": ["batch", I],
                       "product": ["batch", H]}
        self.nodes = [
            ("Identity", ["x"], ["frameN"]),
            ("MatMul", ["x", "V"], ["now"]), ("MatMul", ["frame", "U"],
                                              ["productN"]),
            ("Add", ["now", "productN"], ["sum"]),
            ("Sub", ["sum", "product"], ["y"])]
        self.outputs = {"y": ["batch", H], "frameN": ["batch", I],
                        "productN": ["batch", H]}

    def step(self, x, frame, product):
        new = frame @ self.w["U"]
        return ({"y": x @ self.w["V"] + new - product},
                {"frame": x, "product": new})


class Cell(Case):
    """A recurrence out of products and elementwise operators, and a counter
    of steps that scales what it gives."""
    states = {"h": "hN", "n": "nN"}
    flags = ["--shape=h=%dx%d" % (B, H), "--shape=x=%dx%d" % (B, I)]

    def __init__(self, random):
        self.w = {"V": self.weight(random, I, H),
                  "U": self.weight(random, H, H) / 2,
                  "one": np.array([1], np.int64)}
        self.shapes = {"x": [B, I], "h": [B, H], "n": [1]}
        self.nodes = [
            ("MatMul", ["x", "V"], ["p"]), ("MatMul", ["h", "U"], ["r"]),
            ("Add", ["p", "r"], ["s"]), ("Tanh", ["s"], ["hN"]),
            ("Add", ["n", "one"], ["nN"]),
            ("Cast", ["nN"], ["count"], {"to": F32}),
            ("Div", ["hN", "count"], ["y"])]
        self.outputs = {"y": [B, H], "hN": [B, H], "nN": [1]}

    def step(self, x, h, n):
        h = np.tanh(x @ self.w["V"] + h @ self.w["U"])
        return {"y": h / (n + 1)}, {"h": h, "n": n + 1}


def element(name):
    return I64 if name in ("n", "nN") else F32


def make_library(case, path, sequence):
    sequences.write_onnx(
        path + ".onnx", case.nodes,
        {n: (s, element(n)) for n, s in case.shapes.items()},
        {n: (s, element(n)) for n, s in case.outputs.items()}, case.w)
    flags = list(case.flags)
    for pair in case.states.items():
        flags += ["--state", "%s=%s" % pair]
    sequences.compile_model(path + ".onnx", path,
                            flags + ["--sequence"] * sequence)
    outputs = [n for n in case.outputs if n not in case.states.values()]
    return sequences.Runs(path, outputs, list(case.states))


def expect(case, rows):
    states = {}
    for name in case.states:
        shape = [B if d == "batch" else d for d in case.shapes[name]]
        states[name] = np.zeros(shape)
    steps = []
    for t in range(len(rows["x"])):
        outputs, states = case.step(rows["x"][t].astype(np.float64), **states)
        steps.append(outputs)
    expected = {n: np.stack([s[n] for s in steps]) for n in steps[0]}
    for name, state in states.items():
        expected[name] = (state.astype(np.int64) if element(name) == I64
                          else state)
    return expected


def check(case, path, random, times):
    lifted = make_library(case, path, True)
    streamed = make_library(case, path + "-step", False)
    shape = [B if d == "batch" else d for d in case.shapes["x"]]
    errors = {}
    for count in times:
        rows = {"x": random.standard_normal([count] + shape).astype(np.float32)}
        what = "%s, %d steps" % (type(case).__name__, count)
        whole = lifted.run(rows)
        sequences.require_expected(what, errors, whole, expect(case, rows))
        sequences.require_same(what + ", two threads",
                               lifted.run(rows, threads=2), whole)
        sequences.require_same(what + ", streamed", streamed.run(rows), whole)
        if count < 20:
            sequences.require_same(what + ", one by one",
                                   lifted.run(rows, stream=True), whole)
        lengths = sequences.split_randomly(random, count)
        sequences.require_same(what + " in %s" % lengths,
                               lifted.run_pieces(rows, lengths), whole)
    print("%s: as expected" % type(case).__name__, flush=True)


directory = sys.argv[1]
os.makedirs(directory)
random = sequences.numerics.generator()
for kind in (Lstm, Convolution, Delay, Cell):
    check(kind(random), os.path.join(directory, kind.__name__.lower()), random,
          (131, 48, 7, 1))
sequences.report()
