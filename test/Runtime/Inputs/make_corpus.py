"""Writes a few valid files of every kind the fuzz targets read to a folder."""

import os
import struct
import sys

import numpy as np

folder = sys.argv[1]


def place(name):
    return os.path.join(folder, name)


x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
np.save(place("f4.npy"), x)
np.save(place("i8.npy"), np.array([1, -2, 3], np.int64))
np.save(place("b1.npy"), np.array([[True, False]]))
np.save(place("fortran.npy"), np.asfortranarray(x))
np.save(place("scalar.npy"), np.float64(0.5))
with open(place("v2.npy"), "wb") as file:
    np.lib.format.write_array(file, x.astype(np.float16), version=(2, 0))


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """One field of a protobuf message: a number or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


DIMS, TYPE, FLOATS, INTS, NAME, RAW = 1, 2, 4, 5, 8, 9
FLOAT, FLOAT16 = 1, 10
dims = field(DIMS, 2) + field(DIMS, 3)
with open(place("raw.pb"), "wb") as file:
    file.write(dims + field(TYPE, FLOAT) + field(NAME, b"x")
               + field(RAW, x.ravel()[:6].tobytes()))
with open(place("listed.pb"), "wb") as file:
    file.write(dims + field(TYPE, FLOAT) + field(FLOATS, x.ravel()[:6].tobytes()))
with open(place("half.pb"), "wb") as file:
    halves = x.ravel()[:6].astype(np.float16).view(np.uint16)
    file.write(dims + field(TYPE, FLOAT16)
               + field(INTS, b"".join(varint(int(h)) for h in halves)))


def checksum(data):
    """seqc_checksum of seqc/weights.h."""
    mask = (1 << 64) - 1
    total = 0x9E3779B97F4A7C15 ^ len(data)
    for i in range(0, len(data), 8):
        word = int.from_bytes(data[i:i + 8], "little")
        total = (total ^ word) * 0xFF51AFD7ED558CCD & mask
        total ^= total >> 32
    return total


# A saved state of ema_model.c with two slots: averages [2, 4], counts [2].
block = np.ones(8, np.float32).tobytes().ljust(64, b"\0") + struct.pack("<qq", 3, 4)
saved = struct.pack("<8sQQQq", b"SEQCSTA1", 0x1234567890ABCDEF, 1, len(block), 2)
saved += block
with open(place("state"), "wb") as file:
    file.write(saved + struct.pack("<Q", checksum(saved)))
