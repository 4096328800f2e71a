"""seq.lstm against the formulas of its description, in float64."""
from recurrent import BIASES, Cell, check, common

STATES = ("h0", "c0")


class Case(Cell):
    operation, defaults = "lstm", ("sigmoid", "tanh", "tanh")

    def __init__(self, name, optional=(), order="iofc", coupled=None,
                 whole=False, width=None, **options):
        super().__init__(name, optional, **options)
        self.order, self.coupled, self.whole = order, coupled, whole
        self.states = {"h": width or self.hidden, "c": self.hidden}
        self.extra.append('gate_order = "%s"' % order)
        if coupled:
            self.extra.append("coupled = #seq.coupled_gates<%s>" % coupled)

    def weights(self):
        width, hidden = self.width(), self.hidden
        return {"w": [4, hidden, self.inputs], "r": [4, hidden, width],
                "input_bias": [4, hidden], "recurrent_bias": [4, hidden],
                "peepholes": [3, hidden] + [hidden] * self.whole,
                "projection": [width, hidden]}

    def step(self, a, x, states):
        h, c = states

        def gate(activation, letter, cell=None):
            k = self.order.index(letter)
            z = (x @ a["w"][k].T + h @ a["r"][k].T + a["input_bias"][k] +
                 a["recurrent_bias"][k])
            if cell is not None:
                p = a["peepholes"]["iof".index(letter)]
                z = z + (p * cell if p.ndim == 1 else cell @ p.T)
            return self.activate(activation, z)

        i, f = gate(0, "i", c), gate(0, "f", c)
        if self.coupled == "forget_from_input":
            f = 1 - i
        if self.coupled == "input_from_forget":
            i = 1 - f
        cell = f * c + i * gate(1, "c")
        clip, self.clip = self.clip, None
        out = self.activate(2, cell)
        self.clip = clip
        hidden = gate(0, "o", cell) * out
        if "projection" in self.optional:
            hidden = hidden @ a["projection"].T
        return hidden, (hidden, cell)


CASES = common(Case, STATES) + [
    Case("order", BIASES + STATES, order="ifco"),
    Case("peepholes", BIASES + ("peepholes",) + STATES),
    Case("peepholes_clip", ("peepholes",) + STATES, clip=0.25),
    Case("peepholes_full", BIASES + ("peepholes",) + STATES, whole=True),
    Case("projection", BIASES + ("projection", "lengths") + STATES, width=6),
    Case("coupled", ("input_bias", "peepholes") + STATES, order="fcio",
         coupled="forget_from_input"),
    Case("coupled_forget", ("input_bias", "peepholes") + STATES,
         coupled="input_from_forget"),
    Case("coupled_full", ("peepholes",) + STATES, whole=True,
         coupled="input_from_forget", reverse=True),
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

if __name__ == "__main__":
    check(CASES)
