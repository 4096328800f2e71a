"""Every transition, alone in a scan, against float64: lengths, reverse, a state
that is not empty, no steps, fewer than a chunk, and several chunks with a rest."""
import numpy as np

import numerics

SCAN = """func.func @transition(ARGUMENTS,
    %len: tensor<?xi32> {seq.name = "len", seq.dims = ["batch"]})
    -> (RESULTS) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %FIRST, %c0 : FIRSTTYPE
  %B = tensor.dim %len, %c0 : tensor<?xi32>
OUTS
  NAMES = seq.scan domain(%b = %B) time(%t = %T)
      ins(INPUTS) lengths(%len[%b] : tensor<?xi32>)
      outs(DESTINATIONS)
      carry(CARRIES) REVERSE SCHEDULE {
BODY
    seq.yield outs(YIELDED) carry(YIELDED)
  }
  return VALUES
}
"""

# Chunks of 8 steps, and of 3 under a tree, whatever they would cost.
SCHEDULES = {
    "parallel": "schedule [#seq.alternative<parallel, chunk = 8>]",
    "tree": "schedule [#seq.alternative<parallel, chunk = 3, fan = 2>]"}


def seen(shape):
    """The type that the body sees."""
    return numerics.tensor(shape) if shape else "f32"


def sliced(shape, first):
    return "[%s]" % ", ".join(first + [":"] * len(shape))


class Case:
    """`inputs` and `states`: shape by name; an input's is drawn by `draw`, where
    it is there. `step` is numpy's, from arrays with a batch in front; `body` gives
    NAME1 for every state NAME. `least` steps are in every sequence."""

    def __init__(self, body, step, inputs, states, draw=None, reverse=False,
                 least=0):
        self.body, self.step, self.least = body, step, least
        self.inputs, self.states = inputs, states
        self.draw, self.reverse = draw or {}, reverse

    def text(self, schedule):
        def typed(kind, shape, dims):
            return "tensor<%sxf32>" % "x".join(["?"] * dims + [
                str(d) for d in shape])

        def listed(names, make):
            return ",\n          ".join(make(n) for n in names)

        arguments = [
            '%%%s: %s {seq.name = "%s", seq.dims = [%s]}' % (
                n, typed("in", s, 2), n,
                ", ".join(['"time"', '"batch"'] + ['""'] * len(s)))
            for n, s in self.inputs.items()] + [
            '%%%s0: %s {seq.name = "%s0", seq.dims = [%s]}' % (
                n, typed("state", s, 1), n,
                ", ".join(['"batch"'] + ['""'] * len(s)))
            for n, s in self.states.items()]
        results = [
            '%s {seq.name = "%s", seq.dims = [%s]}' % (
                typed("out", s, 2), "y" + n,
                ", ".join(['"time"', '"batch"'] + ['""'] * len(s)))
            for n, s in self.states.items()] + [
            '%s {seq.name = "%s", seq.dims = [%s]}' % (
                typed("state", s, 1), n,
                ", ".join(['"batch"'] + ['""'] * len(s)))
            for n, s in self.states.items()]
        first = next(iter(self.inputs))
        names = ["%y" + n for n in self.states] + ["%" + n + "N"
                                                   for n in self.states]
        types = [typed("out", s, 2) for s in self.states.values()] + [
            typed("state", s, 1) for s in self.states.values()]
        replacements = {
            "ARGUMENTS": ",\n    ".join(arguments),
            "RESULTS": ",\n        ".join(results),
            "FIRSTTYPE": typed("in", self.inputs[first], 2), "FIRST": first,
            "OUTS": "\n".join(
                "  %%Y%s = tensor.empty(%%T, %%B) : %s"
                % (n, typed("out", s, 2)) for n, s in self.states.items()),
            "NAMES": ", ".join(names),
            "INPUTS": listed(self.inputs, lambda n: "%%%st = %%%s%s : %s" % (
                n, n, sliced(self.inputs[n], ["%t", "%b"]),
                typed("in", self.inputs[n], 2))),
            "DESTINATIONS": listed(self.states, lambda n: "%%Y%s%s : %s" % (
                n, sliced(self.states[n], ["%t", "%b"]),
                typed("out", self.states[n], 2))),
            "CARRIES": listed(self.states, lambda n: "%%%s = %%%s0%s : %s" % (
                n, n, sliced(self.states[n], ["%b"]),
                typed("state", self.states[n], 1))),
            "REVERSE": "reverse" if self.reverse else "",
            "SCHEDULE": schedule,
            "BODY": self.body,
            "YIELDED": "%s : %s" % (
                ", ".join("%" + n + "1" for n in self.states),
                ", ".join(seen(s) for s in self.states.values())),
            "VALUES": "%s : %s" % (", ".join(names), ", ".join(types))}
        text = SCAN
        for name, value in replacements.items():
            text = text.replace(name, value)
        return text

    def oracle(self, random, steps, batch):
        def uniform(random, shape):
            return random.uniform(-1, 1, shape)

        arrays = {n: self.draw.get(n, uniform)(random, (steps, batch) + s)
                  .astype(np.float32) for n, s in self.inputs.items()}
        starts = {n: self.draw.get(n, uniform)(random, (batch,) + s)
                  .astype(np.float32) for n, s in self.states.items()}
        lengths = random.integers(
            min(self.least, steps), steps + 1, batch).astype(np.int32)
        if batch > 1:
            lengths[0] = steps
        state = {n: a.astype(np.float64) for n, a in starts.items()}
        outs = {n: np.zeros((steps, batch) + s)
                for n, s in self.states.items()}
        for t in range(steps)[::-1] if self.reverse else range(steps):
            live = t < lengths
            now = {n: a[t].astype(np.float64) for n, a in arrays.items()}
            with np.errstate(divide="ignore"):
                after = dict(zip(self.states, self.step(**now, **state)))
            for n in self.states:
                state[n] = np.where(
                    live.reshape((-1,) + (1,) * (state[n].ndim - 1)),
                    after[n], state[n])
                outs[n][t, live] = after[n][live]
        inputs = dict(arrays, len=lengths)
        inputs.update({n + "0": a for n, a in starts.items()})
        expected = {"y" + n: a for n, a in outs.items()}
        expected.update(state)
        return inputs, expected


