"""Writes ONNX models of one RNN, GRU or LSTM each, with every attribute and
optional input, runs them, and compares with ONNX's formulas in float64."""
import os
import subprocess
import sys

import numpy as np

directory = sys.argv[1]
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics

I, H = 3, 5
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
RESULTS = {"RNN": ("Y", "Y_h"), "GRU": ("Y", "Y_h"),
           "LSTM": ("Y", "Y_h", "Y_c")}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# By ONNX's name: the function, and how many alphas and betas it takes.
ACTIVATIONS = {
    "Affine": (lambda x, a, b: a * x + b, 1, 1),
    "Elu": (lambda x, a: np.where(x > 0, x, a * (np.exp(x) - 1)), 1, 0),
    "HardSigmoid": (lambda x, a, b: np.clip(a * x + b, 0, 1), 1, 1),
    "LeakyRelu": (lambda x, a: np.where(x > 0, x, a * x), 1, 0),
    "Relu": (lambda x: np.maximum(x, 0), 0, 0),
    "ScaledTanh": (lambda x, a, b: a * np.tanh(b * x), 1, 1),
    "Sigmoid": (sigmoid, 0, 0),
    "Softplus": (lambda x: np.log1p(np.exp(x)), 0, 0),
    "Softsign": (lambda x: x / (1 + abs(x)), 0, 0),
    "Tanh": (np.tanh, 0, 0),
    "ThresholdedRelu": (lambda x, a: np.where(x > a, x, 0), 1, 0),
}
DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"],
            "LSTM": ["Sigmoid", "Tanh", "Tanh"]}


class Layer:
    def __init__(self, op, opset, inputs=(), direction="forward", layout=0,
                 activations=None, clip=None, constant=True, **flags):
        self.op, self.opset, self.flags = op, opset, flags
        self.inputs = ("X", "W", "R") + tuple(inputs)
        self.direction, self.layout, self.clip = direction, layout, clip
        self.directions = 2 if direction == "bidirectional" else 1
        self.given, self.constant = activations, constant
        names = activations or DEFAULTS[op] * self.directions
        # Fixed numbers, one after the other for those that take them.
        self.functions, self.alphas, self.betas = [], [], []
        for name in names:
            function, alpha, beta = ACTIVATIONS[name]
            numbers = [0.5 + 0.125 * len(self.alphas)] * alpha
            self.alphas += numbers
            if beta:
                numbers = numbers + [0.25 + 0.125 * len(self.betas)]
                self.betas += numbers[-1:]
            self.functions.append(
                lambda x, f=function, n=tuple(numbers): f(x, *n))

    def shape(self, name, t, b):
        n, d = GATES[self.op], self.directions
        state = [d, b, H]
        shape = {"X": [t, b, I], "W": [d, n * H, I], "R": [d, n * H, H],
                 "B": [d, 2 * n * H], "sequence_lens": [b], "initial_h": state,
                 "initial_c": state, "P": [d, 3 * H], "Y": [t, d, b, H],
                 "Y_h": state, "Y_c": state}[name]
        if self.layout and name == "Y":
            return [b, t, d, H]
        if self.layout and name[0] in "XiY":
            return [shape[1], shape[0], shape[2]]
        return shape

    def text(self, arrays):
        """The model as protobuf text; W, R, B and P are stored or inputs."""
        stored = [n for n in ("W", "R", "B", "P") if n in self.inputs
                  and self.constant]

        def value(kind, name):
            dims = "".join(" dim { %s: %s }" % (
                ("dim_param", '"%s"' % d) if isinstance(d, str) else
                ("dim_value", d)) for d in self.shape(name, "time", "batch"))
            return ('  %s { name: "%s" type { tensor_type { elem_type: %d '
                    "shape {%s } } } }\n" % (
                        kind, name, 6 if name == "sequence_lens" else 1, dims))

        last = max(INPUTS.index(n) for n in self.inputs)
        operands = " ".join('input: "%s"' % (n if n in self.inputs else "")
                            for n in INPUTS[:last + 1])
        attributes = [("hidden_size", "INT i: %d" % H)]
        attributes.append(("direction", 'STRING s: "%s"' % self.direction))
        if self.layout:
            attributes.append(("layout", "INT i: 1"))
        if self.clip:
            attributes.append(("clip", "FLOAT f: %r" % self.clip))
        if self.given:
            attributes.append(("activations", "STRINGS " + " ".join(
                'strings: "%s"' % n for n in self.given)))
        for name, numbers in (("alpha", self.alphas), ("beta", self.betas)):
            if numbers:
                attributes.append(("activation_" + name, "FLOATS " + " ".join(
                    "floats: %r" % n for n in numbers)))
        attributes += [(n, "INT i: %d" % f) for n, f in self.flags.items()]
        text = ('opset_import { version: %d } graph { name: "layer"\n' %
                self.opset)
        text += '  node { op_type: "%s" %s %s\n%s  }\n' % (
            self.op, operands,
            " ".join('output: "%s"' % n for n in RESULTS[self.op]),
            "".join('    attribute { name: "%s" type: %s }\n' % a
                    for a in attributes))
        for name in stored:
            text += '  initializer { name: "%s" data_type: 1 %s %s }\n' % (
                name, " ".join("dims: %d" % d for d in arrays[name].shape),
                " ".join("float_data: %r" % float(v)
                         for v in arrays[name].ravel()))
        text += "".join(value("input", n) for n in INPUTS
                        if n in self.inputs and n not in stored)
        return text + "".join(value("output", n)
                              for n in RESULTS[self.op]) + "}\n"

    def run_direction(self, d, a, x, lengths):
        n = GATES[self.op]
        W, R = a["W"][d].reshape(n, H, I), a["R"][d].reshape(n, H, H)
        Wb, Rb = a["B"][d].reshape(2, n, H)
        Pi, Po, Pf = a["P"][d].reshape(3, H)
        h, c = a["initial_h"][d], a["initial_c"][d]
        functions = self.functions[d * len(DEFAULTS[self.op]):]

        def squash(k, z):
            return functions[k](np.clip(z, -self.clip, self.clip)
                                if self.clip else z)

        def gate(k, old):
            return x[t] @ W[k].T + old @ R[k].T + Wb[k] + Rb[k]

        backwards = self.direction == "reverse" or d == 1
        y = np.zeros(x.shape[:2] + (H,))
        for t in reversed(range(len(x))) if backwards else range(len(x)):
            if self.op == "RNN":
                new, cell = squash(0, gate(0, h)), c
            elif self.op == "GRU":
                z, r = squash(0, gate(0, h)), squash(0, gate(1, h))
                if self.flags.get("linear_before_reset"):
                    candidate = (x[t] @ W[2].T + Wb[2] +
                                 r * (h @ R[2].T + Rb[2]))
                else:
                    candidate = gate(2, r * h)
                new, cell = (1 - z) * squash(1, candidate) + z * h, c
            else:
                i = squash(0, gate(0, h) + Pi * c)
                f = squash(0, gate(2, h) + Pf * c)
                if self.flags.get("input_forget"):
                    f = 1 - i
                cell = f * c + i * squash(1, gate(3, h))
                o = squash(0, gate(1, h) + Po * cell)
                new = o * functions[2](cell)
            inside = (t < lengths)[:, None]
            h, c = np.where(inside, new, h), np.where(inside, cell, c)
            y[t] = np.where(inside, new, 0)
        return y, h, c

    def expected(self, arrays, t, b):
        a = {n: arrays[n].astype(np.float64) if n in arrays else
             np.zeros(self.shape(n, t, b)) for n in INPUTS}
        if self.layout:
            for name in "X", "initial_h", "initial_c":
                a[name] = a[name].swapaxes(0, 1)
        lengths = arrays.get("sequence_lens", np.full(b, t))
        results = [np.array(r) for r in zip(*[
            self.run_direction(d, a, a["X"], lengths)
            for d in range(self.directions)])]
        y, states = results[0].swapaxes(0, 1), results[1:]
        if self.layout:
            y = y.transpose(2, 0, 1, 3)
            states = [s.swapaxes(0, 1) for s in states]
        return dict(zip(RESULTS[self.op], [y] + states))


