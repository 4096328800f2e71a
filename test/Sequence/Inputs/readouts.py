"""Layers that begin with weights, and models that end with something of the last
step, compiled with --step: row t is what float64 says of the first t + 1 steps,
and the last row what the model of whole sequences says."""
import os
import sys

import numpy as np

import sequences

F32 = 1
B, I, H, C = 3, 5, 24, 4
INT = {"zero": [0], "one": [1], "last": [-1], "end": [1 << 62], "width": [H]}


def weight(random, *shape):
    return (random.standard_normal(shape) * 0.4).astype(np.float32)


class Case:
    """A layer over [time, batch, I]; `state` says what it begins with: nothing,
    "batch" for weights that are the same for every sequence, "whole" for those of
    a batch of B."""
    shape, outputs, batch = ["time", "batch", I], None, "batch"
    states = ()  # the outputs that are states of the step

    def __init__(self, random, op, state=None):
        self.op, self.layer_weights = op, sequences.random_layer(random, op, I,
                                                                 H)
        self.w = {"U": weight(random, H, C), "pick": np.array(-1, np.int64)}
        self.w.update(zip("WRb", self.layer_weights))
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
        starts = starts[:2 if op == "LSTM" else 1]
        self.layer = (op, ["x", "W", "R", "b", ""] + starts,
                      ["Y", "Yh", "Yc"][:1 + len(starts)],
                      sequences.layer_flags(op, H))

    def rows(self, x):
        """The hidden state and the cell after every step; x is [T, B, I]."""
        starts = [self.w[k][0].astype(np.float64) if k in self.w else 0.
                  for k in ("h0", "c0")]
        return sequences.run_layer(self.op, self.layer_weights, x, *starts)

    def expect(self, x):
        """The outputs' rows, and the last values of what are states."""
        return {"y": self.rows(x)[0] @ self.w["U"]}


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
    name, states = "last state", ["Yh"]

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
        h, c = self.rows(x)
        g = (h + np.tanh(c)) @ self.w["U"]
        g = g - g.max(axis=-1, keepdims=True)
        return {"y": g - np.log(np.exp(g).sum(axis=-1, keepdims=True)),
                "Yh": h[-1:]}


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
        self.kept = how == "kept"
        self.outputs = {"y": [1] * self.kept + ["batch", C]}

    def expect(self, x):
        rows = super().expect(x)["y"]
        return {"y": rows[:, None] if self.kept else rows}


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
        return {"y": self.rows(x)[0]}


class Stacked(Case):
    """Two layers, whose last states are one output, as PyTorch exports them: it has
    rows, since no state of the step is that."""
    name = "two layers' states"

    def __init__(self, random):
        super().__init__(random, "LSTM")
        self.second = sequences.random_layer(random, "LSTM", H, H)
        self.w.update(zip(("W2", "R2", "b2"), self.second))
        self.nodes += [
            self.layer, ("Squeeze", ["Y", "one"], ["y1"]),
            ("LSTM", ["y1", "W2", "R2", "b2"], ["Y2", "Yh2", "Yc2"],
             self.layer[3]),
            ("Squeeze", ["Y2", "one"], ["y2"]), ("MatMul", ["y2", "U"], ["y"]),
            ("Concat", ["Yh", "Yh2"], ["hN"], {"axis": 0}),
            ("Concat", ["Yc", "Yc2"], ["cN"], {"axis": 0})]
        self.outputs = {"y": ["time", "batch", C], "hN": [2, "batch", H],
                        "cN": [2, "batch", H]}

    def expect(self, x):
        h1, c1 = self.rows(x)
        h2, c2 = sequences.run_layer("LSTM", self.second, h1)
        return {"y": h2 @ self.w["U"], "hN": np.stack([h1, h2], axis=1),
                "cN": np.stack([c1, c2], axis=1)}


class Turned(Case):
    """The state that a layer ends with, four times: batches first, which changes
    no order and is the step's state; units first, a part of it, and as it is."""
    name, states = "states in other orders", ["first"]

    def __init__(self, random):
        super().__init__(random, "GRU")
        self.nodes += [
            self.layer, ("Transpose", ["Yh"], ["first"], {"perm": [1, 0, 2]}),
            ("Transpose", ["Yh"], ["turned"], {"perm": [0, 2, 1]}),
            ("Slice", ["Yh", "one", "width", "two"], ["part"]),
            ("Identity", ["Yh"], ["again"])]
        self.w["two"] = np.array([2], np.int64)
        self.outputs = {"first": ["batch", 1, H], "turned": [1, H, "batch"],
                        "part": [1, "batch", H - 1], "again": [1, "batch", H]}

    def expect(self, x):
        h = self.rows(x)[0][:, None]
        return {"first": h[-1, 0, :, None], "turned": h.swapaxes(2, 3),
                "part": h[..., 1:], "again": h}


def check(case, folder, random, times):
    path = os.path.join(folder, "".join(c for c in case.name if c.isalpha()))
    source = path + ".onnx"
    sequences.write_onnx(source, case.nodes, {"x": (case.shape, F32)},
                         {n: (s, F32) for n, s in case.outputs.items()}, case.w)
    sequences.compile_model(source, path, ["--step", "time"])
    sequences.compile_model(source, path + "-whole", [])
    # What is a state goes by its name, with the shape that the scan has it in.
    model, errors = sequences.Runs(path, [n for n in case.outputs
                                          if n not in case.states],
                                   case.states), {}
    whole = sequences.Runs(path + "-whole", list(case.outputs))
    for count in times:
        rows = random.standard_normal((count, B, I)).astype(np.float32)
        what = "%s, %d steps" % (case.name, count)
        found = model.run({"x": rows})
        expected = case.expect(rows.astype(np.float64))
        for name in case.states:
            expected[name] = expected[name].reshape(found[name].shape)
        sequences.require_expected(what, errors, found, expected)
        given = rows if case.shape[0] == "time" else rows.swapaxes(0, 1)
        direct = whole.run({"x": given})
        last = {name: array.reshape(direct[name].shape) if name in case.states
                else array if "time" in case.outputs[name] else array[-1]
                for name, array in found.items()}
        sequences.require_same(what + ", as a whole", last, direct)
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
             LastRow(random, "kept"), BatchFirst(random), Encoder(random),
             Stacked(random), Turned(random)]:
    check(case, directory, random, (131, 6, 1))
sequences.report()
