"""Random graphs of ONNX's tensor operators against numpy.

random_graphs.py FOLDER [COUNT]: in each graph values are used by several nodes,
and many are outputs, some of them twice: what is written where must not depend on
that. Floats may be off by what numpy's f32 is off by from its float64, with room.
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "Numerics", "Inputs"))
import numerics

NODES = 14
# Nothing grows beyond this, and the error allowed is a share of it.
LARGEST, SHARE, ROOM = 4, 1e-5, 50
UNARY = {"Tanh": np.tanh, "Neg": np.negative, "Abs": np.abs,
         "Relu": lambda x: np.maximum(x, 0),
         "Sigmoid": lambda x: 1 / (1 + np.exp(-x))}
BINARY = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply,
          "Max": np.maximum, "Min": np.minimum, "MatMul": np.matmul}
REDUCTIONS = {"ReduceMax": np.max, "ReduceMin": np.min, "ReduceMean": np.mean}


class Graph:
    """Nodes, and what each value is in float64 and in f32."""

    def __init__(self, random):
        self.random, self.nodes, self.stored = random, [], []
        self.values, self.inputs = {}, {}
        for i in range(3):
            # Few extents: most results are as large as others.
            shape = [3, 3] if random.random() < 0.7 else [
                int(d) for d in random.integers(1, 5, random.integers(1, 4))]
            x = random.uniform(-1, 1, shape).astype(np.float32)
            self.inputs["x%d" % i] = x
            self.values["x%d" % i] = (x.astype(np.float64), x)
        while len(self.nodes) < NODES:
            self.add_node()
        names = [n for n in self.values if n not in self.inputs]
        count = int(random.integers(2, len(names) + 1))
        self.outputs = [str(n) for n in random.permutation(names)[:count]]
        # The same value by another name.
        self.add("Identity", [self.outputs[0]], lambda x: x)
        self.outputs.append(list(self.values)[-1])

    def pick(self, least_rank=0):
        names = [n for n, (x, _) in self.values.items() if x.ndim >= least_rank
                 and x.dtype == np.float64]
        return str(self.random.choice(names)) if names else None

    def store(self, array):
        name = "w%d" % len(self.stored)
        self.stored.append(numpy_helper.from_array(np.array(array, np.int64),
                                                   name))
        return name

    def add(self, op, operands, function, constants=(), **flags):
        """Adds a node; `function` makes its result, or a list of them, of its
        operands. None where the numbers would grow."""
        results = []
        for which in (0, 1):
            found = function(*(self.values[n][which] for n in operands))
            results.append(found if isinstance(found, list) else [found])
        if any(r.size == 0 or np.abs(r).max() > LARGEST for r in results[0]
               if r.dtype == np.float64):
            return
        names = ["v%d" % (len(self.values) + i) for i in range(len(results[0]))]
        for name, double, single in zip(names, *results):
            if double.dtype == np.float64:
                single = single.astype(np.float32)
            self.values[name] = (np.asarray(double), np.asarray(single))
        self.nodes.append(helper.make_node(
            op, operands + [self.store(c) for c in constants], names, **flags))

    def add_node(self):
        random = self.random
        kind = int(random.integers(9))
        if kind == 0:
            op = str(random.choice(sorted(UNARY)))
            self.add(op, [self.pick()], UNARY[op])
        elif kind <= 2:
            self.add_binary()
        elif kind == 3:
            self.add_reduction()
        elif kind == 4:
            name = self.pick()
            perm = [int(d) for d in
                    random.permutation(self.values[name][0].ndim)]
            self.add("Transpose", [name], lambda x: np.transpose(x, perm),
                     perm=perm)
        elif kind == 5:
            self.add_reshape()
        elif kind == 6:
            self.add_concat()
        else:
            self.add_part(kind == 7)

    def add_binary(self):
        op = str(self.random.choice(sorted(BINARY) + ["MatMul"] * 4))
        a, b = self.pick(), self.pick()
        try:
            self.add(op, [a, b], BINARY[op])
        except ValueError:  # they do not fit
            pass

    def add_reduction(self):
        name, keep = self.pick(1), int(self.random.integers(2))
        axis = int(self.random.integers(self.values[name][0].ndim))
        op = str(self.random.choice(sorted(REDUCTIONS) + ["Softmax"]))
        if op == "Softmax":
            def softmax(x):
                e = np.exp(x - x.max(axis=axis, keepdims=True))
                return e / e.sum(axis=axis, keepdims=True)
            self.add(op, [name], softmax, axis=axis)
            return
        self.add(op, [name], lambda x: REDUCTIONS[op](x, axis=axis,
                                                      keepdims=bool(keep)),
                 axes=[axis], keepdims=keep)

    def add_reshape(self):
        name = self.pick()
        size, shape = self.values[name][0].size, []
        for extent in (2, 3, 4):
            if size % extent == 0 and self.random.random() < 0.6:
                size //= extent
                shape.append(extent)
        shape.append(size)
        shape = [int(d) for d in self.random.permutation(shape)]
        self.add("Reshape", [name], lambda x: x.reshape(shape), [shape])

    def add_concat(self):
        name = self.pick(1)
        rank = self.values[name][0].ndim
        axis = int(self.random.integers(rank))
        others = [n for n, (x, _) in self.values.items()
                  if x.dtype == np.float64 and x.ndim == rank and
                  np.delete(x.shape, axis).tolist() == np.delete(
                      self.values[name][0].shape, axis).tolist()]
        parts = [name] + [str(n) for n in self.random.choice(others, 2)]
        if sum(self.values[n][0].shape[axis] for n in parts) <= 12:
            self.add("Concat", parts, lambda *x: np.concatenate(x, axis),
                     axis=axis)

    def add_part(self, is_slice):
        """A slice, or all parts of a split."""
        name = self.pick(1)
        x = self.values[name][0]
        axis = int(self.random.integers(x.ndim))
        if x.shape[axis] < 2:
            return
        at = int(self.random.integers(1, x.shape[axis]))
        if is_slice:
            step = int(self.random.choice([-1, 1, 2]))
            begin, end = (at, -x.shape[axis] - 1) if step < 0 else (
                at, x.shape[axis])
            index = [slice(None)] * x.ndim
            index[axis] = slice(begin, None, step)
            self.add("Slice", [name], lambda x: x[tuple(index)],
                     [[begin], [end], [axis], [step]])
            return
        self.add("Split", [name], lambda x: np.split(x, [at], axis),
                 [[at, x.shape[axis] - at]], axis=axis)


def write(graph, path):
    def info(name, array):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT,
                                             array.shape)

    model = helper.make_model(helper.make_graph(
        graph.nodes, "graph", [info(n, x) for n, x in graph.inputs.items()],
        [info(n, graph.values[n][0]) for n in graph.outputs], graph.stored),
        opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, path)


def check(graph, path):
    write(graph, path + ".onnx")
    numerics.run(["seqc", "compile", path + ".onnx", "-o", path])
    command = ["seqc", "run", path + ".so"]
    for name, array in graph.inputs.items():
        np.save("%s.%s.npy" % (path, name), array)
        command += ["--input", "%s=@%s.%s.npy" % (name, path, name)]
    for name in graph.outputs:
        command += ["--output", "%s=@%s.%s.npy" % (name, path, name)]
    numerics.run(command)
    for name in graph.outputs:
        double, single = graph.values[name]
        found = np.load("%s.%s.npy" % (path, name))
        allowed = SHARE * LARGEST + ROOM * np.abs(single - double).max()
        if found.shape != double.shape or \
                not np.abs(found - double).max() <= allowed:
            sys.exit("%s.onnx: %s is\n%s\nrequired\n%s" % (path, name, found,
                                                          double))


def main():
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    os.makedirs(folder, exist_ok=True)
    random = numerics.generator()
    for i in range(count):
        check(Graph(random), os.path.join(folder, "g%d" % i))
    print("%d graphs: as expected" % count)


main()
