"""Writes safetensors files: one that is whole, and one for each way in which a
file can be wrong. Usage: safetensors.py FOLDER"""
import json
import os
import struct
import sys

folder = sys.argv[1]


def write(name, header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    with open(os.path.join(folder, name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def spoil(name, **changes):
    """The tensor 'b' of the whole file with other fields."""
    entry = {**tensor([2, 3], 16, 40), **changes}
    write(name, {"a": tensor([4], 0, 16),
                 "b": {k: v for k, v in entry.items() if v is not None}}, data)


data = struct.pack("<10f", *range(10))
good = {"__metadata__": {"who": "me"}, "a": tensor([4], 0, 16),
        "b": tensor([2, 3], 16, 40)}
write("good", good, data)
write("spaces", json.dumps(good).encode() + b"  ", data)
write("cut", good, data[:-1])
write("long", good, data + b"x")
write("text", b"[1]", data)
write("broken", b'{"a": {', data)
write("deep", b'{"a": ' + b"[" * 100000 + b"]" * 100000 + b"}", data)
write("number", {"a": 1}, data)
write("metadata", {**good, "__metadata__": {"who": 1}}, data)
write("twice", b'{"a": %s, "a": %s}' % (
    (json.dumps(tensor([4], 0, 16)).encode(),) * 2), data)
write("overlap", {"a": tensor([4], 0, 16), "b": tensor([7], 12, 40)}, data)
write("hole", {"a": tensor([4], 0, 16), "b": tensor([5], 20, 40)}, data)
spoil("dtype", dtype="F33")
spoil("size", shape=[2, 4])
spoil("huge", shape=[2 ** 62, 2 ** 62])
spoil("negative", shape=[-2, 3])
spoil("fraction", shape=[2.5, 3])
spoil("offsets", data_offsets=[16])
spoil("backwards", data_offsets=[40, 16])
spoil("beyond", data_offsets=[16, 48])
spoil("field", more=1)
spoil("missing", shape=None)
with open(os.path.join(folder, "short.safetensors"), "wb") as file:
    file.write(b"\x10\0\0")
with open(os.path.join(folder, "header.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", 1000) + b"{}")
with open(os.path.join(folder, "endless.safetensors"), "wb") as file:
    file.write(b"\xff" * 16)
