"""usage: try_arrays.py TOOL LIBRARY: gives arrays of the current folder to the
library's input, and prints how the tool ends."""

import subprocess
import sys

tool, library = sys.argv[1:]
ones = "x=2x3xf32=0.5,1,1.5,2,2.5,3"
types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"]
good = [t + ".npy" for t in types] + [f"version{v}.npy" for v in (1, 2, 3)]
good += ["fortran.npy", "raw.pb", "bf16_raw.pb", "bf16_ints.pb", "i8.pb", "i64.pb"]
bad = """big_endian complex records archive short long version9 huge beside_zero bignum
negative deep nested twice unknown missing trailing not_bool cut_magic cut_header
long_header empty sparse absent""".split()
bad = [b + ".npy" for b in bad]
bad += [b + ".pb" for b in "short huge negative string no_type external cut".split()]
literals = """2x3xf32=1,2 2x3xf99=1 2x-3xf32=1 2x3xf32=one 2x3xi8=300 2x3xi32=1.5
99999999x99999999x99999999xf32=0 99999999x9999xf32=0 0.5""".split()


def run(label, *arguments):
    result = subprocess.run([tool, "run", library, *arguments], text=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    print(f"{label}: {result.returncode}\n{result.stderr}", end="")


for name in good:
    run("expect " + name, "--input", ones, "--input", "bias=3xf32=0",
        "--expect", "y=@" + name)
for name in bad:
    run(name, "--input", "x=@" + name)
run("device", "--input", "x=@/dev/zero")
for literal in literals:
    run("literal " + literal, "--input", "x=" + literal)
