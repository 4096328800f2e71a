"""seq.rnn against the formulas of its description, in float64."""
from recurrent import ACTIVATIONS, BIASES, Cell, check, common

O = 9


class Case(Cell):
    operation, defaults = "rnn", ("tanh",)

    def __init__(self, name, optional=(), transposed=False, readout=None,
                 scale=0.3, **options):
        super().__init__(name, optional, scale=scale, **options)
        self.transposed, self.readout = transposed, readout
        self.extra += ["transposed"] * transposed
        if readout:
            self.extra.append("readout_activation = #seq.activation<%s>" %
                              readout)

    def width(self):
        return O if "readout" in self.optional else self.hidden

    def weights(self):
        inputs, hidden = self.inputs, self.hidden
        shapes = {"w": [hidden, inputs], "r": [hidden, hidden],
                  "input_bias": [hidden], "recurrent_bias": [hidden],
                  "readout": [O, hidden], "skip": [O, inputs],
                  "readout_bias": [O]}
        if self.transposed:
            for name in "w", "r", "readout", "skip":
                shapes[name].reverse()
        return shapes

    def step(self, a, x, states):
        def product(name, vector):
            return vector @ (a[name] if self.transposed else a[name].T)

        h = self.activate(0, product("w", x) + product("r", states[0]) +
                          a["input_bias"] + a["recurrent_bias"])
        y = h
        if "readout" in self.optional:
            y = product("readout", h) + product("skip", x) + a["readout_bias"]
            if self.readout:
                y = ACTIVATIONS[self.readout](y)
        return y, (h,)


CASES = common(Case) + [
    Case("transposed", BIASES + ("h0",), transposed=True),
    Case("readout", BIASES + ("readout", "h0")),
    Case("readout_all", BIASES + ("readout", "skip", "readout_bias", "h0",
                                 "lengths"), readout="sigmoid", reverse=True),
    Case("readout_transposed", ("readout", "skip", "lengths"), transposed=True,
        batch_major=True, readout="softplus"),
] + [Case("activation_" + a.split(",")[0], ("input_bias", "h0"), scale=0.25,
         activations=(a,)) for a in ACTIVATIONS]


if __name__ == "__main__":
    check(CASES)
