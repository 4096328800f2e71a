"""Conversions to and from f16 and bf16, bit for bit: every f16, and numbers of
every size, ties between two neighbours included, rounded to f16 and to bf16."""
import numpy as np

import numerics

TEXT = """func.func @narrow(
    %%x: tensor<?xf64> {seq.name = "x", seq.dims = ["n"]},
    %%y: tensor<?xf32> {seq.name = "y", seq.dims = ["n"]},
    %%h: tensor<65536xf16> {seq.name = "h"})
    -> (%s) {
  %%a = arith.truncf %%x : tensor<?xf64> to tensor<?xf16>
  %%b = arith.truncf %%y : tensor<?xf32> to tensor<?xf16>
  %%c = arith.truncf %%x : tensor<?xf64> to tensor<?xbf16>
  %%d = arith.truncf %%y : tensor<?xf32> to tensor<?xbf16>
  %%e = arith.extf %%c : tensor<?xbf16> to tensor<?xf32>
  %%f = arith.extf %%d : tensor<?xbf16> to tensor<?xf32>
  %%g = arith.extf %%h : tensor<65536xf16> to tensor<65536xf64>
  return %%a, %%b, %%e, %%f, %%g : tensor<?xf16>, tensor<?xf16>, tensor<?xf32>,
                                   tensor<?xf32>, tensor<65536xf64>
}
"""


def round_to_bfloat(x):
    """To 8 bits of significand, or to multiples of the smallest number."""
    x = x.astype(np.float64)
    exponent = np.maximum(np.frexp(x)[1] - 8, -133)
    rounded = np.ldexp(np.rint(np.ldexp(x, -exponent)), exponent)
    return np.where(np.abs(rounded) >= 2.0 ** 128,
                    np.copysign(np.inf, x), rounded)


def sample(random, fraction, exponents):
    """Numbers whose significands are short often enough for ties."""
    count = 20000
    digits = random.integers(0, 2 ** (fraction + 2), count)
    noise = random.choice([0, 0, 1, -1], count) * 2.0 ** -40
    x = (1 + digits / 2.0 ** (fraction + 2) + noise) * 2.0 ** random.integers(
        *exponents, count)
    return np.where(random.random(count) < 0.5, x, -x)


def main():
    options, random = numerics.arguments(), numerics.generator()
    results = {"a": ("?", "f16"), "b": ("?", "f16"), "e": ("?", "f32"),
               "f": ("?", "f32"), "g": ("65536", "f64")}
    model = numerics.Model(options, "narrow", TEXT % ", ".join(
        numerics.argument(name, [size], ["n" if size == "?" else ""], element)
        for name, (size, element) in results.items()))
    # Denormal f32 and f64 count as zero during a run; denormal f16 do not.
    x = np.concatenate([sample(random, 10, (-27, 18)),
                        sample(random, 7, (-125, 129)),
                        [0.0, -0.0, np.inf, -np.inf, 65520, 65519.99, 1e300]])
    with np.errstate(over="ignore"):
        y = x.astype(np.float32)
        halves = np.arange(65536, dtype=np.uint16).view(np.float16)
        halves = np.where(np.isnan(halves), np.float16(0), halves)
        expected = {"a": x.astype(np.float16), "b": y.astype(np.float16),
                    "e": round_to_bfloat(x).astype(np.float32),
                    "f": round_to_bfloat(y).astype(np.float32),
                    "g": halves.astype(np.float64)}
    found = model.run({"x": x, "y": y, "h": halves}, results, threads=1)
    for name, array in expected.items():
        wrong = np.flatnonzero(found[name] != array)
        if wrong.size:
            i = wrong[0]
            raise SystemExit("%s: %d wrong, the first for %r: required %r, "
                             "found %r" % (name, wrong.size, x[i % x.size],
                                           array[i], found[name][i]))
        print("%s: %d as expected" % (name, array.size), flush=True)


if __name__ == "__main__":
    main()
