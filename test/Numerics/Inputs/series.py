"""Recurrences of one number, whose steps the lanes of vectors share, against
float64: transitions of one part and of several, what a body reads before and after
its update, sequences one after the other, in reverse, from a state that is not
empty; no steps, fewer than lanes share at a time, and several blocks with a rest;
and decays whose products overflow where no state does."""
import sys

import numpy as np

import numerics

SCAN = """func.func @series(%x: XTYPE {seq.name = "x", seq.dims = [XDIMS]},
    %a: XTYPE {seq.name = "a", seq.dims = [XDIMS]}ARGUMENTS)
    -> (XTYPE {seq.name = "y", seq.dims = [XDIMS]}RESULTS) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, TIME : XTYPE
  %N = COUNT
  %Y = tensor.empty(SIZES) : XTYPE
  %yOPENED = seq.scan domain(%d = %N) time(%t = %T)
      ins(%xt = %x[XINDEX] : XTYPE, %at = %a[XINDEX] : XTYPE)
      outs(%Y[XINDEX] : XTYPE)
      carry(CARRIES)REVERSE {
BODY
    seq.yield outs(%yt : f32) carry(YIELDED)
  }
  return %yOPENED : XTYPETYPES
}
"""


def text(body, names, batch, reverse):
    """`body` gives %yt and NAME1 for each of the carries `names`."""
    rows, state = ("tensor<?x?xf32>", "tensor<?xf32>") if batch else (
        "tensor<?x1xf32>", "tensor<1xf32>")
    dims = '"batch"' if batch else '""'
    one = len(names) == 1
    fill = {
        "XTYPE": rows, "XDIMS": '"batch", "time"' if batch else '"time", ""',
        "TIME": "%c1" if batch else "%c0",
        "COUNT": "tensor.dim %%x, %%c0 : %s" % rows if batch else
                 "arith.constant 1 : index",
        "SIZES": "%N, %T" if batch else "%T",
        "XINDEX": "%d, %t" if batch else "%t, %d",
        "ARGUMENTS": "".join(
            ',\n    %%%s0: %s {seq.name = "%s0", seq.dims = [%s]}'
            % (n, state, n, dims) for n in names),
        "RESULTS": "".join(', %s {seq.name = "%s", seq.dims = [%s]}'
                           % (state, n, dims) for n in names),
        "OPENED": "".join(", %%%sN" % n for n in names),
        "CARRIES": ", ".join("%%%s = %%%s0[%%d] : %s" % (n, n, state)
                             for n in names),
        "REVERSE": " reverse" if reverse else "", "BODY": body,
        "YIELDED": "%s : %s" % (", ".join("%%%s1" % n for n in names),
                                ", ".join("f32" for n in names)),
        "TYPES": "".join(", " + state for n in names)}
    made = SCAN
    for key in sorted(fill, key=len, reverse=True):
        made = made.replace(key, fill[key])
    return made


AFFINE = """    %s1 = seq.affine %at * %s + %xt : f32
    %p = arith.mulf %s, %xt : f32
    %yt = arith.addf %p, %s1 : f32"""
LOG = """    %s1 = seq.affine exp(%at) * %s + %xt : f32
    %yt = arith.mulf %s1, %s1 : f32"""
TWO = """    %s1 = seq.affine %at * %s + %xt : f32
    %half = arith.constant 0.5 : f32
    %u1 = seq.affine %half * %u + %at : f32
    %yt = arith.addf %s1, %u1 : f32"""
COMPLEX = """    %s1, %u1 = seq.complex_affine (%at, %xt) * (%s, %u) + (%xt, %at) : f32
    %yt = arith.subf %s1, %u1 : f32"""
SEMIRING = """    %%s1 = seq.affine %%at * %%s + %%xt {semiring = #seq<semiring %s>} : f32
    %%yt = arith.addf %%s1, %%xt : f32"""


