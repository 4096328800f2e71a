"""Random nets of layers, of sizes that fill vectors and tiles, beside PyTorch
in float64.

random_nets.py FOLDER [COUNT [FLAG...]]: convolutions, products, recurrent
layers, normalisations, pools and what lies between them, some of the dimensions
dynamic, compiled with the flags and run with one thread and with two. Floats
may be off by what PyTorch's f32 is off by from its float64, with room.
"""
import os
import sys

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics
from net_layers import CHANNELS, Layers, Value, both

# Of the largest element, and how many times what f32 is off by.
SHARE, ROOM = 1e-5, 30
EXTENTS = {
    "B": [1, 1, 1, 2, 3, 5], "C": CHANNELS, "H": [1, 3, 5, 8, 16, 20, 40],
    "W": [1, 2, 7, 8, 16, 17, 33, 40, 70],
    "T": [1, 2, 3, 4, 5, 6, 8, 9, 13, 16, 17, 20, 31, 32, 33, 50, 63, 64, 65,
          100, 128, 131, 200, 300]}


class Net(Layers):
    def __init__(self, random):
        super().__init__(random)
        self.inputs, self.dims, self.is_dynamic = [], [], self.chance(0.45)
        for _ in range(2 if self.chance(0.25) else 1):
            self.add_input()
        kinds = [self.conv] * 5 + [self.conv_transpose, self.pool] + [
            self.pointwise, self.binary, self.transpose, self.product] * 2 + [
            self.scale, self.gate, self.norm, self.layer_norm, self.reduce,
            self.softmax, self.cumsum, self.attention, self.recurrent,
            self.slice, self.concat, self.pad, self.rows]
        length = int(random.integers(2, 9))
        while len(self.nodes) < length:
            self.one_of(kinds)()
        made = self.values[len(self.inputs):]
        self.outputs = made[-1:] + [v for v in made[:-1] if self.chance(0.25)]

    def add_input(self):
        layout = self.one_of(["BCT", "BCT", "BTC", "TBC", "BCHW", "BC"])
        number = len(self.inputs)
        shape = [self.one_of(EXTENTS[d]) for d in layout]
        self.dims.append([
            "%s%d" % (d, number) if self.is_dynamic and d in "BTW" and
            self.chance(0.7) else extent for d, extent in zip(layout, shape)])
        v = Value("x%d" % number, both(self.random.uniform(-1, 1, shape)),
                  layout)
        self.inputs.append(v)
        self.values.append(v)

    def write(self, path):
        def info(v, shape):
            return helper.make_tensor_value_info(v.name, TensorProto.FLOAT,
                                                 shape)

        model = helper.make_model(helper.make_graph(
            self.nodes, "net",
            [info(v, dims) for v, dims in zip(self.inputs, self.dims)],
            [info(v, None if self.is_dynamic else v.shape)
             for v in self.outputs], self.stored),
            opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.save(model, path)


def compare(what, found, v):
    double, single = (p.numpy() for p in v.pair)
    if found.shape != v.shape:
        sys.exit("%s has the shape %s, required %s" % (what, found.shape,
                                                       v.shape))
    allowed = SHARE * max(np.abs(double).max(), 1e-3) + \
        ROOM * np.abs(single - double).max()
    error = np.abs(found - double)
    if not error.max() <= allowed:
        sys.exit("%s: %d elements are off, one by %g of %g, allowed are %g" % (
            what, (~(error <= allowed)).sum(), error.max(),
            np.abs(double).max(), allowed))


def check(net, path, flags):
    net.write(path + ".onnx")
    numerics.run(["seqc", "compile", path + ".onnx", "-o", path] + flags)
    tensors = []
    for v in net.inputs:
        np.save("%s.%s.npy" % (path, v.name), v.pair[1].numpy())
        tensors.append("--input=%s=@%s.%s.npy" % (v.name, path, v.name))
    for v in net.outputs:
        tensors.append("--output=%s=@%s.%s.npy" % (v.name, path, v.name))
    for threads in "12":
        numerics.run(["seqc", "run", path + ".so", "--threads=" + threads] +
                     tensors)
        for v in net.outputs:
            compare("%s.onnx: %s with threads: %s" % (path, v.name, threads),
                    np.load("%s.%s.npy" % (path, v.name)), v)


def main():
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    random = numerics.generator()
    for i in range(count):
        check(Net(random), os.path.join(folder, "n%d" % i), sys.argv[3:])
    print("%d nets: as expected" % count)


main()
