"""seq.lstm against the formulas of its description, in float64."""
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
    "affine, alpha = 0.5, beta = 0.25": lambda x: 0.5 * x + 0.25,
    "softplus": lambda x: np.log1p(np.exp(x)),
}


class Case:
    def __init__(self, name, optional=(), order="iofc", activations=None,
                 clip=None, coupled=False, reverse=False, batch_major=False,
                 scale=1.0, inputs=5, hidden=11):
        self.name, self.optional, self.order = name, optional, order
        self.activations = activations
        self.clip, self.coupled, self.scale = clip, coupled, scale
        self.reverse, self.batch_major = reverse, batch_major
        self.inputs, self.hidden = inputs, hidden

    def swap(self, shape):
        return [shape[1], shape[0]] + shape[2:] if self.batch_major else shape

    def shapes(self, t, b):
        """Every operand's shape for the extents or names `t` and `b`."""
        I, H = self.inputs, self.hidden
        shapes = {"x": self.swap([t, b, I]), "w": [4, H, I], "r": [4, H, H],
                  "input_bias": [4, H], "recurrent_bias": [4, H],
                  "peepholes": [3, H], "h0": [b, H], "c0": [b, H],
                  "lengths": [b]}
        return {name: shape for name, shape in shapes.items()
                if name in ("x", "w", "r") or name in self.optional}

    def attributes(self):
        attributes = ['gate_order = "%s"' % self.order]
        if self.activations:
            attributes.append("activations = [%s]" % ", ".join(
                "#seq.activation<%s>" % a for a in self.activations))
        if self.clip:
            attributes.append("clip = %f : f64" % self.clip)
        attributes += ["input_forget"] * self.coupled
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

        H = self.hidden
        operands = self.shapes("time", "batch")
        results = {"y": self.swap(["time", "batch", H]), "h": ["batch", H],
                   "c": ["batch", H]}
        types = ", ".join(numerics.tensor(
            dynamic(s), "i32" if n == "lengths" else "f32")
            for n, s in operands.items())
        result_types = ", ".join(numerics.tensor(dynamic(s))
                                 for s in results.values())
        return """func.func @lstm(%s) -> (%s) {
  %%y, %%h, %%c = seq.lstm %s %s %s : (%s) -> (%s)
  return %%y, %%h, %%c : %s
}
""" % (", ".join("%%%s: %s" % (n, described(n, s))
                 for n, s in operands.items()),
            ", ".join(described(n, s) for n, s in results.items()),
            " ".join("%s(%%%s)" % (n, n) for n in operands),
            "reverse" if self.reverse else "", self.attributes(), types,
            result_types, result_types)

    def expected(self, arrays):
        a = {n: v.astype(np.float64) for n, v in arrays.items()}
        x = a["x"].swapaxes(0, 1) if self.batch_major else a["x"]
        steps, batch, H = *x.shape[:2], self.hidden
        h = a.get("h0", np.zeros((batch, H)))
        c = a.get("c0", np.zeros((batch, H)))
        p = a.get("peepholes", np.zeros((3, H)))
        bias = a.get("input_bias", 0) + a.get("recurrent_bias", np.zeros((4, H)))
        lengths = arrays.get("lengths", np.full(batch, steps))
        f, g, out = [ACTIVATIONS[n] for n in
                     self.activations or ("sigmoid", "tanh", "tanh")]

        def gate(function, letter, extra=0):
            k = self.order.index(letter)
            z = x[t] @ a["w"][k].T + h @ a["r"][k].T + bias[k] + extra
            if self.clip:
                z = np.clip(z, -self.clip, self.clip)
            return function(z)

        y = np.zeros((steps, batch, H))
        for t in reversed(range(steps)) if self.reverse else range(steps):
            i = gate(f, "i", p[0] * c)
            forget = 1 - i if self.coupled else gate(f, "f", p[2] * c)
            cell = forget * c + i * gate(g, "c")
            o = gate(f, "o", p[1] * cell)
            hidden = o * out(cell)
            inside = (t < lengths)[:, None]
            h, c = np.where(inside, hidden, h), np.where(inside, cell, c)
            y[t] = np.where(inside, hidden, 0)
        return {"y": y.swapaxes(0, 1) if self.batch_major else y,
                "h": h, "c": c}


BIASES = ("input_bias", "recurrent_bias")
STATES = ("h0", "c0")
CASES = [
    Case("plain"),
    Case("biases", BIASES + STATES, order="ifco"),
    Case("peepholes", BIASES + ("peepholes",) + STATES),
    # Sums of a hundred products: smaller weights keep the gates from saturating,
    # and the errors from growing.
    Case("wide", BIASES + STATES, scale=0.25, inputs=33, hidden=67),
    Case("lengths", ("input_bias", "lengths") + STATES),
    Case("reverse", STATES, reverse=True),
    Case("reverse_lengths", ("recurrent_bias", "lengths") + STATES,
         reverse=True),
    Case("batch_major", ("lengths",) + STATES, batch_major=True),
    Case("clip", ("input_bias", "peepholes") + STATES, clip=0.25),
    Case("coupled", ("input_bias", "peepholes") + STATES, coupled=True,
         order="fcio"),
    Case("activations", BIASES + STATES, activations=(
        "hard_sigmoid, alpha = 0.25, beta = 0.5", "softsign", "relu")),
    # Nothing bounds these states: smaller weights keep them, and the errors,
    # from growing.
    Case("activations2", BIASES, scale=0.25, activations=(
        "affine, alpha = 0.5, beta = 0.25", "elu, alpha = 0.5",
        "scaled_tanh, alpha = 1.5, beta = 0.75")),
    Case("activations3", BIASES, scale=0.25, activations=(
        "sigmoid", "leaky_relu, alpha = 0.125", "softplus")),
]


def main():
    options, random = numerics.arguments(), numerics.generator()
    for case in CASES:
        if options.only and options.only not in case.name:
            continue
        model = numerics.Model(options, case.name, case.text())
        for steps, batch in (0, 2), (1, 1), (7, 3), (2, 5), (41, 1), (13, 32):
            arrays = {n: case.scale * random.uniform(-1, 1, s)
                      for n, s in case.shapes(steps, batch).items()}
            arrays = {n: v.astype(np.float32) for n, v in arrays.items()}
            if "lengths" in arrays:
                arrays["lengths"] = random.integers(
                    0, steps + 1, batch).astype(np.int32)
            model.check("T=%d B=%d" % (steps, batch), arrays,
                        case.expected(arrays), threads=min(batch, 2))


if __name__ == "__main__":
    main()
