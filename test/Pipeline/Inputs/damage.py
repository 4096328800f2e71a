"""Ways in which a file goes wrong: it is cut, bits flip, bytes change places, and a
field that says how long something is says something else."""
import re


def protobuf_lengths(data, begin=0, end=None, depth=0):
    """Where the lengths of fields stand in a message and in those inside of it, as
    (offset, bytes); None if it is no message."""
    end = len(data) if end is None else end
    found = []

    def varint(at):
        value = shift = 0
        while at < end and shift < 64:
            value |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not data[at - 1] & 0x80:
                return value, at
        return None, at

    at = begin
    while at < end:
        tag, at = varint(at)
        if tag is None or tag >> 3 == 0 or tag & 7 not in (0, 1, 2, 5):
            return None
        if tag & 7 == 0:
            value, at = varint(at)
            if value is None:
                return None
            continue
        if tag & 7 != 2:
            at += 8 if tag & 7 == 1 else 4
            continue
        start = at
        length, at = varint(at)
        if length is None or at + length > end:
            return None
        found.append((start, at - start))
        if depth < 8 and length < 4096:
            found += protobuf_lengths(data, at, at + length, depth + 1) or []
        at += length
    return found if at == end else None


def words(*offsets, size=8):
    return [(offset, size) for offset in offsets]


def find_lengths(kind, data):
    """The fields of a whole file that say how long something is."""
    if kind in ("onnx", "TensorProto"):
        return protobuf_lengths(data)
    if kind == "npy":
        return words(8, size=2)
    if kind == "safetensors":
        return words(0)
    if kind == "state":  # hash, number of dims, bytes of the block
        return words(8, 16, 24)
    if kind == "weights":  # the trailer's hash, size, checksum
        return words(*(len(data) - 8 * i for i in (3, 2, 1)))
    assert kind == "library"
    # Where and how many the headers are; offsets and sizes of segments.
    segments = range(64, 64 + 56 * data[56], 56)
    return (words(32, 40, len(data) - 16) + words(54, 56, 58, 60, size=2) +
            words(*(at + field for at in segments for field in (8, 16, 32, 40))))


def find_numbers(kind, data):
    """The decimal numbers of a header that is a text, as (offset, bytes)."""
    ends = {"npy": lambda: 10 + int.from_bytes(data[8:10], "little"),
            "safetensors": lambda: 8 + int.from_bytes(data[:8], "little")}
    end = ends[kind]() if kind in ends else 0
    return [(m.start(), len(m[0])) for m in re.finditer(rb"[0-9]+", data[:end])]


class Damage:
    """Damages files; `random` is Python's."""

    def __init__(self, random):
        self.random = random

    def place(self, data):
        """Mostly at one of the ends, where what describes the rest stands."""
        within = self.random.choice((len(data), min(len(data), 200)))
        place = self.random.randrange(within)
        return len(data) - 1 - place if self.random.random() < 0.3 else place

    def cut(self, kind, data):
        return data[:self.random.randrange(len(data))]

    def flip(self, kind, data):
        damaged = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            damaged[self.place(data)] ^= 1 << self.random.randrange(8)
        return bytes(damaged)

    def shuffle(self, kind, data):
        """A few bytes in another order, or two blocks that change places."""
        size = min(self.random.choice((4, 16, 64, 256)), len(data) // 2)
        first = min(self.place(data), len(data) - size)
        if self.random.random() < 0.5:
            part = list(data[first:first + size])
            self.random.shuffle(part)
            return data[:first] + bytes(part) + data[first + size:]
        second = self.random.randrange(len(data) - size + 1)
        damaged = bytearray(data)
        damaged[first:first + size] = data[second:second + size]
        damaged[second:second + size] = data[first:first + size]
        return bytes(damaged)

    def lengthen(self, kind, data):
        """Another number in a field of a length, or in a header's text."""
        numbers = find_numbers(kind, data)
        if numbers and self.random.random() < 0.6:
            at, size = self.random.choice(numbers)
            digits = self.random.choice(
                (b"0", b"1", b"9" * size, b"-1", b"4294967296",
                 b"9223372036854775807", b"1" + b"0" * 30,
                 b"%d" % self.random.randrange(10 ** size)))
            return data[:at] + digits + data[at + size:]
        lengths = find_lengths(kind, data)
        at, size = self.random.choice(lengths)
        old = int.from_bytes(data[at:at + size], "little")
        bits = 8 * size
        value = self.random.choice(
            (0, 1, old - 1, old + 1, 2 * old, len(data), 2 ** bits - 1,
             2 ** (bits - 1), 2 ** (bits - 1) - 1, self.random.getrandbits(bits)))
        field = (value % 2 ** bits).to_bytes(size, "little")
        if kind in ("onnx", "TensorProto"):  # a varint of as many bytes
            field = bytes([b | 0x80 for b in field[:-1]] + [field[-1] & 0x7F])
        return data[:at] + field + data[at + size:]

    def damage(self, kind, data):
        """`data` damaged in one of the ways, and never the same as before."""
        while True:
            how = self.random.choice((self.cut, self.flip, self.flip,
                                      self.shuffle, self.lengthen))
            damaged = how(kind, data)
            if damaged != data:
                return damaged
