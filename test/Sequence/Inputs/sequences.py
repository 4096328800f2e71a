"""What the tests of sequences share: ONNX models of a few nodes, and runs of a
compiled model in one go and in random pieces, with the state saved between."""
import os
import subprocess
import sys

import numpy as np

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics

# How far two ways of running one model may be apart, as a share of the largest
# element.
SPLIT = 1e-5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def random_layer(random, op, inputs, hidden):
    """ONNX's weights of a layer: W, R and b."""
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[op] * hidden
    # R is small enough that no rounding grows.
    return [(random.standard_normal(shape) * scale).astype(np.float32)
            for shape, scale in (((1, gates, inputs), 0.4),
                                 ((1, gates, hidden), 0.4 / hidden ** 0.5),
                                 ((1, 2 * gates), 0.4))]


def layer_flags(op, hidden):
    flags = {"hidden_size": hidden}
    if op == "GRU":
        flags["linear_before_reset"] = 1
    return flags


def run_layer(op, weights, x, h=0., c=0.):
    """What an ONNX layer has after every step: its hidden states and its cells,
    which are none but for an LSTM, in float64. x is [T, B, .], and h and c are
    what it begins with."""
    W, R, bias = (w[0].astype(np.float64) for w in weights)
    H, half = R.shape[1], len(bias) // 2
    h, c = (np.broadcast_to(s, (x.shape[1], H)) for s in (h, c))
    hidden, cells = [], []
    for row in x:
        gates = np.split(row @ W.T + bias[:half], half // H, axis=-1)
        past = np.split(h @ R.T + bias[half:], half // H, axis=-1)
        if op == "RNN":
            h = np.tanh(gates[0] + past[0])
        elif op == "GRU":
            z, r = sigmoid(gates[0] + past[0]), sigmoid(gates[1] + past[1])
            h = (1 - z) * np.tanh(gates[2] + r * past[2]) + z * h
        else:
            i, o, f, g = (p + q for p, q in zip(gates, past))
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            cells.append(c)
        hidden.append(h)
    return np.array(hidden), np.array(cells)


def write_onnx(path, nodes, inputs, outputs, stored, opset=15):
    """`inputs` and `outputs` are {name: (shape, element type)}, in which a
    string is a dynamic dimension; `stored` are the weights."""
    import onnx
    from onnx import helper, numpy_helper

    def values(table):
        return [helper.make_tensor_value_info(name, element, shape)
                for name, (shape, element) in table.items()]

    graph = helper.make_graph(
        [helper.make_node(*node[:3], **(node[3] if len(node) > 3 else {}))
         for node in nodes], "graph", values(inputs), values(outputs),
        [numpy_helper.from_array(array, name)
         for name, array in stored.items()])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    onnx.save(model, path)


def compile_model(source, output, flags):
    numerics.run(["seqc", "compile", source, "-o", output] + flags)


class Runs:
    """Runs of one compiled model on rows of inputs."""

    def __init__(self, library, outputs, states=()):
        self.library, self.outputs, self.states = library, outputs, states

    def run(self, rows, start=None, save=None, threads=1, stream=False):
        command = ["seqc", "run", self.library + ".so",
                   "--threads=%d" % threads]
        for name, array in rows.items():
            path = "%s.in.%s.npy" % (self.library, name)
            np.save(path, array)
            command += ["--stream" if stream else "--input",
                        "%s=@%s" % (name, path)]
        if start:
            command += ["--state-in", start]
        if save:
            command += ["--state-out", save]
        found = {}
        for name in self.outputs:
            found[name] = "%s.out.%s.npy" % (self.library, name)
            command += ["--output", "%s=@%s" % (name, found[name])]
        for name in self.states:
            found[name] = "%s.state.%s.npy" % (self.library, name)
            command += ["--state-out", "%s=@%s" % (name, found[name])]
        numerics.run(command)
        return {name: np.load(path) for name, path in found.items()}

    def run_pieces(self, rows, lengths):
        """The rows in pieces of these lengths, each from the saved state of the
        one before; the states are those after the last."""
        saved = self.library + ".saved"
        pieces, start, at = [], None, 0
        for length in lengths:
            piece = {name: array[at:at + length]
                     for name, array in rows.items()}
            pieces.append(self.run(piece, start, saved))
            start, at = saved, at + length
        whole = {name: np.concatenate([piece[name] for piece in pieces])
                 for name in self.outputs}
        whole.update({name: pieces[-1][name] for name in self.states})
        return whole


def split_randomly(random, count):
    """Lengths of pieces, among them none, one, and what is no whole block."""
    cuts = np.sort(random.integers(0, count + 1, 4))
    lengths = np.diff(np.concatenate([[0], cuts, [count]]))
    return [int(length) for length in lengths] + [0]


nearest = 0.


def note(share):
    """Keeps how near anything has come to a limit, as a share of that."""
    global nearest
    nearest = max(nearest, share)


def report():
    print("at %.2f of a limit" % nearest)


def require_same(what, found, expected):
    for name in expected:
        scale = np.abs(expected[name]).max()
        error = np.abs(found[name].astype(np.float64) - expected[name]).max()
        if found[name].shape != expected[name].shape or \
                not error <= SPLIT * max(scale, 1e-30):
            sys.exit("%s: %s is off by %g of %g" % (what, name, error, scale))
        note(error / (SPLIT * max(scale, 1e-30)))


def require_expected(what, errors, found, expected):
    """Against float64; `errors` judges numbers over several calls."""
    for name, array in expected.items():
        if array.dtype != np.float64:
            if not np.array_equal(found[name], array):
                sys.exit("%s: %s: required %s, found %s"
                         % (what, name, array, found[name]))
            continue
        judge = errors.setdefault(name, numerics.Errors())
        wrong = judge.add(found[name], array)
        if wrong:
            sys.exit("%s: %s: %s" % (what, name, wrong))
        note(judge.nearest)