def check(name, layer, random):
    def draw(n, t, b):
        if n == "sequence_lens":
            return random.integers(0, t + 1, b).astype(np.int32)
        # Weights that keep unbounded activations bounded.
        shape = layer.shape(n, t, b)
        return random.uniform(-0.4, 0.4, shape).astype(np.float32)

    weights = {n: draw(n, 0, 0) for n in layer.inputs if n in "WRBP"}
    path = os.path.join(directory, name)
    with open(path + ".onnx", "wb") as file:
        subprocess.run(["protoc", "--proto_path=/usr/include/onnx",
                        "--encode=onnx.ModelProto", "onnx.proto"], check=True,
                       input=layer.text(weights).encode(), stdout=file)
    numerics.run(["seqc", "compile", path + ".onnx", "-o", path])
    for t, b in (0, 2), (1, 1), (7, 3):
        arrays = dict(weights, **{n: draw(n, t, b) for n in layer.inputs
                                  if n not in weights})
        command = ["seqc", "run", path + ".so", "--rtol=1e-4", "--atol=1e-6"]
        for n, array in arrays.items():
            if n not in weights or not layer.constant:
                np.save("%s.%s.npy" % (path, n), array)
                command += ["--input", "%s=@%s.%s.npy" % (n, path, n)]
        for n, array in layer.expected(arrays, t, b).items():
            np.save("%s.%s.npy" % (path, n),
                    np.ascontiguousarray(array, np.float32))
            command += ["--expect", "%s=@%s.%s.npy" % (n, path, n)]
        numerics.run(command)
    print("%s: as expected" % name, flush=True)


def main():
    os.makedirs(directory, exist_ok=True)
    random = numerics.generator()
    everything = ("B", "sequence_lens", "initial_h")
    for op in GATES:
        more = ("initial_c", "P") if op == "LSTM" else ()
        kinds = len(DEFAULTS[op])
        layers = {
            "plain": Layer(op, 7),
            "reverse": Layer(op, 9, everything + more, "reverse"),
            "both": Layer(op, 11, everything + more, "bidirectional",
                          clip=0.25),
            "inputs": Layer(op, 14, everything + more, "bidirectional",
                            constant=False),
            "batchwise": Layer(op, 23, everything + more, "bidirectional",
                               layout=1),
            "state": Layer(op, 21, ("initial_h",), "reverse", layout=1),
        }
        names = list(ACTIVATIONS)
        names += names[:-len(names) % (2 * kinds)]
        for k in range(0, len(names), 2 * kinds):
            layers["activations%d" % k] = Layer(
                op, 15, ("B",), "bidirectional",
                activations=names[k:k + 2 * kinds])
        if op == "GRU":
            layers["linear"] = Layer(op, 18, everything, "bidirectional",
                                     linear_before_reset=1)
        if op == "LSTM":
            layers["coupled"] = Layer(op, 19, everything + more,
                                      "bidirectional", input_forget=1)
            layers["cell"] = Layer(op, 8, ("initial_c",))
        for name, layer in layers.items():
            check("%s-%s" % (op, name), layer, random)


main()
