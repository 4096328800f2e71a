"""Layers that begin with weights, and models that end with something of the last
step, compiled with --step: row t is what float64 says of the first t + 1 steps,
and the last row what the model of whole sequences says."""
import os
import sys

import numpy as np

import sequences
from sequences import sigmoid

F32 = 1
B, I, H, C = 3, 5, 24, 4
INT = {"zero": [0], "one": [1], "last": [-1], "end": [1 << 62], "width": [H]}


def weight(random, *shape):
    return (random.standard_normal(shape) * 0.4).astype(np.float32)


class Case:
    """A layer over [time, batch, I]; `state` says what it begins with: nothing,
    "batch" for weights that are the same for every sequence, "whole" for those of
    a batch of B."""
    shape, outputs, flags, batch = ["time", "batch", I], None, [], "batch"

    def __init__(self, random, op, state=None):
        self.op, gates = op, {"GRU": 3, "LSTM": 4}[op]
        self.w = {"W": weight(random, 1, gates * H, I),
                  # Small enough that no rounding grows.
                  "R": weight(random, 1, gates * H, H) / 3,
                  "b": weight(random, 1, 2 * gates * H),
                  "U": weight(random, H, C),
                  "pick": np.array(-1, np.int64)}
        self.w.update({n: np.array(v, np.int64) for n, v in INT.items()})
        self.nodes, starts = [], ["", ""]
        if state:
            rows = B if state == "whole" else 1
            self.w.update({n: weight(random, 1, rows, H) * 2
                           for n in ("h0", "c0")})
            starts = ["h0", "c0"]
        if state == "whole":
            self.batch = B
            self.shape = ["time", B, I]
        if state == "batch":
            self.nodes = [("Shape", ["x"], ["s"]),
                          ("Gather", ["s", "one"], ["n"]),
                          ("Concat", ["one", "n", "width"], ["size"],
                           {"axis": 0}),
                          ("Expand", ["h0", "size"], ["h"]),
                          ("Expand", ["c0", "size"], ["c"])]
            starts = ["h", "c"]
        flags = {"hidden_size": H}
        if op == "GRU":
            flags["linear_before_reset"] = 1
            starts = starts[:1]
        self.layer = (op, ["x", "W", "R", "b", ""] + starts,
                      ["Y", "Yh", "Yc"][:1 + len(starts)], flags)

    def rows(self, x):
        """The hidden state after every step, in float64; x is [T, B, I]."""
        W, R, bias = (self.w[k][0].astype(np.float64) for k in "WRb")
        h, c = (np.broadcast_to(self.w[k][0].astype(np.float64)
                                if k in self.w else 0., (x.shape[1], H))
                for k in ("h0", "c0"))
        half = len(bias) // 2
        found = []
        for row in x:
            gates = np.split(row @ W.T + bias[:half], half // H, axis=-1)
            past = np.split(h @ R.T + bias[half:], half // H, axis=-1)
            if self.op == "GRU":
                z, r = sigmoid(gates[0] + past[0]), sigmoid(gates[1] + past[1])
                h = (1 - z) * np.tanh(gates[2] + r * past[2]) + z * h
            else:
                i, o, f, g = (p + q for p, q in zip(gates, past))
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            found.append(h)
        return np.array(found).reshape(len(x), x.shape[1], H)

    def expect(self, x):
        return self.rows(x) @ self.w["U"]


class Tagger(Case):
    """A readout of every step, of a layer that begins with weights."""
    def __init__(self, random, op, state):
        super().__init__(random, op, state)
        self.name = "%s from weights, %s" % (op, state)
        self.nodes += [self.layer, ("Squeeze", ["Y", "one"], ["y0"]),
                       ("MatMul", ["y0", "U"], ["y"])]
        self.outputs = {"y": ["time", self.batch, C]}


class LastState(Case):
    """Classes from the state that a layer ends with, and the state beside them."""
    name = "last state"

    def __init__(self, random):
        super().__init__(random, "LSTM", "batch")
        self.nodes += [self.layer, ("Gather", ["Yh", "pick"], ["h1"],
                                    {"axis": 0}),
                       ("Tanh", ["Yc"], ["t0"]),
                       ("Squeeze", ["t0", "zero"], ["t1"]),
                       ("Add", ["h1", "t1"], ["sum"]),
                       ("MatMul", ["sum", "U"], ["g"]),
                       ("LogSoftmax", ["g"], ["y"], {"axis": 1})]
        self.outputs = {"y": ["batch", C], "Yh": [1, "batch", H]}

    def expect(self, x):
        # The cell follows from what the layer computes, step by step.
        W, R, bias = (self.w[k][0].astype(np.float64) for k in "WRb")
        h, c = (np.broadcast_to(self.w[k][0].astype(np.float64),
                                (x.shape[1], H)) for k in ("h0", "c0"))
        found = []
        for row in x:
            i, o, f, g = np.split(row @ W.T + h @ R.T + bias[:4 * H] +
                                  bias[4 * H:], 4, axis=-1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            g = (h + np.tanh(c)) @ self.w["U"]
            g = g - g.max(axis=-1, keepdims=True)
            found.append(g - np.log(np.exp(g).sum(axis=-1, keepdims=True)))
        return np.array(found).reshape(len(x), x.shape[1], C)


class LastRow(Case):
    """Classes from the last row of what a layer gives, behind a product of every
    step."""
    name = "last row"

    def __init__(self, random, how):
        super().__init__(random, "GRU")
        self.name += ", " + how
        take = {"Gather": [("Gather", ["y0", "pick"], ["h1"], {"axis": 0})],
                "Slice": [("Slice", ["y0", "last", "end", "zero"], ["h0"]),
                          ("Squeeze", ["h0", "zero"], ["h1"])],
                "kept": [("Slice", ["y0", "last", "end", "zero"], ["h1"])]}
        self.nodes += [self.layer, ("Squeeze", ["Y", "one"], ["y0"])]
        self.nodes += take[how] + [("MatMul", ["h1", "U"], ["y"])]
        self.outputs = {"y": [1] * (how == "kept") + ["batch", C]}


class BatchFirst(Case):
    """The same as PyTorch exports it where batches come first."""
    name, shape = "batch first", ["batch", "time", I]

    def __init__(self, random):
        super().__init__(random, "LSTM")
        self.nodes = [("Transpose", ["x"], ["xt"], {"perm": [1, 0, 2]}),
                      (self.op, ["xt"] + self.layer[1][1:]) + self.layer[2:],
                      ("Squeeze", ["Y", "one"], ["y0"]),
                      ("Transpose", ["y0"], ["yb"], {"perm": [1, 0, 2]}),
                      ("Gather", ["yb", "pick"], ["h1"], {"axis": 1}),
                      ("Gemm", ["h1", "U"], ["y"])]
        self.outputs = {"y": ["batch", C]}


class Encoder(Case):
    """Nothing but the state that a layer ends with."""
    name = "encoder"

    def __init__(self, random):
        super().__init__(random, "GRU")
        self.nodes += [self.layer, ("Squeeze", ["Yh", "zero"], ["y"])]
        self.outputs = {"y": ["batch", H]}

    def expect(self, x):
        return self.rows(x)


def check(case, folder, random, times):
    path = os.path.join(folder, "".join(c for c in case.name if c.isalpha()))
    source = path + ".onnx"
    sequences.write_onnx(source, case.nodes, {"x": (case.shape, F32)},
                         {n: (s, F32) for n, s in case.outputs.items()}, case.w)
    sequences.compile_model(source, path, ["--step", "time"])
    sequences.compile_model(source, path + "-whole", [])
    model, errors = sequences.Runs(path, ["y"]), {}
    whole = sequences.Runs(path + "-whole", ["y"])
    for count in times:
        rows = random.standard_normal((count, B, I)).astype(np.float32)
        what = "%s, %d steps" % (case.name, count)
        found = model.run({"x": rows})
        expected = case.expect(rows.astype(np.float64))
        if "kept" in case.name:
            expected = expected[:, None]
        sequences.require_expected(what, errors, found, {"y": expected})
        given = rows if case.shape[0] == "time" else rows.swapaxes(0, 1)
        direct = whole.run({"x": given})
        if "time" not in case.outputs["y"]:
            found["y"], last = found["y"], found["y"][-1]
        else:
            last = found["y"]
        sequences.require_same(what + ", as a whole", {"y": last}, direct)
        if count < 20:
            sequences.require_same(what + ", one by one", model.run(
                {"x": rows}, stream=True), found)
        lengths = sequences.split_randomly(random, count)
        sequences.require_same(what + " in %s" % lengths, model.run_pieces(
            {"x": rows}, lengths), found)
    print("%s: as expected" % case.name, flush=True)


directory = sys.argv[1]
os.makedirs(directory)
random = sequences.numerics.generator()
for case in [Tagger(random, "LSTM", "batch"), Tagger(random, "GRU", "batch"),
             Tagger(random, "LSTM", "whole"), LastState(random),
             LastRow(random, "Gather"), LastRow(random, "Slice"),
             LastRow(random, "kept"), BatchFirst(random), Encoder(random)]:
    check(case, directory, random, (131, 6, 1))
