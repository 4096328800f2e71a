"""Checks the kernels' exp, log, log1p, tanh, sigmoid and softplus in ulp, against
numpy in float64: check_functions.py COMPILED.spv"""
import os
import subprocess
import sys
import tempfile

import numpy as np

# The largest error in ulp. Results below the smallest normal number may be
# flushed to zero: GPUs do that.
FUNCTIONS = [
    ("exp", np.exp, 2),
    ("log", np.log, 5),
    ("log1p", np.log1p, 5),
    ("tanh", np.tanh, 5),
    ("sigmoid", lambda x: 1 / (1 + np.exp(-x)), 5),
    ("softplus", lambda x: np.logaddexp(0, x), 5),
]
TINY = np.finfo(np.float32).tiny


def samples(rng):
    wide = rng.standard_normal(20000) * np.exp(rng.uniform(-30, 4.6, 20000))
    narrow = rng.uniform(-20, 20, 20000)
    near_one = 1 + rng.uniform(-1e-3, 1e-3, 1000)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 88.7, 88.8, -87.3,
               -103.9, -150, 1e30, -1e30, TINY, -TINY]
    x = np.concatenate([wide, narrow, near_one, special]).astype(np.float32)
    # What a GPU may flush is no argument.
    return np.where(np.abs(x) < TINY, np.copysign(np.float32(0), x), x)


def check(name, x, found, expected, limit):
    if not np.array_equal(np.isnan(found), np.isnan(expected)):
        i = np.flatnonzero(np.isnan(found) != np.isnan(expected))[0]
        sys.exit(f"{name}({x[i]}): required {expected[i]}, found {found[i]}")
    with np.errstate(over="ignore"):
        rounded = expected.astype(np.float32)
    finite = np.isfinite(rounded)
    same = (found == rounded) | np.isnan(rounded)
    if not same[~finite].all():
        i = np.flatnonzero(~finite & ~same)[0]
        sys.exit(f"{name}({x[i]}): required {rounded[i]}, found {found[i]}")
    ulp = np.spacing(np.maximum(np.abs(rounded[finite]), TINY)).astype(float)
    error = np.abs(found[finite] - expected[finite]) / ulp
    error[(np.abs(rounded[finite]) <= TINY) & (found[finite] == 0)] = 0
    worst = error.argmax()
    print(f"{name}: {error[worst]:.2f} ulp at {x[finite][worst]}")
    if error[worst] > limit:
        sys.exit(f"{name}: required at most {limit} ulp")


def main():
    spirv = sys.argv[1]
    rng = np.random.default_rng(int.from_bytes(os.urandom(4), "little"))
    x = samples(rng)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x")
        x.tofile(path)
        outputs = [os.path.join(folder, name) for name, _, _ in FUNCTIONS]
        subprocess.run(
            ["vulkan-run", spirv, os.path.splitext(spirv)[0] + ".json",
             "--dim=1", f"--dim={x.size}", f"--input={path}"] +
            [f"--output={output}:{4 * x.size}" for output in outputs],
            check=True)
        with np.errstate(all="ignore"):
            for (name, function, limit), output in zip(FUNCTIONS, outputs):
                check(name, x, np.fromfile(output, np.float32),
                      function(x.astype(np.float64)), limit)


main()
