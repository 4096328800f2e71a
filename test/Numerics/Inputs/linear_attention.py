"""seq.linear_attention against float64: every rule, decays of all three kinds,
heads of queries that share states, the normaliser, a scale, no state given."""
import numpy as np

import numerics

HEADS = 2

LAYER = """func.func @attention(ARGUMENTS)
    -> (RESULTS) {
  RETURNED = seq.linear_attention q(%q) k(%k) v(%v)OPERANDS
      {scale = 0.5 : f32FLAGS} : (OPERAND_TYPES)
      -> (RESULT_TYPES)
  return RETURNED : RESULT_TYPES
}
"""


class Case:
    """`decay` is its shape but for [batch, time], or None."""

    def __init__(self, decay=None, beta=False, queries=HEADS, normalised=False,
                 stated=True, size=(8, 12)):
        self.decay, self.beta, self.queries = decay, beta, queries
        self.keys, self.values = size
        self.normalised, self.stated = normalised, stated

    def operands(self):
        """Shapes by name, batch and time left out where they come first."""
        step = {"q": (self.queries, self.keys), "k": (HEADS, self.keys),
                "v": (HEADS, self.values)}
        if self.decay is not None and self.decay != "constant":
            step["decay"] = self.decay
        if self.beta:
            step["beta"] = (HEADS,)
        states = {}
        if self.stated:
            states["state"] = (HEADS, self.keys, self.values)
        if self.normalised and self.stated:
            states["normaliser"] = (HEADS, self.keys)
        return step, states

    def text(self):
        step, states = self.operands()
        shapes = {n: ("?", "?") + s for n, s in step.items()}
        if self.decay == "constant":
            shapes["decay"] = (HEADS,)
        shapes.update({n: ("?",) + s for n, s in states.items()})
        results = {"y": ("?", "?", self.queries, self.values),
                   "S": ("?", HEADS, self.keys, self.values)}
        if self.normalised:
            results["z"] = ("?", HEADS, self.keys)

        def declare(name, shape):
            dims = (["batch", "time"][:shape.count("?")]
                    + [""] * (len(shape) - shape.count("?")))
            return numerics.argument(name, shape, dims)

        def types(named):
            return ", ".join(numerics.tensor(s) for s in named.values())

        order = [n for n in ("q", "k", "v", "decay", "beta", "state",
                             "normaliser") if n in shapes]
        ordered = {n: shapes[n] for n in order}
        replacements = {
            "ARGUMENTS": ",\n    ".join("%%%s: %s" % (n, declare(n, s))
                                        for n, s in ordered.items()),
            "RESULTS": ",\n        ".join(declare(n, s)
                                          for n, s in results.items()),
            "RETURNED": ", ".join("%" + n for n in results),
            "OPERANDS": "".join(" %s(%%%s)" % (n, n) for n in order[3:]),
            "FLAGS": ", normalised" if self.normalised else ""}
        text = LAYER.replace("OPERAND_TYPES", types(ordered)).replace(
            "RESULT_TYPES", types(results))
        for name, value in replacements.items():
            text = text.replace(name, value)
        return text

    def oracle(self, random, steps, batch):
        step, states = self.operands()
        # A normaliser stays away from zero; keys have length 1 at most.
        low = 0.1 if self.normalised else -1
        arrays = {n: random.uniform(low, 1, (batch, steps) + s)
                  .astype(np.float32) for n, s in step.items()}
        arrays["k"] /= np.float32(self.keys ** 0.5)
        if self.decay == "constant":
            arrays["decay"] = np.log(
                1 - 2.0 ** (-1 - np.arange(HEADS))).astype(np.float32)
        elif self.decay:
            arrays["decay"] = self.draw_decay(
                random, arrays["decay"].shape).astype(np.float32)
        arrays.update({n: random.uniform(0.5, 1, (batch,) + s)
                       .astype(np.float32) for n, s in states.items()})
        return arrays, self.run({n: a.astype(np.float64)
                                 for n, a in arrays.items()}, steps, batch)

    def draw_decay(self, random, shape):
        return random.uniform(-1, 0, shape)

    def run(self, x, steps, batch):
        S = x.get("state", np.zeros((batch, HEADS, self.keys, self.values))).copy()
        z = x.get("normaliser", np.zeros((batch, HEADS, self.keys))).copy()
        group = self.queries // HEADS
        y = np.zeros((batch, steps, self.queries, self.values))
        for t in range(steps):
            k, v = x["k"][:, t], x["v"][:, t]
            w = np.ones((HEADS, 1))
            if self.decay == "constant":
                w = np.exp(x["decay"])[:, None]
            elif self.decay is not None:
                w = np.exp(x["decay"][:, t]).reshape(batch, HEADS, -1)
            S *= w[..., None]
            z = z * w + k
            if self.beta:
                v = x["beta"][:, t, :, None] * (
                    v - np.einsum("bhk,bhkv->bhv", k, S))
            S += np.einsum("bhk,bhv->bhkv", k, v)
            for h in range(self.queries):
                q = x["q"][:, t, h]
                y[:, t, h] = 0.5 * np.einsum("bk,bkv->bv", q, S[:, h // group])
                if self.normalised:
                    y[:, t, h] /= (q * z[:, h // group]).sum(-1, keepdims=True)
        results = dict(y=y, S=S)
        if self.normalised:
            results["z"] = z
        return results


CASES = {"linear": Case(), "constant": Case("constant"), "head": Case((HEADS,)),
         "key": Case((HEADS, 8), stated=False), "delta": Case(beta=True),
         "gated-delta": Case((HEADS, 8), beta=True),
         "gated-delta-head": Case((HEADS,), beta=True, stated=False),
         "groups": Case((HEADS,), queries=3 * HEADS),
         "groups-delta": Case((HEADS, 8), beta=True, queries=2 * HEADS),
         "normalised": Case((HEADS,), normalised=True),
         "normalised-groups": Case((HEADS, 8), queries=2 * HEADS,
                                   normalised=True, stated=False),
         # A state in memory, which a step walks; decays a block of steps ahead.
         "large-key": Case((HEADS, 40), size=(40, 24)),
         "large-delta": Case(beta=True, size=(40, 24)),
         "large-gated-delta": Case((HEADS, 40), beta=True, size=(40, 24)),
         "large-gated-delta-head": Case((HEADS,), beta=True, size=(40, 20))}


def main():
    options, random = numerics.arguments(), numerics.generator()
    for name, case in CASES.items():
        if options.only and options.only not in name:
            continue
        model = numerics.Model(options, name, case.text())
        for steps, batch in (0, 1), (1, 2), (41, 1), (20, 3):
            model.check("T=%d B=%d" % (steps, batch),
                        *case.oracle(random, steps, batch),
                        threads=min(batch, 2))


if __name__ == "__main__":
    main()
