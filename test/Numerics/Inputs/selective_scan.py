"""seq.selective_scan against the formulas of its description, in float64."""
import sys

import numpy as np

import numerics

OPTIONAL = ("skip", "delta_bias", "z", "h0")


def shapes(optional, t, b, d, n):
    every = {"u": [b, t, d], "delta": [b, t, d], "a": [d, n], "b": [b, t, n],
             "c": [b, t, n], "skip": [d], "delta_bias": [d], "z": [b, t, d],
             "h0": [b, d, n]}
    return {k: s for k, s in every.items()
            if k not in OPTIONAL or k in optional}


def text(optional, softplus, channels, states, rates=None):
    """The model; with `rates`, a is that constant instead of an input."""
    def dynamic(shape):
        return ["?" if isinstance(d, str) else d for d in shape]

    def described(name, shape):
        return numerics.argument(name, dynamic(shape), [
            d if isinstance(d, str) else "" for d in shape])

    operands = shapes(optional, "time", "batch", channels, states)
    results = {"y": ["batch", "time", channels],
               "h": ["batch", channels, states]}
    types = ", ".join(numerics.tensor(dynamic(s)) for s in operands.values())
    body = ""
    if rates is not None:
        body = "  %%a = arith.constant dense<%s> : %s\n" % (
            rates.tolist(), numerics.tensor(operands["a"]))
    result_types = ", ".join(numerics.tensor(dynamic(s))
                             for s in results.values())
    return """func.func @selective_scan(%s) -> (%s) {
%s  %%y, %%h = seq.selective_scan %s %s : (%s) -> (%s)
  return %%y, %%h : %s
}
""" % (", ".join("%%%s: %s" % (n, described(n, s))
                 for n, s in operands.items() if rates is None or n != "a"),
        ", ".join(described(n, s) for n, s in results.items()), body,
        " ".join("%s(%%%s)" % (n, n) for n in operands),
        "{delta_softplus}" if softplus else "", types, result_types,
        result_types)


def expected(arrays, softplus):
    x = {n: v.astype(np.float64) for n, v in arrays.items()}
    batch, steps, channels = x["u"].shape
    h = x.get("h0", np.zeros((batch, channels, x["a"].shape[1])))
    y = np.zeros((batch, steps, channels))
    for t in range(steps):
        u, delta = x["u"][:, t], x["delta"][:, t] + x.get("delta_bias", 0)
        if softplus:
            delta = np.log1p(np.exp(delta))
        h = (np.exp(delta[..., None] * x["a"]) * h
             + (delta * u)[..., None] * x["b"][:, t, None, :])
        y[:, t] = (h * x["c"][:, t, None, :]).sum(-1) + x.get("skip", 0) * u
        if "z" in x:
            z = x["z"][:, t]
            y[:, t] *= z / (1 + np.exp(-z))
    return {"y": y, "h": h}


def sample(random, name, shape):
    if name == "a":  # decays: the state stays bounded
        return -random.uniform(0.1, 2, shape).astype(np.float32)
    if name == "delta":
        return random.uniform(0.01, 1, shape).astype(np.float32)
    return random.uniform(-1, 1, shape).astype(np.float32)


def multiples(random, channels, states, off=0.0):
    """Rates whose rows are multiples of their first; one is `off` by a part."""
    first = -random.uniform(0.05, 0.4, (channels, 1)).astype(np.float32)
    rates = np.arange(1, states + 1, dtype=np.float32) * first
    rates[random.integers(channels), random.integers(1, states)] *= 1 + off
    return rates.astype(np.float32)


def check_question(model, random, states):
    """Powers are of the first rate alone: while the others are multiples of it,
    within roundings, their last bits change nothing; beyond that they do."""
    arrays = {n: sample(random, n, s) for n, s in
              shapes(("skip", "h0"), 64, 2, 21, states).items()}
    exact = multiples(random, 21, states)

    def run(off):
        arrays["a"] = exact.copy()
        arrays["a"][3, states // 2] *= np.float32(1 + off)
        assert off == 0 or not np.array_equal(arrays["a"], exact)
        return model.run(arrays, ("y", "h"), threads=2)

    powers, near, other = run(0.0), run(2.0**-22), run(1e-5)
    for name in powers:
        if not np.array_equal(powers[name], near[name]):
            sys.exit("%s %s: no powers where rates are multiples of the first"
                     % (model.name, name))
        if np.array_equal(powers[name], other[name]):
            sys.exit("%s %s: powers where one rate is no multiple of the first"
                     % (model.name, name))


def check_powers(options, random):
    """Decays that are powers of one: rates that are inputs, once they are
    multiples, almost, or nowhere near in one row, and rates that are weights."""
    for states, weights in (2, False), (16, False), (23, False), (16, True):
        name = "powers%d" % states + "_weights" * weights
        if options.only and options.only not in name:
            continue
        rates = multiples(random, 21, states) if weights else None
        model = numerics.Model(options, name,
                               text(("skip", "h0"), True, 21, states, rates))
        for off in (0.0,) if weights else (0.0, 2.0**-22, 1e-5, 1.0):
            for steps, batch in (31, 2), (32, 1), (300, 3):
                arrays = {n: sample(random, n, s) for n, s in
                          shapes(("skip", "h0"), steps, batch, 21,
                                 states).items()}
                arrays["a"] = (rates if weights else
                               multiples(random, 21, states, off))
                due = expected(arrays, True)
                if weights:
                    del arrays["a"]
                model.check("T=%d B=%d off=%g" % (steps, batch, off), arrays,
                            due, threads=batch)
        if states == 16 and not weights and options.form != "naive":
            check_question(model, random, states)


def main():
    options, random = numerics.arguments(), numerics.generator()
    check_powers(options, random)
    cases = [((), False, 8, 4), (OPTIONAL, True, 19, 16),
             (("delta_bias",), True, 8, 1), (("z",), False, 5, 3),
             (("skip", "h0"), False, 16, 16), (("h0",), True, "channels", 4)]
    for optional, softplus, channels, states in cases:
        name = "_".join(optional + ("softplus",) * softplus) or "plain"
        if options.only and options.only not in name:
            continue
        model = numerics.Model(options, name,
                               text(optional, softplus, channels, states))
        extent = 13 if channels == "channels" else channels
        # The last is longer than a chunk of the parallel form.
        for steps, batch in (0, 2), (1, 1), (7, 3), (37, 32), (600, 2):
            arrays = {n: sample(random, n, s) for n, s in
                      shapes(optional, steps, batch, extent, states).items()}
            # Of the first step alone, all channels share the product of b and
            # c: its terms must not cancel, for there is nothing beside it.
            if steps == 1:
                arrays["b"], arrays["c"] = map(np.abs, (arrays["b"],
                                                        arrays["c"]))
            model.check("T=%d B=%d" % (steps, batch), arrays,
                        expected(arrays, softplus), threads=min(batch, 2))


if __name__ == "__main__":
    main()
