"""usage: make_corpus.py FOLDER LIBRARY STRIPPED GPU_LIBRARY ONNX_NODE_TESTS

Writes a few valid files of every kind that the fuzz targets read: for each target
a folder of its name."""

import glob
import json
import os
import re
import shutil
import struct
import sys

import numpy as np

folder, library, stripped, gpu_library, node_tests = sys.argv[1:]


def place(name):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
np.save(place("Npy/f4"), x)
np.save(place("Npy/i8"), np.array([1, -2, 3], np.int64))
np.save(place("Npy/b1"), np.array([[True, False]]))
np.save(place("Npy/fortran"), np.asfortranarray(x))
np.save(place("Npy/scalar"), np.float64(0.5))
with open(place("Npy/v2"), "wb") as file:
    np.lib.format.write_array(file, x.astype(np.float16), version=(2, 0))

header = json.dumps({
    "__metadata__": {"who": "me"},
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "b": {"dtype": "BF16", "shape": [0, 4], "data_offsets": [24, 24]},
    "c": {"dtype": "I8", "shape": [], "data_offsets": [24, 25]}}).encode()
with open(place("Safetensors/three"), "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + bytes(25))


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
with open(place("TensorProto/raw"), "wb") as file:
    file.write(dims + field(TYPE, FLOAT) + field(NAME, b"x")
               + field(RAW, x.ravel()[:6].tobytes()))
with open(place("TensorProto/listed"), "wb") as file:
    file.write(dims + field(TYPE, FLOAT) + field(FLOATS, x.ravel()[:6].tobytes()))
with open(place("TensorProto/half"), "wb") as file:
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
with open(place("State/state"), "wb") as file:
    file.write(saved + struct.pack("<Q", checksum(saved)))

# Weights of ema_model.c, and libraries.
weight = struct.pack("<f", 0.75)
with open(place("Package/weights"), "wb") as file:
    file.write(weight + struct.pack("<8sQQQ", b"SEQCWTS1", 0x1234567890ABCDEF, 4,
                                    checksum(weight)))
shutil.copy(library, place("Package/library"))
shutil.copy(stripped, place("Package/stripped"))

with open(gpu_library, "rb") as file:
    plan = re.search(rb'{[^\0]*"program"[^\0]*', file.read())[0]
with open(place("Plan/plan"), "wb") as file:
    file.write(plan)

for model in glob.glob(os.path.join(node_tests, "*", "model.onnx")):
    if os.path.getsize(model) <= 1500:
        test = os.path.basename(os.path.dirname(model))
        shutil.copy(model, place("Onnx/" + test))
