"""usage: flip_bits.py LIBRARY COPY: flips bits of all that is loaded of LIBRARY,
one at a time, and opens it."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__),
                                "../../../runtime/python"))
import seqc

library, copy = sys.argv[1:]
data = open(library, "rb").read()
start, = struct.unpack_from("<Q", data, 32)
count, = struct.unpack_from("<H", data, 56)
checksum = data.index(b"SEQCSUM1")
places = set()
for i in range(count):
    kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", data, start + 56 * i)
    if kind == 1:
        places |= set(range(offset, offset + size))
# Where the sections are described, and where in the file the segments are, may
# change; and without its name the note is none.
places -= set(range(40, 48)) | set(range(58, 64)) | set(range(checksum - 20, checksum + 8))
for i in range(count):
    places -= set(range(start + 56 * i + 8, start + 56 * i + 16))
flips = 0
for place in sorted(places)[::7]:
    changed = bytearray(data)
    changed[place] ^= 1 << place % 8
    with open(copy, "wb") as file:
        file.write(changed)
    try:
        seqc.load(copy)
    except seqc.Error as error:
        if flips == len(places) // 14:
            print(error)
    else:
        sys.exit(f"required a refusal of the bit in byte {place}, found none")
    flips += 1
    os.remove(copy)
print(f"{flips} bits of what is loaded: all refused")