def contraction(random, shape):
    """Matrices that take no state further away."""
    return random.uniform(-0.24, 0.24, shape)


def stochastic(random, shape):
    """Positive matrices that keep sums, so that a state neither grows nor fades."""
    a = random.uniform(0.1, 1, shape)
    return a / a.sum(-2, keepdims=True)


def positive(random, shape):
    return random.uniform(0, 1, shape)


def log_decay(random, shape):
    return random.uniform(-1, -0.01, shape)


def eighths(low, high):
    """Exponents whose sums are exact: a rounded one of 20 is off by 1e-6, and so is
    what it scales."""
    return lambda random, shape: random.integers(low, high, shape) / 8


def near_one(random, shape):
    return random.uniform(0.9, 1 / 0.9, shape)


def empty(random, shape):
    return np.full(shape, -np.inf)


def zero(random, shape):
    return np.zeros(shape)


def logsumexp(x, axis):
    return np.logaddexp.reduce(x, axis=axis)


def apply(a, s):
    return np.einsum("bij,bj...->bi...", a, s)


def scaled(f, w, m, pairs):
    """The definition: sums themselves, m being the log of the largest share."""
    new = np.maximum(m + f, w)
    kept, added = np.exp(m + f - new), np.exp(w - new)

    def along(scale, x):
        return scale.reshape(scale.shape + (1,) * (x.ndim - scale.ndim)) * x

    return [new] + [along(kept, s) + along(added, v) for s, v in pairs]


def step_complex(u, v, p, q, x, y):
    z = (u + 1j * v)[..., None] * (x + 1j * y) + (p + 1j * q)
    return z.real, z.imag


