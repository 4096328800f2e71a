"""seq.gru against the formulas of its description, in float64."""
from recurrent import BIASES, Cell, check, common


class Case(Cell):
    operation, defaults = "gru", ("sigmoid", "tanh")

    def __init__(self, name, optional=(), order="zrh", after=False, opens=False,
                 **options):
        super().__init__(name, optional, **options)
        self.order, self.after, self.opens = order, after, opens
        self.extra.append('gate_order = "%s"' % order)
        self.extra += ["reset_after"] * after
        if opens:
            self.extra.append("update_gate = #seq.update_gate<opens_for_new>")

    def weights(self):
        hidden = self.hidden
        return {"w": [3, hidden, self.inputs], "r": [3, hidden, hidden],
                "input_bias": [3, hidden], "recurrent_bias": [3, hidden]}

    def step(self, a, x, states):
        h = states[0]

        def parts(letter, old=h):
            k = self.order.index(letter)
            return (x @ a["w"][k].T + a["input_bias"][k],
                    old @ a["r"][k].T + a["recurrent_bias"][k])

        z = self.activate(0, sum(parts("z")))
        r = self.activate(0, sum(parts("r")))
        if self.after:
            new, recurrent = parts("h")
            candidate = self.activate(1, new + r * recurrent)
        else:
            candidate = self.activate(1, sum(parts("h", r * h)))
        if self.opens:
            z = 1 - z
        h = z * h + (1 - z) * candidate
        return h, (h,)


def named(suffix, **fixed):
    return lambda name, *rest, **options: Case(name + suffix, *rest, **fixed,
                                               **options)


CASES = common(named("_before")) + common(named("_after", after=True)) + [
    Case("order_rzh", BIASES + ("h0",), order="rzh", after=True),
    Case("order_hrz", BIASES + ("h0",), order="hrz"),
    Case("order_zhr", BIASES + ("h0",), order="zhr"),
    Case("opens", BIASES + ("h0",), opens=True),
    Case("opens_after", ("recurrent_bias", "h0"), opens=True, after=True),
    Case("activations", BIASES + ("h0",), after=True, activations=(
        "hard_sigmoid, alpha = 0.25, beta = 0.5", "softsign")),
    Case("activations2", BIASES, scale=0.25, activations=(
        "affine, alpha = 0.5, beta = 0.25", "elu, alpha = 0.5")),
]


if __name__ == "__main__":
    check(CASES)
