"""Writes arrays as other programs might, and damaged ones, for arrays.test."""

import os
import struct
import sys

import numpy as np

os.chdir(sys.argv[1])
x = np.array([[1, 2, 3], [4, 5, 6]])


def npy(name, header, data=b"", version=1):
    """A file with this header, as text or as bytes with a length of its own."""
    text = header.encode("latin1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    with open(name, "wb") as file:
        file.write(b"\x93NUMPY" + bytes([version, 0]) + length + text + data)


for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1"]:
    np.save(kind + ".npy", x.astype(kind))
np.save("b1.npy", x > 3)
for version in [1, 2, 3]:
    with open(f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, x.astype("f4"), version=(version, 0))
np.save("fortran.npy", np.asfortranarray(x.astype("f4")))
np.save("big_endian.npy", x.astype(">f4"))
np.save("complex.npy", x.astype("c8"))
np.save("records.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.savez("archive.npy", x=x)
os.rename("archive.npy.npz", "archive.npy")

good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
data = x.astype("<f4").tobytes()
npy("short.npy", good, data[:-1])
npy("long.npy", good, data + b"\0")
npy("version9.npy", good, data, version=9)
npy("huge.npy", good.replace("(2, 3)", "(4294967296, 4294967296, 4)"), data)
npy("beside_zero.npy", good.replace("(2, 3)", f"(0, {2**62}, {2**62})"))
npy("bignum.npy", good.replace("(2, 3)", "(99999999999999999999,)"), data)
npy("negative.npy", good.replace("(2, 3)", "(-2, 3)"), data)
npy("deep.npy", good.replace("(2, 3)", "(" + "1, " * 60 + ")"), data[:4])
npy("nested.npy", good.replace("(2, 3)", "(" * 30000), data)
npy("twice.npy", good.replace("}", "'shape': (6,)}"), data)
npy("unknown.npy", good.replace("}", "'extra': 1}"), data)
npy("missing.npy", "{'descr': '<f4', 'shape': (2, 3)}", data)
npy("trailing.npy", good + " x", data)
npy("not_bool.npy", good.replace("<f4", "|b1"), b"\0\1\0\1\0\2")
with open("cut_magic.npy", "wb") as file:
    file.write(b"\x93NUM")
with open("cut_header.npy", "wb") as file:
    file.write(b"\x93NUMPY\1\0\x76\0{'descr'")
with open("long_header.npy", "wb") as file:
    file.write(b"\x93NUMPY\2\0\xff\xff\xff\xff{'descr'")
open("empty.npy", "wb").close()
npy("sparse.npy", good.replace("(2, 3)", f"({5 * 2**28},)"))
os.truncate("sparse.npy", os.path.getsize("sparse.npy") + 5 * 2**30)


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def pb(name, *fields):
    with open(name, "wb") as file:
        file.write(b"".join(field(number, value) for number, value in fields))


DIMS, TYPE, INTS, INT64S, RAW, EXTERNAL, LOCATION = 1, 2, 5, 7, 9, 13, 14
shape = [(DIMS, 2), (DIMS, 3)]
bf16 = (x.astype("<f4").view("<u4") >> 16).astype("<u2")
pb("raw.pb", *shape, (TYPE, 1), (RAW, data))
pb("bf16_raw.pb", *shape, (TYPE, 16), (RAW, bf16.tobytes()))
pb("bf16_ints.pb", *shape, (TYPE, 16), *[(INTS, int(v)) for v in bf16.ravel()])
pb("i8.pb", *shape, (TYPE, 3), *[(INTS, int(v)) for v in x.ravel()])
pb("i64.pb", *shape, (TYPE, 7), *[(INT64S, int(v)) for v in x.ravel()])
pb("short.pb", *shape, (TYPE, 1), (RAW, data[:-4]))
pb("huge.pb", (DIMS, 2**62), (DIMS, 2**62), (TYPE, 1), (RAW, data))
pb("negative.pb", (DIMS, 2**64 - 1), (TYPE, 1), (RAW, data))
pb("string.pb", *shape, (TYPE, 8))
pb("no_type.pb", *shape, (RAW, data))
pb("external.pb", *shape, (TYPE, 1), (EXTERNAL, b""), (LOCATION, 1))
with open("raw.pb", "rb") as file, open("cut.pb", "wb") as cut:
    cut.write(file.read()[:-2])