def step_turning(r, w, p, q, x, y):
    z = np.exp(r + 1j * w) * (x + 1j * y) + (p + 1j * q)
    return z.real, z.imag


def step_dplr(w, a, k, v, S):
    key = k / np.sqrt((k ** 2).sum(-1, keepdims=True) + 1)
    return (w[..., None] * S - a[:, :, None] * np.einsum(
        "bi,bij->bj", key, S)[:, None] + key[..., None] * v[:, None],)


# A key of length below one, so that a step takes no state further away.
KEY = """    %kk = seq.dot %kt, %kt : tensor<4xf32> -> f32
    %one = arith.constant 1.0 : f32
    %size = arith.addf %kk, %one : f32
    %shrink = math.rsqrt %size : f32
    %shrinks = tensor.splat %shrink : tensor<4xf32>
    %key = arith.mulf %kt, %shrinks : tensor<4xf32>
    %left = arith.negf %at : tensor<4xf32>
"""

CASES = {
    "affine-rows": Case(
        "    %S1 = seq.affine exp(%ft) * %S + %gt"
        " : tensor<4xf32>, tensor<4x6xf32>",
        lambda f, g, S: (np.exp(f)[..., None] * S + g,),
        {"f": (4,), "g": (4, 6)}, {"S": (4, 6)}, {"f": log_decay}),
    "affine-matrix": Case(
        "    %s1 = seq.affine matrix(%at) * %s + %gt"
        " : tensor<4x4xf32>, tensor<4xf32>",
        lambda a, g, s: (apply(a, s) + g,),
        {"a": (4, 4), "g": (4,)}, {"s": (4,)}, {"a": contraction}),
    "affine-matrix-wide": Case(
        "    %S1 = seq.affine matrix(%at) * %S + %gt"
        " : tensor<4x4xf32>, tensor<4x6xf32>",
        lambda a, g, S: (apply(a, S) + g,),
        {"a": (4, 4), "g": (4, 6)}, {"S": (4, 6)}, {"a": contraction},
        reverse=True),
    "affine-matrix-max": Case(
        "    %s1 = seq.affine matrix(%at) * %s + %gt"
        " {semiring = #seq<semiring max_plus>} : tensor<4x4xf32>, tensor<4xf32>",
        lambda a, g, s: (np.maximum((a + s[:, None]).max(-1), g),),
        {"a": (4, 4), "g": (4,)}, {"s": (4,)}),
    "affine-matrix-log": Case(
        "    %s1 = seq.affine matrix(%at) * %s + %gt"
        " {semiring = #seq<semiring log_plus>} : tensor<4x4xf32>, tensor<4xf32>",
        lambda a, g, s: (np.logaddexp(logsumexp(a + s[:, None], -1), g),),
        {"a": (4, 4), "g": (4,)}, {"s": (4,)}),
    "matrix": Case(
        "    %s1 = seq.matrix %at * %s rows(%et) : tensor<4x4xf32>, tensor<4xf32>",
        lambda a, e, s: (e * apply(a, s),),
        {"a": (4, 4), "e": (4,)}, {"s": (4,)},
        {"a": stochastic, "e": near_one, "s": positive}),
    "matrix-log": Case(
        "    %s1 = seq.matrix %at * %s rows(%et)"
        " {semiring = #seq<semiring log_plus>} : tensor<4x4xf32>, tensor<4xf32>",
        lambda a, e, s: (e + logsumexp(a + s[:, None], -1),),
        {"a": (4, 4), "e": (4,)}, {"s": (4,)}),
    "matrix-max": Case(
        "    %s1 = seq.matrix %at * %s {semiring = #seq<semiring max_plus>}"
        " : tensor<4x4xf32>, tensor<4xf32>",
        lambda a, s: ((a + s[:, None]).max(-1),),
        {"a": (4, 4)}, {"s": (4,)}, reverse=True),
    "complex": Case(
        "    %x1, %y1 = seq.complex_affine (%ut, %vt) * (%x, %y) + (%pt, %qt)"
        " : tensor<3xf32>, tensor<3x4xf32>",
        step_complex, {"u": (3,), "v": (3,), "p": (3, 4), "q": (3, 4)},
        {"x": (3, 4), "y": (3, 4)},
        {"u": lambda r, s: r.uniform(-0.7, 0.7, s),
         "v": lambda r, s: r.uniform(-0.7, 0.7, s)}),
    "complex-turning": Case(
        "    %x1, %y1 = seq.complex_affine exp(%rt, %wt) * (%x, %y) + (%pt, %qt)"
        " : tensor<5xf32>",
        step_turning, {"r": (5,), "w": (5,), "p": (5,), "q": (5,)},
        {"x": (5,), "y": (5,)},
        {"r": log_decay, "w": lambda r, s: r.uniform(-3.2, 3.2, s)},
        reverse=True),
    "scaled": Case(
        "    %m1, %S1, %z1 = seq.scaled_affine exp(%ft) * (%m, %S, %z)"
        " + exp(%wt) * (%gt, %kt) : f32, tensor<4x6xf32>, tensor<4xf32>",
        lambda f, w, g, k, m, S, z: scaled(f, w, m, [(S, g), (z, k)]),
        {"f": (), "w": (), "g": (4, 6), "k": (4,)},
        {"m": (), "S": (4, 6), "z": (4,)},
        {"f": eighths(-8, 0), "w": eighths(-160, 160), "m": eighths(-16, 16)}),
    # From nothing: the exponent of an empty sum.
    "scaled-empty": Case(
        "    %m1, %n1, %d1 = seq.scaled_affine exp(%ft) * (%m, %n, %d)"
        " + exp(%wt) * (%gt, %kt) : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>",
        lambda f, w, g, k, m, n, d: scaled(f, w, m, [(n, g), (d, k)]),
        {"f": (3,), "w": (3,), "g": (3,), "k": (3,)},
        {"m": (3,), "n": (3,), "d": (3,)},
        {"f": eighths(-8, 0), "w": eighths(-160, 160), "m": empty, "n": zero,
         "d": zero}, least=1),
    "dplr": Case(
        KEY + "    %S1 = seq.dplr_affine (%wt + %left x %key) * %S + %key x %vt"
        " : tensor<4xf32>, tensor<4x6xf32>",
        step_dplr, {"w": (4,), "a": (4,), "k": (4,), "v": (6,)}, {"S": (4, 6)},
        {"w": lambda r, s: r.uniform(0.3, 0.7, s),
         "a": lambda r, s: r.uniform(-0.1, 0.1, s)}),
    "dplr-log": Case(
        KEY + "    %S1 = seq.dplr_affine (%wt + %left x %key) * %S + %key x %vt"
        " {log_decay} : f32, tensor<4xf32>",
        lambda w, a, k, v, S: (step_dplr(
            np.exp(w)[:, None] + 0 * k, a, k, v[:, None], S[..., None])[0][
                ..., 0],),
        {"w": (), "a": (4,), "k": (4,), "v": ()}, {"S": (4,)},
        {"w": lambda r, s: r.uniform(-1, -0.4, s),
         "a": lambda r, s: r.uniform(-0.1, 0.1, s)}, reverse=True),
}


def main():
    options, random = numerics.arguments(), numerics.generator()
    schedule = SCHEDULES.get(options.form, "")
    options.form = "auto" if schedule else options.form
    for name, case in CASES.items():
        if options.only and options.only not in name:
            continue
        model = numerics.Model(options, name, case.text(schedule))
        for steps, batch in (0, 2), (1, 5), (7, 11), (43, 11):
            if steps < case.least:
                continue
            model.check("T=%d B=%d" % (steps, batch),
                        *case.oracle(random, steps, batch), threads=2)


if __name__ == "__main__":
    main()
