"""If, Scan and Loop of ONNX against numpy in float64.

control.py FOLDER: builds models with random weights, compiles each once with
its extents fixed and once with dynamic ones, and compares runs of several sizes
with the same steps in numpy.
"""
import os
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Of f32 over a few dozen steps: each value within 1e-5 of the largest, the whole
# within 1e-6 in norm.
ELEMENT, NORM = 1e-5, 1e-6
HIDDEN, FEATURES = 6, 5
rng = np.random.default_rng()


def tensor(name, *shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def untyped(name):
    return onnx.ValueInfoProto(name=name)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def constant(name, value):
    return helper.make_node("Constant", [], [name],
                            value=numpy_helper.from_array(np.array(value)))


def weights(**shapes):
    return {name: rng.normal(0, 0.4, shape).astype(np.float32)
            for name, shape in shapes.items()}


def body(nodes, inputs, outputs):
    """The graph of a step or a branch: types follow from what it is given."""
    return helper.make_graph(nodes, "step",
                             [untyped(name) for name in inputs.split()],
                             [untyped(name) for name in outputs.split()])


def one_sided(T, *shape):
    """Steps of one sign each: which it is does not depend on rounding."""
    signs = rng.choice([-1.0, 1.0], size=(T,) + (1,) * len(shape))
    return signs * rng.uniform(0.1, 0.9, size=(T,) + shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Case:
    """A model with dynamic extents T (steps) and B (batch), and what it is."""
    opset = 15
    lengths = None  # the inputs of integers

    def graph(self):
        """Nodes, inputs, outputs, weights."""
        raise NotImplementedError

    def feeds(self, T, B):
        raise NotImplementedError

    def run(self, feeds, w):
        raise NotImplementedError


class Elman(Case):
    """A recurrent layer as a Scan, with its matrices from around the body."""

    def graph(self):
        w = weights(W=(FEATURES, HIDDEN), R=(HIDDEN, HIDDEN), b=(HIDDEN,))
        step = body([node("MatMul", "x W", "a"), node("MatMul", "h R", "c"),
                     node("Add", "a c", "d"), node("Add", "d b", "e"),
                     node("Tanh", "e", "hn"), node("Identity", "hn", "y")],
                    "h x", "hn y")
        return ([node("Scan", "h0 X", "H Y", body=step, num_scan_inputs=1)],
                [tensor("h0", "B", HIDDEN), tensor("X", "T", "B", FEATURES)],
                "H Y", w)

    def feeds(self, T, B):
        return {"h0": rng.normal(size=(B, HIDDEN)),
                "X": rng.normal(size=(T, B, FEATURES))}

    def run(self, feeds, w):
        h, ys = feeds["h0"], []
        for x in feeds["X"]:
            h = np.tanh(x @ w["W"] + h @ w["R"] + w["b"])
            ys.append(h)
        return [h, np.stack(ys)]


class Axes(Case):
    """Two states, three inputs and three outputs, along any axis, either way."""

    def graph(self):
        w = weights(g=(HIDDEN,))
        step = body([node("Mul", "h a", "p"), node("Add", "p b", "q"),
                     node("Mul", "q g", "r"), node("Tanh", "r", "hn"),
                     node("Add", "s u", "v"), node("Sin", "v", "sn"),
                     node("Mul", "hn sn", "y0"), node("Identity", "s", "y1"),
                     node("Sub", "h a", "y2")],
                    "h s a b u", "hn sn y0 y1 y2")
        return ([node("Scan", "h0 s0 A B U", "H S Y0 Y1 Y2", body=step,
                      num_scan_inputs=3, scan_input_axes=[1, -1, 0],
                      scan_input_directions=[0, 1, 0],
                      scan_output_axes=[-1, 0, 0],
                      scan_output_directions=[1, 0, 0])],
                [tensor("h0", HIDDEN), tensor("s0"),
                 tensor("A", HIDDEN, "T"), tensor("B", HIDDEN, "T"),
                 tensor("U", "T")], "H S Y0 Y1 Y2", w)

    def feeds(self, T, B):
        return {"h0": rng.normal(size=HIDDEN), "s0": rng.normal(size=()),
                "A": rng.normal(size=(HIDDEN, T)),
                "B": rng.normal(size=(HIDDEN, T)), "U": rng.normal(size=T)}

    def run(self, feeds, w):
        h, s, y = feeds["h0"], feeds["s0"], ([], [], [])
        A, B, U = feeds["A"].T, feeds["B"].T[::-1], feeds["U"]
        for a, b, u in zip(A, B, U):
            hn, sn = np.tanh((h * a + b) * w["g"]), np.sin(s + u)
            for rows, row in zip(y, (hn * sn, s, h - a)):
                rows.append(row)
            h, s = hn, sn
        return [h, s, np.stack(y[0][::-1], -1), np.stack(y[1]),
                np.stack(y[2])]


class Backwards(Case):
    """Everything backwards, which needs no turning round."""

    def graph(self):
        step = body([node("Mul", "h x", "p"), node("Add", "p x", "hn"),
                     node("Identity", "h", "y")], "h x", "hn y")
        return ([node("Scan", "h0 X", "H Y", body=step, num_scan_inputs=1,
                      scan_input_directions=[1], scan_output_directions=[1])],
                [tensor("h0", "B", HIDDEN), tensor("X", "T", "B", HIDDEN)],
                "H Y", {})

    def feeds(self, T, B):
        return {"h0": rng.normal(size=(B, HIDDEN)),
                "X": rng.uniform(-0.9, 0.9, size=(T, B, HIDDEN))}

    def run(self, feeds, w):
        h, ys = feeds["h0"], []
        for x in feeds["X"][::-1]:
            ys.append(h)
            h = h * x + x
        return [h, np.stack(ys[::-1])]


class Batched(Case):
    """The Scan of operator set 8, whose body sees one member of a batch."""
    opset = 8
    directions = [0, 0]

    def graph(self):
        w = weights(R=(HIDDEN, HIDDEN))
        step = body([node("Mul", "h R", "m"),
                     node("ReduceSum", "m", "n", axes=[1], keepdims=0),
                     node("Add", "n x", "p"), node("Add", "p z", "q"),
                     node("Tanh", "q", "hn"), node("Exp", "hn", "y")],
                    "h x z", "hn y")
        return ([helper.make_node("Scan", ["L", "h0", "X", "Z"], ["H", "Y"],
                                  body=step, num_scan_inputs=2,
                                  directions=self.directions)],
                [tensor("L", "B", kind=TensorProto.INT64),
                 tensor("h0", "B", HIDDEN), tensor("X", "B", "T", HIDDEN),
                 tensor("Z", "B", "T")], "H Y", w)

    def feeds(self, T, B):
        lengths = rng.integers(0, T + 1, size=B)
        lengths[0] = T
        return {"L": lengths, "h0": rng.normal(size=(B, HIDDEN)),
                "X": rng.normal(size=(B, T, HIDDEN)),
                "Z": rng.normal(size=(B, T))}

    def run(self, feeds, w):
        h = feeds["h0"].copy()
        y = np.zeros(feeds["X"].shape)
        for b, length in enumerate(feeds["L"]):
            for t in range(length):
                h[b] = np.tanh(w["R"] @ h[b] + feeds["X"][b, t] +
                               feeds["Z"][b, t])
                y[b, t] = np.exp(h[b])
        return [h, y]


class Accumulate(Case):
    """A Loop over an input's rows, which counts its steps itself."""

    def graph(self):
        w = weights(g=(HIDDEN,))
        nodes = [node("Shape", "X", "shape"), constant("zero", np.int64(0)),
                 constant("true", np.bool_(True)),
                 node("Gather", "shape zero", "T", axis=0)]
        step = body([constant("one", np.int64(1)),
                     constant("axis", np.array([0], np.int64)),
                     node("Add", "i one", "j"),
                     node("Unsqueeze", "i axis", "first"),
                     node("Unsqueeze", "j axis", "last"),
                     node("Slice", "X first last", "row"),
                     node("Gather", "X i", "same", axis=0),
                     node("Mul", "row g", "p"), node("Add", "s p", "sn"),
                     node("Cast", "i", "number", to=TensorProto.FLOAT),
                     node("ReduceMax", "same", "top", keepdims=0),
                     node("Add", "n top", "nn"),
                     node("Mul", "sn number", "y"),
                     node("Identity", "nn", "z"),
                     node("Identity", "going", "on")],
                    "i going s n", "on sn nn y z")
        nodes.append(node("Loop", "T true s0 n0", "S N Y Z", body=step))
        return (nodes, [tensor("s0", 1, HIDDEN), tensor("n0"),
                        tensor("X", "T", HIDDEN)], "S N Y Z", w)

    def feeds(self, T, B):
        return {"s0": rng.normal(size=(1, HIDDEN)), "n0": rng.normal(size=()),
                "X": rng.normal(size=(T, HIDDEN))}

    def run(self, feeds, w):
        s, n, ys, zs = feeds["s0"], feeds["n0"], [], []
        for i, x in enumerate(feeds["X"]):
            s = s + x * w["g"]
            n = n + x.max()
            ys.append(s * i)
            zs.append(n)
        return [s, n, np.stack(ys), np.stack(zs)]


class Fixed(Case):
    """Five steps without a condition; states that change places."""

    def graph(self):
        step = body([constant("true", np.bool_(True)),
                     node("Add", "a b", "c")], "i going a b",
                    "true b c")
        return ([constant("five", np.array([5], np.int64)),
                 helper.make_node("Loop", ["five", "", "A0", "B0"],
                                  ["A", "B"], body=step)],
                [tensor("A0", "T", "B"), tensor("B0", "T", "B")], "A B", {})

    def feeds(self, T, B):
        # Positive: nothing cancels where there is one number.
        return {name: rng.uniform(0.1, 1, size=(T, B))
                for name in ("A0", "B0")}

    def run(self, feeds, w):
        a, b = feeds["A0"], feeds["B0"]
        for _ in range(5):
            a, b = b, a + b
        return [a, b]


class Until(Case):
    """A Loop that ends by a condition on data and on the step's number, before the
    first step or after any one; what is computed in a step is chosen by data,
    too."""

    def graph(self):
        step = body([node("Mul", "s r", "p"),
                     node("ReduceMax", "p", "most", keepdims=0),
                     node("Greater", "most half", "large"),
                     node("If", "large", "sn",
                          then_branch=body([node("Sqrt", "p", "t")], "", "t"),
                          else_branch=body([node("Identity", "p", "e")], "",
                                           "e")),
                     node("Add", "n one", "nn"),
                     node("ReduceSum", "sn", "sum", keepdims=0),
                     node("Greater", "sum limit", "more"),
                     node("Less", "i five", "early"),
                     node("And", "more early", "on")],
                    "i going s n", "on sn nn")
        return ([constant("seven", np.array(7, np.int64)),
                 constant("five", np.int64(5)),
                 constant("limit", np.float32(1)),
                 constant("half", np.float32(0.5)),
                 constant("one", np.float32(1)),
                 constant("r", np.float32(0.6)),
                 node("ReduceSum", "s0", "sum0", keepdims=0),
                 constant("front", np.array([0], np.int64)),
                 node("Greater", "sum0 limit", "large0"),
                 # As older models have it, a list of one.
                 node("Unsqueeze", "large0 front", "first"),
                 node("Loop", "seven first s0 n0", "S N", body=step)],
                [tensor("s0", "T", "B"), tensor("n0")], "S N", {})

    def feeds(self, T, B):
        # Sums stay away from where a rounding would decide.
        scale = rng.choice([0.3, 3, 30, 3000])
        return {"s0": rng.uniform(0.9, 1, size=(T, B)) * scale / (T * B),
                "n0": rng.normal(size=())}

    def run(self, feeds, w):
        s, n = feeds["s0"], feeds["n0"]
        for i in range(7):
            if not s.sum() > 1 or i > 5:
                break
            s = s * 0.6
            if s.max() > 0.5:
                s = np.sqrt(s)
            n = n + 1
        return [s, n]


class Open(Case):
    """Loops whose number of steps data say: a condition alone, an input alone, or
    both; the number of the step is read, and one Loop is within another."""

    def graph(self):
        shrink = body([node("Mul", "s r", "sn"),
                       node("ReduceSum", "sn", "sum", keepdims=0),
                       node("Greater", "sum limit", "on"),
                       node("Cast", "i", "number", to=TensorProto.FLOAT),
                       node("Add", "n number", "nn")],
                      "i going s n", "on sn nn")
        grow = body([node("Mul", "h r", "p"), node("Add", "p s0", "hn")],
                    "i going h", "going hn")
        inner = body([node("Sub", "a limit", "an"),
                      node("Greater", "an twenty", "more")], "j on a",
                     "more an")
        outer = body([helper.make_node("Loop", ["bound", "", "c"], ["d"],
                                       body=inner),
                      node("Sub", "d five", "cn"),
                      node("Greater", "cn limit", "again")],
                     "k go c", "again cn")
        loops = [(["", "first", "s0", "n0"], ["S", "N"], shrink),
                 (["times", "", "s0"], ["H"], grow),
                 (["times", "first", "c0"], ["C"], outer)]
        return ([constant("limit", np.float32(1)),
                 constant("r", np.float32(0.6)),
                 constant("five", np.float32(5)),
                 constant("twenty", np.float32(20)),
                 constant("bound", np.array([2**62], np.int64)),
                 node("ReduceSum", "s0", "sum0", keepdims=0),
                 node("Greater", "sum0 limit", "first")] +
                [helper.make_node("Loop", given, made, body=step)
                 for given, made, step in loops],
                [tensor("s0", "T", "B"), tensor("n0"), tensor("c0"),
                 tensor("times", kind=TensorProto.INT64)], "S N H C", {})

    def feeds(self, T, B):
        # As above, what is compared stays away from the limits.
        scale = rng.choice([0.3, 30, 3e6])
        return {"s0": rng.uniform(0.9, 1, size=(T, B)) * scale / (T * B),
                "n0": rng.normal(size=()),
                "c0": np.array(rng.uniform(50.1, 50.9)),
                "times": np.array(rng.choice([-1, 0, 1, 7, 300]))}

    def run(self, feeds, w):
        s, n, c = feeds["s0"], feeds["n0"], feeds["c0"]
        first, i = s.sum() > 1, 0
        while s.sum() > 1:
            s, n, i = s * 0.6, n + i, i + 1
        h = feeds["s0"]
        for i in range(int(feeds["times"])):
            h = h * 0.6 + feeds["s0"]
            if not first or (i and c <= 1):
                continue
            c = c - 1
            while c > 20:
                c = c - 1
            c = c - 5
        return [s, n, h, c]


class Nested(Case):
    """A Scan of Scans: the inner one reads what the outer one's step has."""

    def graph(self):
        inner = body([node("Mul", "g k", "p"), node("Add", "p v", "gn"),
                      node("Sub", "gn h", "d"),
                      node("Mul", "d d", "z")], "g v", "gn z")
        outer = body([node("Sigmoid", "x", "k"),
                      node("Scan", "h X", "hn Z", body=inner,
                           num_scan_inputs=1),
                      node("ReduceMax", "Z", "y", keepdims=0)],
                     "h x", "hn y")
        return ([node("Scan", "h0 X", "H Y", body=outer, num_scan_inputs=1)],
                [tensor("h0", "B"), tensor("X", "T", "B")], "H Y", {})

    def feeds(self, T, B):
        return {"h0": rng.uniform(0.5, 1, size=B),
                "X": rng.uniform(0.1, 1, size=(T, B)) / T}

    def run(self, feeds, w):
        h, ys = feeds["h0"], []
        for x in feeds["X"]:
            g, k, top = h, sigmoid(x), 0
            for v in feeds["X"]:
                g = g * k + v
                top = max(top, ((g - h) ** 2).max())
            h = g
            ys.append(top)
        return [h, np.stack(ys)]


class Choice(Case):
    """An If on data whose branches are cheap, in a Scan."""

    def graph(self):
        then = body([node("Mul", "h x", "t")], "", "t")
        other = body([node("Sub", "h x", "e")], "", "e")
        step = body([node("ReduceSum", "x", "sum", keepdims=0),
                     constant("zero", np.float32(0)),
                     node("Greater", "sum zero", "positive"),
                     node("If", "positive", "hn", then_branch=then,
                          else_branch=other), node("Neg", "hn", "y")],
                    "h x", "hn y")
        return ([node("Scan", "h0 X", "H Y", body=step, num_scan_inputs=1)],
                [tensor("h0", "B"), tensor("X", "T", "B")], "H Y", {})

    def feeds(self, T, B):
        return {"h0": rng.normal(size=B), "X": one_sided(T, B)}

    def run(self, feeds, w):
        h, ys = feeds["h0"], []
        for x in feeds["X"]:
            h = h * x if x.sum() > 0 else h - x
            ys.append(-h)
        return [h, np.stack(ys)]


class Branches(Case):
    """An If between products and layers, in a graph and in a step."""

    def graph(self):
        w = weights(P=(HIDDEN, HIDDEN), Q=(HIDDEN, HIDDEN),
                    W=(1, HIDDEN, HIDDEN), R=(1, HIDDEN, HIDDEN))
        w["P"] /= 2 * np.linalg.norm(w["P"], 2)  # the state must not grow
        then = body([node("MatMul", "h P", "t")], "", "t")
        other = body([node("MatMul", "h Q", "e0"), node("Tanh", "e0", "e")],
                     "", "e")
        step = body([node("ReduceSum", "x", "sum", keepdims=0),
                     constant("zero", np.float32(0)),
                     node("Less", "sum zero", "negative"),
                     node("If", "negative", "m", then_branch=then,
                          else_branch=other), node("Add", "m x", "hn"),
                     node("Identity", "hn", "y")], "h x", "hn y")
        layer = body([node("RNN", "X W R", "Y0", hidden_size=HIDDEN),
                      constant("axes", np.array([1], np.int64)),
                      node("Squeeze", "Y0 axes", "Y1")], "", "Y1")
        scan = body([node("Scan", "h0 X", "H Y2", body=step,
                          num_scan_inputs=1)], "", "Y2")
        return ([node("If", "flag", "Y", then_branch=layer,
                      else_branch=scan)],
                [tensor("flag", kind=TensorProto.BOOL),
                 tensor("h0", "B", HIDDEN), tensor("X", "T", "B", HIDDEN)],
                "Y", w)

    def feeds(self, T, B):
        return {"flag": rng.integers(0, 2, size=()).astype(bool),
                "h0": rng.normal(size=(B, HIDDEN)),
                "X": one_sided(T, B, HIDDEN)}

    def run(self, feeds, w):
        h, ys = feeds["h0"], []
        if feeds["flag"]:
            h = np.zeros_like(h)
        for x in feeds["X"]:
            if feeds["flag"]:
                h = np.tanh(x @ w["W"][0].T + h @ w["R"][0].T)
            elif x.sum() < 0:
                h = h @ w["P"] + x
            else:
                h = np.tanh(h @ w["Q"]) + x
            ys.append(h)
        return [np.stack(ys)]


CASES = {"elman": Elman(), "axes": Axes(), "backwards": Backwards(),
         "batched": Batched(), "accumulate": Accumulate(), "fixed": Fixed(),
         "until": Until(), "open": Open(),
         "nested": Nested(), "choice": Choice(),
         "branches": Branches()}
SIZES = [(1, 1), (2, 5), (17, 1), (40, 8), (33, 3)]


def call(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit("%s\n%s" % (" ".join(command), result.stderr))


def compile_case(path, case, parts, extents):
    """Compiles for the extents of T and B, None where dynamic."""
    nodes, inputs, outputs, w = parts
    fixed = []
    for info in inputs:
        copy = onnx.ValueInfoProto()
        copy.CopyFrom(info)
        for dim in copy.type.tensor_type.shape.dim:
            if extents and dim.dim_param:
                dim.dim_value = extents[dim.dim_param]
        fixed.append(copy)
    graph = helper.make_graph(
        nodes, "model", fixed, [untyped(name) for name in outputs.split()],
        [numpy_helper.from_array(value, name) for name, value in w.items()])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", case.opset)])
    onnx.save(model, path + ".onnx")
    call(["seqc", "compile", path + ".onnx", "-o", path])


def run_case(path, outputs, feeds, threads):
    command = ["seqc", "run", path + ".so", "--threads", str(threads)]
    for name, value in feeds.items():
        stored = value.astype(np.float32) if value.dtype == float else value
        np.save("%s.%s.npy" % (path, name), stored)
        command += ["--input", "%s=@%s.%s.npy" % (name, path, name)]
    for name in outputs.split():
        command += ["--output", "%s=@%s.%s.npy" % (name, path, name)]
    call(command)
    return [np.load("%s.%s.npy" % (path, name)).astype(np.float64)
            for name in outputs.split()]


def compare(name, found, expected):
    """All outputs together: some of them are one number."""
    for f, e in zip(found, expected):
        if f.shape != np.shape(e):
            sys.exit("%s: found %s, expected %s" %
                     (name, f.shape, np.shape(e)))
    found = np.concatenate([f.ravel() for f in found])
    expected = np.concatenate([np.ravel(e) for e in expected])
    error = np.abs(found - expected)
    norm = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    if error.max() > ELEMENT * np.abs(expected).max() or norm > NORM:
        sys.exit("%s: the largest error is %g, in norm %g" %
                 (name, error.max(), norm))


def check(folder, name, case):
    path = os.path.join(folder, name)
    parts = case.graph()
    outputs, w = parts[2], parts[3]
    exact = {key: value.astype(np.float64) for key, value in w.items()}

    def try_size(path, T, B, threads):
        feeds = case.feeds(T, B)
        rounded = {key: value.astype(np.float32).astype(np.float64)
                   if value.dtype == float else value
                   for key, value in feeds.items()}
        compare("%s %dx%d" % (os.path.basename(path), T, B),
                run_case(path, outputs, rounded, threads),
                case.run(rounded, exact))

    compile_case(path, case, parts, None)
    for number, (T, B) in enumerate(SIZES):
        try_size(path, T, B, 1 + number % 2)
    compile_case(path + "-fixed", case, parts, {"T": 21, "B": 4})
    try_size(path + "-fixed", 21, 4, 1)
    print("%s: %d sizes agree" % (name, len(SIZES) + 1))


def main():
    folder, names = sys.argv[1], sys.argv[2:] or CASES
    os.makedirs(folder, exist_ok=True)
    global rng
    seed = int.from_bytes(os.urandom(4), "little")
    print("seed %d" % seed)
    rng = np.random.default_rng(seed)
    for name in names:
        check(folder, name, CASES[name])


main()
