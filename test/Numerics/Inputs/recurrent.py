"""What the numerics of the recurrent cells share: a case writes the model for
its cell and options, and runs the cell's step over time in float64."""
import numpy as np

import numerics


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "hard_sigmoid, alpha = 0.25, beta = 0.5":
        lambda x: np.clip(0.25 * x + 0.5, 0, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu, alpha = 0.5": lambda x: np.where(x > 0, x, 0.5 * (np.exp(x) - 1)),
    "scaled_tanh, alpha = 1.5, beta = 0.75": lambda x: 1.5 * np.tanh(0.75 * x),
    "leaky_relu, alpha = 0.125": lambda x: np.where(x > 0, x, 0.125 * x),
    "thresholded_relu, alpha = 0.25": lambda x: np.where(x > 0.25, x, 0),
    "affine, alpha = 0.5, beta = 0.25": lambda x: 0.5 * x + 0.25,
    "softplus": lambda x: np.log1p(np.exp(x)),
}


class Cell:
    """One set of options of a cell, which gives its `operation`, its `defaults`
    for activations, the shapes of its `weights()` and `step`; and the widths of
    its `states`, if it has others than h."""
    operation, defaults = "", ()

    def __init__(self, name, optional=(), activations=None, clip=None,
                 reverse=False, batch_major=False, scale=0.5, inputs=5,
                 hidden=11, steps="time", batch="batch"):
        # Larger weights can make a network chaotic: its rounding errors would
        # grow from step to step.
        self.name, self.optional = name, optional
        self.activations = activations or self.defaults
        self.clip, self.scale = clip, scale
        self.reverse, self.batch_major = reverse, batch_major
        self.inputs, self.hidden = inputs, hidden
        self.extents = steps, batch # names where they are dynamic
        self.states, self.extra = {"h": hidden}, []

    def swap(self, shape):
        return [shape[1], shape[0]] + shape[2:] if self.batch_major else shape

    def width(self):
        return self.states["h"]

    def shapes(self, t, b):
        """Every operand's shape for the extents or names `t` and `b`, in the
        order of the syntax."""
        shapes = {"x": self.swap([t, b, self.inputs])}
        shapes.update(self.weights())
        shapes.update({n + "0": [b, w] for n, w in self.states.items()})
        shapes["lengths"] = [b]
        return {name: shape for name, shape in shapes.items()
                if name in ("x", "w", "r") or name in self.optional}

    def draw(self, random, steps, batch):
        """Random arrays for the operands."""
        arrays = {n: (self.scale * random.uniform(-1, 1, s)).astype(np.float32)
                  for n, s in self.shapes(steps, batch).items()}
        if "lengths" in arrays:
            arrays["lengths"] = random.integers(0, steps + 1,
                                                batch).astype(np.int32)
        return arrays

    def attributes(self):
        attributes = self.extra + ["activations = [%s]" % ", ".join(
            "#seq.activation<%s>" % a for a in self.activations)]
        if self.clip:
            attributes.append("clip = %f : f64" % self.clip)
        attributes += ["batch_major"] * self.batch_major
        return "{%s}" % ", ".join(attributes)

    def text(self):
        def dynamic(shape):
            return ["?" if isinstance(d, str) else d for d in shape]

        def described(name, shape):
            return numerics.argument(
                name, dynamic(shape),
                [d if isinstance(d, str) else "" for d in shape],
                "i32" if name == "lengths" else "f32")

        steps, batch = self.extents
        operands = self.shapes(steps, batch)
        results = {"y": self.swap([steps, batch, self.width()])}
        results.update({n: [batch, w] for n, w in self.states.items()})
        types = ", ".join(numerics.tensor(
            dynamic(s), "i32" if n == "lengths" else "f32")
            for n, s in operands.items())
        result_types = ", ".join(numerics.tensor(dynamic(s))
                                 for s in results.values())
        names = ", ".join("%" + n for n in results)
        return """func.func @layer(%s) -> (%s) {
  %s = seq.%s %s %s %s : (%s) -> (%s)
  return %s : %s
}
""" % (", ".join("%%%s: %s" % (n, described(n, s))
                 for n, s in operands.items()),
            ", ".join(described(n, s) for n, s in results.items()), names,
            self.operation, " ".join("%s(%%%s)" % (n, n) for n in operands),
            "reverse" if self.reverse else "", self.attributes(), types,
            result_types, names, result_types)

    def activate(self, i, x):
        """The i-th activation of x, clipped first where the case clips."""
        if self.clip:
            x = np.clip(x, -self.clip, self.clip)
        return ACTIVATIONS[self.activations[i]](x)

    def expected(self, arrays):
        """Runs `step(weights, x_t, states)`, which returns y_t and the states,
        over time."""
        a = {n: v.astype(np.float64) for n, v in arrays.items()}
        for name, shape in self.weights().items():
            a.setdefault(name, np.zeros(shape))
        x = a["x"].swapaxes(0, 1) if self.batch_major else a["x"]
        steps, batch = x.shape[:2]
        states = [a.get(n + "0", np.zeros((batch, w)))
                  for n, w in self.states.items()]
        lengths = arrays.get("lengths", np.full(batch, steps))
        y = np.zeros((steps, batch, self.width()))
        for t in reversed(range(steps)) if self.reverse else range(steps):
            out, new = self.step(a, x[t], states)
            inside = (t < lengths)[:, None]
            states = [np.where(inside, n, s) for n, s in zip(new, states)]
            y[t] = np.where(inside, out, 0)
        expected = {"y": y.swapaxes(0, 1) if self.batch_major else y}
        expected.update(zip(self.states, states))
        return expected


def check(cases):
    options, random = numerics.arguments(), numerics.generator()
    for case in cases:
        if options.only and options.only not in case.name:
            continue
        model = numerics.Model(options, case.name, case.text())
        for steps, batch in (0, 2), (1, 1), (7, 3), (2, 5), (41, 1), (13, 32):
            arrays = case.draw(random, steps, batch)
            model.check("T=%d B=%d" % (steps, batch), arrays,
                        case.expected(arrays), threads=min(batch, 2))


BIASES = ("input_bias", "recurrent_bias")


def common(kind, states=("h0",)):
    """The cases that every cell has."""
    return [
        kind("plain"),
        kind("biases", BIASES + states),
        # Sums of a hundred products.
        kind("wide", BIASES + states, scale=0.15, inputs=33, hidden=67),
        kind("lengths", ("input_bias", "lengths") + states),
        kind("reverse", states, reverse=True),
        kind("reverse_lengths", ("recurrent_bias", "lengths") + states,
             reverse=True),
        kind("batch_major", ("lengths",) + states, batch_major=True),
        kind("clip", BIASES + states, clip=0.25),
    ]
