"""Layers of random nets: each is one or more ONNX nodes with random attributes,
and what PyTorch makes of the same numbers in float64 and in f32.

A value's layout names its dimensions: BCT, BTC, TBC, BCHW and BC, or X where
only what takes any tensor can follow.
"""
import numpy as np
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper

MOST_PRODUCTS, MOST_ELEMENTS, LARGEST = 3e7, 2e6, 1e4
CHANNELS = [1, 2, 3, 4, 7, 8, 16, 20, 24, 31, 32, 33, 48, 64, 65, 72, 96, 128,
            130]
SPATIAL = ("BCT", "BCHW")
SEQUENCES = ("BCT", "BTC", "TBC")
WITH_CHANNELS = SEQUENCES + ("BCHW", "BC")
POINTWISE = {
    "Relu": F.relu, "Tanh": torch.tanh, "Sigmoid": torch.sigmoid,
    "Neg": torch.neg, "Abs": torch.abs, "Softplus": F.softplus, "Elu": F.elu,
    "Erf": torch.erf, "HardSwish": F.hardswish, "Softsign": F.softsign,
    "LeakyRelu": lambda x: F.leaky_relu(x, 0.01)}
BINARY = {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul,
          "Max": torch.maximum, "Min": torch.minimum}
REDUCTIONS = {"ReduceMax": torch.amax, "ReduceMin": torch.amin,
              "ReduceMean": torch.mean, "ReduceSum": torch.sum}
# ONNX's gates of a layer as PyTorch numbers them.
GATES = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2], "RNN": [0]}


class Value:
    """A tensor by name: `pair` is what it is in float64 and in f32."""

    def __init__(self, name, pair, layout):
        self.name, self.pair, self.layout = name, pair, layout
        self.shape = tuple(pair[0].shape)


def both(array):
    array = np.asarray(array, np.float32)
    return torch.tensor(array, dtype=torch.float64), torch.tensor(array)