def affine(a, x, s):
    after = a * s[0] + x
    return s[0] * x + after, [after]


def log(a, x, s):
    after = np.exp(a) * s[0] + x
    return after * after, [after]


def two(a, x, s):
    after, other = a * s[0] + x, 0.5 * s[1] + a
    return after + other, [after, other]


def complex_affine(a, x, s):
    after = a * s[0] - x * s[1] + x, a * s[1] + x * s[0] + a
    return after[0] - after[1], list(after)


def max_plus(a, x, s):
    after = np.maximum(a + s[0], x)
    return after + x, [after]


def log_plus(a, x, s):
    after = np.logaddexp(a + s[0], x)
    return after + x, [after]


def decays(random, shape):
    return random.uniform(0.5, 0.99, shape) * random.choice([-1, 1], shape)


def products(random, shape):
    """Three factors of 1e18, three of 5e-19, and so on: of six steps an eighth
    is left."""
    steps = np.arange(max(shape)) // 3 % 2
    return np.where(np.resize(steps, shape), 5e-19, 1e18)


def between(low, high):
    return lambda random, shape: random.uniform(low, high, shape)


#        body, oracle, carries, draws of a, x and states
CASES = {
    "affine": (AFFINE, affine, ["s"], decays, between(-1, 1)),
    "log": (LOG, log, ["s"], between(-0.6, -0.01), between(-1, 1)),
    "two": (TWO, two, ["s", "u"], decays, between(-1, 1)),
    "complex": (COMPLEX, complex_affine, ["s", "u"], between(-0.6, 0.6),
                between(-0.6, 0.6)),
    "max": (SEMIRING % "max_plus", max_plus, ["s"], between(-1, 0.5),
            between(-1, 1)),
    "log_plus": (SEMIRING % "log_plus", log_plus, ["s"], between(-1, -0.1),
                 between(-1, 1)),
    "overflow": (AFFINE, affine, ["s"], products, between(-1e-30, 1e-30))}


def run(step, a, x, states, reverse):
    """Rows are steps here."""
    y = np.zeros(x.shape)
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        y[t], states = step(a[t], x[t], states)
    return y, states


def check(model, random, case, batch, steps, reverse):
    _, step, names, draw_a, draw_x = CASES[case]
    count = int(random.integers(2, 6)) if batch else 1
    shape = (count, steps) if batch else (steps, 1)
    inputs = {"x": draw_x(random, shape), "a": draw_a(random, shape)}
    inputs.update({n + "0": draw_x(random, count) for n in names})
    inputs = {key: array.astype(np.float32) for key, array in inputs.items()}
    wide = {key: array.astype(np.float64) for key, array in inputs.items()}
    turn = np.transpose if batch else np.asarray
    y, states = run(step, turn(wide["a"]), turn(wide["x"]),
                    [wide[n + "0"] for n in names], reverse)
    expected = dict(zip(names, states), y=turn(y))
    results = [model.run(inputs, expected, threads) for threads in (1, 2)]
    for name in expected:
        if not np.array_equal(*(found[name] for found in results)):
            sys.exit("%s T=%d: %s differs with two threads" % (case, steps, name))
    model.check("T=%d" % steps, inputs, expected)


def main():
    options = numerics.arguments()
    random = numerics.generator()
    for case, (body, _, names, _, _) in CASES.items():
        for kind, batch, reverse in [("", False, False), ("_rows", True, False),
                                     ("_reverse", False, True)]:
            name = case + kind
            # The other way round the products vanish instead.
            if (options.only and options.only not in name
                    or case == "overflow" and reverse):
                continue
            model = numerics.Model(options, name,
                                   text(body, names, batch, reverse))
            for steps in ([0, 1, 61, 64, 131, 1024, 5003] if case == "affine"
                          else [0, 131, 1500]):
                check(model, random, case, batch, steps, reverse)


if __name__ == "__main__":
    sys.exit(main())
