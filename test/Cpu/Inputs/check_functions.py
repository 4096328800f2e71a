"""Checks the math expansion against float64, in units in the last place.

Usage: check_functions.py SEQC LIBRARY DIRECTORY [no-fma]

Inputs: every float16 value scaled into the functions' ranges, a dense sweep of
f32 bit patterns, the neighbourhoods of the range limits, and special values.
Results below 2^-125.5, or about 1.7e-38, may be zero: that is the policy. A SiLU
may where its sigmoid may.
"""
import subprocess
import sys

import numpy as np

# The bounds that Elementary.h states.
LIMITS = {"exp": 2.0, "exp2": 2.0, "tanh": 5.0, "sigmoid": 5.0, "softplus": 5.0,
          "silu": 5.0}
# Products and sums that round each.
WITHOUT_FMA = {"exp2": 3.0}
FUNCTIONS = {
    "exp": np.exp,
    "exp2": np.exp2,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    "silu": lambda x: x / (1 + np.exp(-x)),
}


def inputs():
    rng = np.random.default_rng()
    bits = np.arange(0, 2**31, 1021, dtype=np.uint32)
    sweep = np.concatenate([bits, bits | np.uint32(0x80000000)]).view(np.float32)
    dense = rng.uniform(-104, 104, 1 << 20).astype(np.float32)
    small = rng.uniform(-2, 2, 1 << 20).astype(np.float32)
    edges = np.concatenate([
        np.float32(limit) + np.arange(-64, 65, dtype=np.float32) * np.spacing(np.float32(limit))
        for limit in (88.72283, -87.33654, -86.98996, 89.0, 128, 127.5, -125.5, -126, -126.5, -127, 0.5, -0.5, 9.02, -9.02, 0.34657, -0.34657)])
    special = np.array([0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1e-45, -1e-45], np.float32)
    # NaN with something to say: their low bits must not turn them into numbers.
    payloads = np.arange(0x7fc00001, 0x7fc00401, dtype=np.uint32)
    payloads = np.concatenate([payloads, payloads | np.uint32(0x80000000)])
    return np.concatenate([payloads.view(np.float32), sweep, dense, small, edges.astype(np.float32), special])


def main():
    seqc, library, directory, *rest = sys.argv[1:]
    assert rest in ([], ["no-fma"]), rest
    limits = {**LIMITS, **(WITHOUT_FMA if rest else {})}
    x = inputs()
    np.save(f"{directory}/x.npy", x)
    command = [seqc, "run", library, "--input", f"x=@{directory}/x.npy"]
    for name in FUNCTIONS:
        command += ["--output", f"{name}=@{directory}/{name}.npy"]
    subprocess.run(command, check=True)
    tiny = 2.0 ** -125.5
    with np.errstate(all="ignore"):
        for name, function in FUNCTIONS.items():
            found = np.load(f"{directory}/{name}.npy")[0].astype(np.float64)
            exact = function(x.astype(np.float64))
            rounded = exact.astype(np.float32)
            nan = np.isnan(exact)
            assert np.isnan(found[nan]).all(), f"{name}: NaN lost"
            overflow = np.isinf(rounded)
            assert (found[overflow] == rounded[overflow]).all(), f"{name}: infinity lost"
            zero = tiny * np.maximum(1, np.abs(x)) if name == "silu" else tiny
            flushed = np.abs(exact) <= zero
            assert (np.abs(found) <= zero)[flushed].all(), f"{name}: below the normals"
            regular = ~(nan | overflow | flushed)
            ulp = np.spacing(np.abs(rounded[regular])).astype(np.float64)
            error = np.abs(found[regular] - exact[regular]) / ulp
            worst = np.argmax(error)
            print(f"{name}: {error[worst]:.2f} ulp at {x[regular][worst]!r}, "
                  f"{regular.sum()} values")
            assert error[worst] <= limits[name], name


main()