class Layers:
    """Nodes, the tensors that they are given and the values that they make."""

    def __init__(self, random):
        self.random, self.nodes, self.stored, self.values = random, [], [], []
        self.products = self.count = 0

    def one_of(self, choices):
        return choices[int(self.random.integers(len(choices)))]

    def chance(self, share):
        return self.random.random() < share

    def store(self, array):
        name = "w%d" % len(self.stored)
        self.stored.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def ints(self, *numbers):
        return self.store(np.array(numbers, np.int64))

    def weights(self, shape, sum_of=3):
        """Such that `sum_of` products with them are about as large as one."""
        scale = (3 / sum_of) ** 0.5
        w = self.random.uniform(-scale, scale, shape).astype(np.float32)
        return self.store(w), both(w)

    def pick(self, layouts=None):
        """The last value, as a rule, or another; None where none has such a
        layout."""
        fit = [v for v in self.values if not layouts or v.layout in layouts]
        if not fit:
            return None
        return fit[-1] if self.chance(0.75) else self.one_of(fit)

    def pick_like(self, v):
        return self.one_of([o for o in self.values if o.layout == v.layout and
                            o.shape == v.shape])

    def add(self, op, names, function, layout, products=0, **flags):
        """Adds a node whose result `function` makes, with 0 in float64 and with
        1 in f32. None where the net or its numbers would grow too large."""
        if self.products + products > MOST_PRODUCTS:
            return None
        pair = function(0), function(1)
        if not 0 < pair[0].numel() <= MOST_ELEMENTS or not \
                pair[0].abs().max() <= LARGEST:
            return None
        self.products += products
        self.count += 1
        v = Value("v%d" % self.count, pair, layout)
        self.nodes.append(helper.make_node(op, names, [v.name], **flags))
        self.values.append(v)
        return v

    # What has windows.

    def windows(self, v):
        """(kernel, stride, dilation, (before, after)) of each dimension."""
        found = []
        for extent in v.shape[2:]:
            k = self.one_of([1, 2, 3, 3, 3, 4, 5, 7, 10])
            d = self.one_of([1, 1, 1, 1, 2, 3, 4])
            s = k if self.chance(0.2) else self.one_of(
                [1, 1, 1, 1, 1, 2, 3, 4, 5])
            reach = (k - 1) * d
            pads = [int(p) for p in self.random.integers(0, reach + 1, 2)]
            pads = self.one_of([pads, [reach // 2] * 2, [reach, 0]])
            if reach + 1 > extent + sum(pads):
                return None
            found.append((k, s, d, pads))
        return found

    def conv(self):
        v = self.pick(SPATIAL)
        windows = v and self.windows(v)
        if not windows:
            return
        kernel, stride, dilation, pads = ([w[i] for w in windows]
                                          for i in range(4))
        c = v.shape[1]
        group = self.one_of([1, 1, 1, 1, c] + [g for g in (2, 3, 4)
                                               if c % g == 0])
        out = group * (self.one_of([1, 2, 3]) if group == c else
                       max(1, self.one_of(CHANNELS) // group))
        taps = c // group * int(np.prod(kernel))
        w, ws = self.weights([out, c // group] + kernel, taps)
        b, bs = self.weights([out])
        f = F.conv1d if len(kernel) == 1 else F.conv2d
        self.add("Conv", [v.name, w, b], lambda i: f(
            F.pad(v.pair[i], sum(reversed(pads), [])), ws[i], bs[i], stride, 0,
            dilation, group), v.layout,
            np.prod(v.shape[2:]) * v.shape[0] * out * taps / np.prod(stride),
            group=group, strides=stride, dilations=dilation,
            pads=[p[0] for p in pads] + [p[1] for p in pads])

    def conv_transpose(self):
        v = self.pick(SPATIAL)
        if not v:
            return
        n, c = len(v.shape) - 2, v.shape[1]
        group = self.one_of([1, 1, 1] + [g for g in (2, 4) if c % g == 0])
        out = max(1, self.one_of(CHANNELS[:14]) // group)
        kernel = [self.one_of([1, 2, 3, 4, 5]) for _ in range(n)]
        stride = [self.one_of([1, 2, 3]) for _ in range(n)]
        pads = [int(self.random.integers(0, k)) for k in kernel]
        extra = [int(self.random.integers(0, s)) for s in stride]
        if any((e - 1) * s + k - 2 * p + x < 1 for e, s, k, p, x in
               zip(v.shape[2:], stride, kernel, pads, extra)):
            return
        w, ws = self.weights([c, out] + kernel, c // group)
        f = F.conv_transpose1d if n == 1 else F.conv_transpose2d
        self.add("ConvTranspose", [v.name, w], lambda i: f(
            v.pair[i], ws[i], None, stride, pads, extra, group), v.layout,
            np.prod(v.shape) * out * np.prod(kernel), group=group,
            strides=stride, pads=pads * 2, output_padding=extra)

    def pool(self):
        v = self.pick(SPATIAL)
        if not v:
            return
        n = len(v.shape) - 2
        kernel = [self.one_of([1, 2, 3, 4]) for _ in range(n)]
        stride = [self.one_of([1, 2, k]) for k in kernel]
        pads = [int(self.random.integers(0, k // 2 + 1)) for k in kernel]
        if any(k > e + 2 * p for k, e, p in zip(kernel, v.shape[2:], pads)):
            return
        op, f, flags = self.one_of([
            ("MaxPool", (F.max_pool1d, F.max_pool2d), {}),
            ("AveragePool", (F.avg_pool1d, F.avg_pool2d),
             {"count_include_pad": 1})])
        self.add(op, [v.name], lambda i: f[n - 1](
            v.pair[i], kernel, stride, pads), v.layout, kernel_shape=kernel,
            strides=stride, pads=pads * 2, **flags)

    # What takes each element by itself.

    def pointwise(self):
        v, op = self.pick(), self.one_of(sorted(POINTWISE))
        self.add(op, [v.name], lambda i: POINTWISE[op](v.pair[i]), v.layout)

    def binary(self):
        v, op = self.pick(), self.one_of(sorted(BINARY))
        o = self.pick_like(v)
        self.add(op, [v.name, o.name],
                 lambda i: BINARY[op](v.pair[i], o.pair[i]), v.layout)

    def scale(self):
        """A number for each channel, or one for all."""
        v, op = self.pick(WITH_CHANNELS), self.one_of(["Add", "Mul"])
        if not v:
            return
        shape = [v.shape[1]] + [1] * (len(v.shape) - 2) if \
            v.layout in SPATIAL else [v.shape[-1]]
        w, ws = self.weights([] if self.chance(0.2) else shape)
        self.add(op, [v.name, w], lambda i: BINARY[op](v.pair[i], ws[i]),
                 v.layout)

    def gate(self):
        """One half of the channels times a function of the other."""
        v = self.pick(WITH_CHANNELS)
        if not v:
            return
        axis = 1 if v.layout in SPATIAL else len(v.shape) - 1
        half, odd = divmod(v.shape[axis], 2)
        if odd:
            return
        f = self.one_of(["Sigmoid", "Tanh"])
        parts = [p.split(half, axis) for p in v.pair]
        a, b, g = ("v%d%s" % (self.count, which) for which in "abg")
        halves = self.ints(half, half)
        self.nodes += [
            helper.make_node("Split", [v.name, halves], [a, b], axis=axis),
            helper.make_node(f, [b], [g])]
        self.add("Mul", [a, g],
                 lambda i: parts[i][0] * POINTWISE[f](parts[i][1]), v.layout)

    # What takes a dimension together.

    def norm(self):
        v = self.pick(SPATIAL + ("BC",))
        if not v:
            return
        (g, gs), (b, bs), (m, ms) = (self.weights([v.shape[1]])
                                     for _ in range(3))
        if self.chance(0.3) and np.prod(v.shape[2:]) > 1:
            self.add("InstanceNormalization", [v.name, g, b],
                     lambda i: F.instance_norm(v.pair[i], weight=gs[i],
                                               bias=bs[i], eps=1e-2),
                     v.layout, epsilon=1e-2)
            return
        spread = self.random.uniform(0.5, 2, [v.shape[1]]).astype(np.float32)
        spreads = both(spread)
        self.add("BatchNormalization", [v.name, g, b, m, self.store(spread)],
                 lambda i: F.batch_norm(v.pair[i], ms[i], spreads[i], gs[i],
                                        bs[i]), v.layout)

    def layer_norm(self):
        v = self.pick(("BTC", "TBC", "BC"))
        if not v or v.shape[-1] < 2:
            return
        (g, gs), (b, bs) = (self.weights([v.shape[-1]]) for _ in range(2))
        self.add("LayerNormalization", [v.name, g, b], lambda i: F.layer_norm(
            v.pair[i], v.shape[-1:], gs[i], bs[i], 1e-2), v.layout, axis=-1,
            epsilon=1e-2)

    def reduce(self):
        v = self.pick()
        if len(v.shape) < 2:
            return
        axis, op = self.pick_axis(v, 1), self.one_of(sorted(REDUCTIONS))
        keep = v.layout in SEQUENCES or self.chance(0.5)
        layout = v.layout if keep else "X"
        if v.layout == "BCHW" and not keep and axis > 1:
            layout = "BCT"
        names, flags = [v.name], {"axes": [axis]}
        if op == "ReduceSum":  # whose axes are an input
            names, flags = [v.name, self.ints(axis)], {}
        self.add(op, names, lambda i: REDUCTIONS[op](v.pair[i], axis,
                                                     keepdim=keep),
                 layout, keepdims=int(keep), **flags)

    def pick_axis(self, v, first=0):
        return int(self.random.integers(first, len(v.shape)))

    def softmax(self):
        v = self.pick()
        op, f = self.one_of([("Softmax", torch.softmax),
                             ("LogSoftmax", torch.log_softmax)])
        axis = self.pick_axis(v)
        self.add(op, [v.name], lambda i: f(v.pair[i], axis), v.layout,
                 axis=axis)

    def cumsum(self):
        v = self.pick()
        axis = self.pick_axis(v)
        self.add("CumSum", [v.name, self.store(np.int64(axis))],
                 lambda i: torch.cumsum(v.pair[i], axis), v.layout)

    # Products.

    def product(self):
        v = self.pick(("BTC", "TBC", "BC"))
        if not v:
            return
        c, out = v.shape[-1], self.one_of(CHANNELS)
        products = np.prod(v.shape) * out
        if len(v.shape) > 2 or self.chance(0.5):
            w, ws = self.weights([c, out], c)
            self.add("MatMul", [v.name, w], lambda i: v.pair[i] @ ws[i],
                     v.layout, products)
            return
        flip = self.chance(0.5)
        w, ws = self.weights([out, c] if flip else [c, out], c)
        b, bs = self.weights([out])
        self.add("Gemm", [v.name, w, b], lambda i: bs[i] + v.pair[i] @ (
            ws[i].T if flip else ws[i]), v.layout, products, transB=int(flip))

    def attention(self):
        """Of a value over itself, or over one that is as large."""
        v = self.pick(("BTC", "BCT"))
        if not v:
            return
        o = self.pick_like(v)
        products = np.prod(v.shape) * v.shape[1]
        t = self.add("Transpose", [o.name], lambda i: o.pair[i].mT, "X",
                     perm=[0, 2, 1])
        s = t and self.add("MatMul", [v.name, t.name],
                           lambda i: v.pair[i] @ t.pair[i], "X", products)
        if not s:
            return
        less = np.float32(v.shape[-1] ** -0.5)
        q = self.add("Mul", [s.name, self.store(less)],
                     lambda i: s.pair[i] * float(less), "X")
        p = self.add("Softmax", [q.name],
                     lambda i: torch.softmax(q.pair[i], -1), "X", axis=-1)
        self.add("MatMul", [p.name, o.name], lambda i: p.pair[i] @ o.pair[i],
                 v.layout, products)

    def recurrent(self):
        v = self.pick(("TBC",))
        if not v:
            return
        op = self.one_of(sorted(GATES))
        h, ways = self.one_of([1, 3, 8, 16, 17, 24, 32, 40, 64]), \
            self.one_of([1, 1, 2])
        c, rows = v.shape[-1], len(GATES[op]) * h
        net = getattr(torch.nn, op)(c, h, bidirectional=ways == 2)
        names = [v.name]
        for shape, parts, sum_of in (([rows, c], ["weight_ih"], c),
                                     ([rows, h], ["weight_hh"], h),
                                     ([2 * rows], ["bias_ih", "bias_hh"], 12)):
            name, ws = self.weights([ways] + shape, sum_of)
            names.append(name)
            for way, end in zip(ws[1], ["_l0", "_l0_reverse"]):
                for part, gates in zip(parts, way.split(rows)):
                    gates = gates.split(h)
                    ordered = [gates[GATES[op].index(i)]
                               for i in range(len(gates))]
                    getattr(net, part + end).data.copy_(torch.cat(ordered))

        def function(i):
            with torch.no_grad():
                y = net.to(v.pair[i].dtype)(v.pair[i])[0]
            # ONNX has the directions as a dimension behind time.
            return y.unflatten(2, (ways, h)).transpose(1, 2)
        flags = {"linear_before_reset": 1} if op == "GRU" else {}
        y = self.add(op, names, function, "X",
                     np.prod(v.shape[:2]) * rows * (c + h) * ways,
                     hidden_size=h, direction="bidirectional" if ways == 2
                     else "forward", **flags)
        if not y:
            return
        t = self.add("Transpose", [y.name],
                     lambda i: y.pair[i].transpose(1, 2), "X",
                     perm=[0, 2, 1, 3])
        self.add("Reshape", [t.name, self.ints(0, 0, ways * h)],
                 lambda i: t.pair[i].flatten(2), "TBC")

    # What moves elements.

    def transpose(self):
        v = self.pick(SEQUENCES)
        if not v:
            return
        layout = self.one_of([s for s in SEQUENCES if s != v.layout])
        perm = [v.layout.index(d) for d in layout]
        self.add("Transpose", [v.name], lambda i: v.pair[i].permute(perm),
                 layout, perm=perm)

    def slice(self):
        v = self.pick()
        axis = self.pick_axis(v)
        extent = v.shape[axis]
        if extent < 3:
            return
        kind = self.one_of(["part", "part", "every", "last", "reverse"])
        at = int(self.random.integers(1, min(extent, 5)))
        step = self.one_of([2, 3]) if kind == "every" else 1
        begin, end, step = {"last": (-1, 2**63 - 1, 1),
                            "reverse": (-1, -2**63, -1)}.get(
                                kind, (at, 2**63 - 1, step))

        def function(i):
            if kind == "reverse":
                return v.pair[i].flip(axis)
            return v.pair[i].narrow(axis, begin % extent,
                                    extent - begin % extent).movedim(
                                        axis, 0)[::step].movedim(0, axis)
        self.add("Slice", [v.name] + [self.ints(n) for n in (begin, end, axis,
                                                             step)],
                 function, v.layout)

    def concat(self):
        v = self.pick()
        o, axis = self.pick_like(v), self.pick_axis(v)
        self.add("Concat", [v.name, o.name],
                 lambda i: torch.cat([v.pair[i], o.pair[i]], axis), v.layout,
                 axis=axis)

    def pad(self):
        v = self.pick()
        axis, mode = self.pick_axis(v), self.one_of(["constant", "edge",
                                                     "reflect"])
        low, high = (int(p) for p in self.random.integers(0, 5, 2))
        if mode == "reflect" and max(low, high) >= v.shape[axis]:
            return
        widths = [(0, 0)] * len(v.shape)
        widths[axis] = low, high
        self.add("Pad", [v.name, self.ints(*np.transpose(widths).ravel())],
                 lambda i: torch.tensor(np.pad(v.pair[i].numpy(), widths,
                                               mode)), v.layout, mode=mode)

    def rows(self):
        """An image as a sequence: all rows of all channels at each column."""
        v = self.pick(("BCHW",))
        if not v:
            return
        self.add("Reshape", [v.name, self.ints(0, v.shape[1] * v.shape[2], -1)],
                 lambda i: v.pair[i].flatten(1, 2), "BCT")
