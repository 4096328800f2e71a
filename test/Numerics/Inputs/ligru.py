"""seq.ligru against the formulas of its description, in float64."""
from recurrent import BIASES, Cell, check, common


class Case(Cell):
    operation, defaults = "ligru", ("sigmoid", "relu")

    def __init__(self, name, optional=(), order="zh", opens=False, **options):
        super().__init__(name, optional, **options)
        self.order, self.opens = order, opens
        self.extra.append('gate_order = "%s"' % order)
        if opens:
            self.extra.append("update_gate = #seq.update_gate<opens_for_new>")

    def weights(self):
        hidden = self.hidden
        return {"w": [2, hidden, self.inputs], "r": [2, hidden, hidden],
                "input_bias": [2, hidden], "recurrent_bias": [2, hidden],
                "input_scale": [2, hidden]}

    def step(self, a, x, states):
        h = states[0]

        def gate(letter):
            k = self.order.index(letter)
            new = x @ a["w"][k].T
            if "input_scale" in self.optional:
                new = a["input_scale"][k] * new
            return (new + a["input_bias"][k] + h @ a["r"][k].T +
                    a["recurrent_bias"][k])

        z, candidate = self.activate(0, gate("z")), self.activate(1, gate("h"))
        if self.opens:
            z = 1 - z
        h = z * h + (1 - z) * candidate
        return h, (h,)


CASES = common(Case) + [
    Case("order", BIASES + ("h0",), order="hz"),
    Case("normalised", BIASES + ("input_scale", "h0")),
    Case("opens_linear", ("h0",), opens=True, scale=0.25, activations=(
        "sigmoid", "affine, alpha = 0.5, beta = 0.25")),
]


if __name__ == "__main__":
    check(CASES)
