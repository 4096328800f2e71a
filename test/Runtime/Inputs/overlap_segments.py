"""usage: overlap_segments.py LIBRARY OUT

Writes the library again, stripped of its trailer, with a table of 60,000 segments
of which each loads all of the file behind its header."""

import struct
import sys

library, out = sys.argv[1:]
TRAILER = 24
HEADER, SEGMENTS, COUNT = 64, 32, 56  # Elf64_Ehdr: size, e_phoff, e_phnum
LOAD, READ, SEGMENT, NUMBER = 1, 4, 56, 60000

with open(library, "rb") as file:
    data = bytearray(file.read())
assert data[-TRAILER:-TRAILER + 8] == b"SEQCLIB1"
del data[-TRAILER:]
start = len(data)
size = start + SEGMENT * NUMBER
struct.pack_into("<Q", data, SEGMENTS, start)
struct.pack_into("<H", data, COUNT, NUMBER)
segment = struct.pack("<IIQQQQQQ", LOAD, READ, HEADER, 0, 0, size - HEADER,
                      size - HEADER, 4096)
with open(out, "wb") as file:
    file.write(data + segment * NUMBER)
