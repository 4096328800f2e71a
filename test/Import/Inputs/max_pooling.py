"""MaxPool with the places of the largest elements, against loops in Python.

max_pooling.py FOLDER: one model of many nodes with random ranks, types, strides,
dilations, paddings, modes and orders. The data have few different numbers, so that
most windows have equal ones; every element and every place must be right.
"""
import itertools
import os
import sys

import numpy as np
from onnx import TensorProto, helper, save

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics

NODES = 24
TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE,
         "int8": TensorProto.INT8, "uint8": TensorProto.UINT8}


class Pool:
    """One node, with an input of its own."""

    def __init__(self, random, number):
        def choose(low, high):
            return [int(n) for n in random.integers(low, high + 1, self.spatial)]

        self.number, self.spatial = number, int(random.integers(1, 4))
        self.type = str(random.choice(sorted(TYPES)))
        self.kernel, self.strides = choose(1, 3), choose(1, 3)
        self.dilations = choose(1, 2)
        self.spans = [(k - 1) * d + 1
                      for k, d in zip(self.kernel, self.dilations)]
        self.extents = [s + e for s, e in zip(self.spans, choose(1, 5))]
        self.flags = {"kernel_shape": self.kernel, "strides": self.strides,
                      "dilations": self.dilations,
                      "storage_order": int(random.integers(2)),
                      "ceil_mode": int(random.integers(2))}
        mode = str(random.choice(["NOTSET", "NOTSET", "VALID", "SAME_UPPER",
                                  "SAME_LOWER"]))
        self.low = self.high = [0] * self.spatial
        if mode == "NOTSET":
            # No window is padding alone.
            self.low = [int(random.integers(k)) for k in self.kernel]
            self.high = [int(random.integers(k)) for k in self.kernel]
            self.flags["pads"] = self.low + self.high
        else:
            self.flags["auto_pad"] = mode
        if mode.startswith("SAME"):
            totals = [max((-(-e // s) - 1) * s + span - e, 0) for e, s, span in
                      zip(self.extents, self.strides, self.spans)]
            less, more = [t // 2 for t in totals], [t - t // 2 for t in totals]
            self.low, self.high = ((less, more) if mode == "SAME_UPPER" else
                                   (more, less))
        self.counts = [self.count(i) for i in range(self.spatial)]
        shape = [int(n) for n in random.integers(1, 4, 2)] + self.extents
        self.x = random.integers(0, 6, shape).astype(self.type)
        if self.type == "uint8":  # some of them negative as signed numbers
            self.x = self.x * np.uint8(50)

    def count(self, i):
        room = self.extents[i] + self.low[i] + self.high[i] - self.spans[i]
        count = room // self.strides[i] + 1
        last = count * self.strides[i]
        partial = room % self.strides[i] and last < self.extents[i] + self.low[i]
        return count + (1 if self.flags["ceil_mode"] and partial else 0)

    def name(self, what):
        return "%s%d" % (what, self.number)

    def window(self, start):
        """The elements of the window at `start`, in order."""
        for tap in itertools.product(*map(range, self.kernel)):
            at = tuple(s * stride + t * d - low for s, stride, t, d, low in zip(
                start, self.strides, tap, self.dilations, self.low))
            if all(0 <= a < e for a, e in zip(at, self.extents)):
                yield at

    def expect(self):
        shape = list(self.x.shape[:2]) + self.counts
        y = np.zeros(shape, self.type)
        places = np.zeros(shape, np.int64)
        for index in np.ndindex(*shape):
            plane = self.x[index[:2]]
            # The first of equals.
            at = max(self.window(index[2:]), key=lambda at: plane[at])
            order, extents = at, self.extents
            if self.flags["storage_order"]:
                order, extents = at[::-1], extents[::-1]
            channel = index[0] * self.x.shape[1] + index[1]
            y[index] = plane[at]
            places[index] = channel * plane.size + np.ravel_multi_index(order,
                                                                        extents)
        return {self.name("y"): y, self.name("p"): places}


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    random = numerics.generator()
    pools = [Pool(random, i) for i in range(NODES)]

    def info(name, element, shape):
        return helper.make_tensor_value_info(name, element, shape)

    inputs = [info(p.name("x"), TYPES[p.type], p.x.shape) for p in pools]
    outputs = []
    for p in pools:
        shape = list(p.x.shape[:2]) + p.counts
        outputs += [info(p.name("y"), TYPES[p.type], shape),
                    info(p.name("p"), TensorProto.INT64, shape)]
    nodes = [helper.make_node("MaxPool", [p.name("x")],
                              [p.name("y"), p.name("p")], **p.flags)
             for p in pools]
    model = helper.make_model(
        helper.make_graph(nodes, "graph", inputs, outputs),
        opset_imports=[helper.make_opsetid("", 12)])
    model.ir_version = 8
    path = os.path.join(folder, "pools")
    save(model, path + ".onnx")
    numerics.run(["seqc", "compile", path + ".onnx", "-o", path])
    command, files = ["seqc", "run", path + ".so"], {}
    for p in pools:
        file = "%s.%s.npy" % (path, p.name("x"))
        np.save(file, p.x)
        command += ["--input", "%s=@%s" % (p.name("x"), file)]
    for output in outputs:
        files[output.name] = "%s.%s.npy" % (path, output.name)
        command += ["--output", "%s=@%s" % (output.name, files[output.name])]
    numerics.run(command)
    for p in pools:
        for name, expected in p.expect().items():
            found = np.load(files[name])
            if found.dtype != expected.dtype or \
                    not np.array_equal(found, expected):
                sys.exit("%s of %s, %s:\n%s\nrequired\n%s" %
                         (name, p.x.shape, p.flags, found, expected))
    print("%d nodes: every element and every place" % len(pools))


main()
