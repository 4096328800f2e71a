"""Random chains of steps, almost all equal, against numpy.

random_chains.py FOLDER [--cases N] [--keep]: writes functions of unrolled steps
whose bodies are drawn at random, changes single steps of some of them, shuffles
their ops, and compares what seqc computes, with what it makes one scan, with the
ops' meaning evaluated one by one. SEQC_SEED repeats a run.
"""
import argparse
import os
import subprocess
import sys

import numpy as np

# Of f32 over some twenty steps of functions that stay small: each value within
# 1e-4 of what float64 says, where one wrong step gives tenths.
ELEMENT = 1e-4
WIDTH = 4
SHAPES = [(WIDTH,), (WIDTH,), (1, WIDTH), (2, WIDTH), (1,), ()]
BINARY = {"addf": np.add, "subf": np.subtract, "mulf": np.multiply,
          "maximumf": np.maximum}
UNARY = {"math.tanh": np.tanh, "math.sin": np.sin, "arith.negf": np.negative}


def get_type(shape):
    return "tensor<%sxf32>" % "x".join(map(str, shape)) if shape else "tensor<f32>"


class Op:
    """A result: how it is written from the names of what it reads, and its
    value."""

    def __init__(self, text, reads, value):
        self.text, self.reads = text, reads
        self.value = value
        self.shape = value.shape


class Graph:
    def __init__(self, random):
        self.random = random
        self.inputs, self.ops, self.outputs = [], [], []

    def add(self, text, reads, value):
        op = Op(text, reads, np.asarray(value))
        self.ops.append(op)
        return op

    def input(self, shape):
        value = self.random.uniform(-1, 1, shape).astype(np.float32)
        op = Op("", [], value.astype(np.float64))
        self.inputs.append(op)
        return op

    def constant(self, value, shape):
        return self.add("arith.constant dense<%.9e> : %s" %
                        (np.float32(value), get_type(shape)), [],
                        np.full(shape, np.float32(value), np.float64))

    def binary(self, name, a, b, flags=""):
        return self.add("arith.%s {0}, {1}%s : %s" %
                        (name, flags, get_type(a.shape)), [a, b],
                        BINARY[name](a.value, b.value))

    def unary(self, name, a):
        return self.add("%s {0} : %s" % (name, get_type(a.shape)), [a],
                        UNARY[name](a.value))

    def slice(self, source, offsets, sizes, strides, shape):
        """The elements of a piece, in the shape that they are wanted in."""
        where = tuple(slice(o, o + (n - 1) * s + 1, s)
                      for o, n, s in zip(offsets, sizes, strides))
        return self.add("tensor.extract_slice {0}%s %s %s : %s to %s" %
                        (list(offsets), list(sizes), list(strides),
                         get_type(source.shape), get_type(shape)), [source],
                        source.value[where].reshape(shape))

    def insert(self, source, dest, offsets, sizes):
        value = dest.value.copy()
        where = tuple(slice(o, o + n) for o, n in zip(offsets, sizes))
        value[where] = source.value.reshape(sizes)
        return self.add("tensor.insert_slice {0} into {1}%s %s %s : %s into %s" %
                        (list(offsets), list(sizes), [1] * len(sizes),
                         get_type(source.shape), get_type(dest.shape)),
                        [source, dest], value)

    def mix(self, a, b, order):
        """Loops over elements that read tensors from around: the tier of ops
        whose regions have operands of their own."""
        picks = [(a, b)[i] for i in order]
        rank = len(a.shape)
        lines = ["  %%i%d = linalg.index %d : index" % (i, i) for i in range(rank)]
        at = ", ".join("%%i%d" % i for i in range(rank))
        for i, which in enumerate(order):
            lines.append("  %%e%d = tensor.extract {%d}[%s] : %s" %
                         (i, which, at, get_type(a.shape)))
        lines += ["  %f0 = arith.mulf %e0, %e1 : f32",
                  "  %f1 = arith.addf %f0, %e2 : f32",
                  "  %f2 = math.tanh %f1 : f32", "  linalg.yield %f2 : f32"]
        dims = ", ".join("d%d" % i for i in range(rank))
        text = ("linalg.generic {{indexing_maps = [affine_map<(%s) -> (%s)>], "
                "iterator_types = [%s]}} outs({2} : %s) {{\n  ^bb0(%%o: f32):\n  %s\n"
                "  }} -> %s" %
                (dims, dims, ", ".join(['"parallel"'] * rank), get_type(a.shape),
                 "\n  ".join(lines), get_type(a.shape)))
        empty = self.add("tensor.empty() : %s" % get_type(a.shape), [],
                         np.zeros(a.shape))
        x, y, z = [op.value for op in picks]
        return self.add(text, [a, b, empty], np.tanh(x * y + z))

    def pick(self, a, table, place):
        """One of two rows that are made of one value: how gates are cut out."""
        shape = (2,) + a.shape
        empty = self.add("tensor.empty() : %s" % get_type(shape), [],
                         np.zeros(shape))
        both = self.add("linalg.broadcast ins({0} : %s) outs({1} : %s) "
                        "dimensions = [0]" % (get_type(a.shape), get_type(shape)),
                        [a, empty], np.broadcast_to(a.value, shape))
        both = self.binary("addf", both, table)
        return self.slice(both, [place] + [0] * len(a.shape),
                          [1] + list(a.shape), [1] * len(shape), a.shape)

    def write(self, path):
        """All ops in an order drawn from those that are possible."""
        names = {op: "%%a%d" % i for i, op in enumerate(self.inputs)}
        waiting = {op: len(set(op.reads) - set(names)) for op in self.ops}
        users = {}
        for op in self.ops:
            for read in set(op.reads):
                users.setdefault(read, []).append(op)
        # In program order, or in any.
        shuffle = self.random.random() < 0.5
        ready = [op for op in self.ops if waiting[op] == 0]
        lines = []
        while ready:
            place = self.random.integers(len(ready)) if shuffle else 0
            op = ready.pop(place)
            name = names[op] = "%%v%d" % len(names)
            text = op.text.format(*[names[read] for read in op.reads])
            lines.append("  %s = %s" % (name, text))
            for user in users.get(op, []):
                waiting[user] -= 1
                if waiting[user] == 0:
                    ready.append(user)
        arguments = ["%s: %s {seq.name = \"a%d\"}" %
                     (names[op], get_type(op.shape), i)
                     for i, op in enumerate(self.inputs)]
        results = ["%s {seq.name = \"y%d\"}" % (get_type(op.shape), i)
                   for i, op in enumerate(self.outputs)]
        with open(path, "w") as file:
            file.write("func.func @m(%s)\n    -> (%s) {\n%s\n  return %s : %s\n}\n" %
                       (",\n    ".join(arguments), ",\n    ".join(results),
                        "\n".join(lines),
                        ", ".join(names[op] for op in self.outputs),
                        ", ".join(get_type(op.shape) for op in self.outputs)))


class Rows:
    """Where every step finds its piece of an input."""

    def __init__(self, graph, shape, steps):
        random = graph.random
        self.shape = shape
        rank = max(len(shape), 1)
        self.size = int(random.choice([1, 1, 2])) if shape else 1
        self.dim = int(random.integers(rank + 1)) if self.size == 1 else 0
        if self.size == 2 and (not shape or shape[0] != 2):
            self.size, self.dim = 1, int(random.integers(rank + 1))
        # One dimension more, or the first one in pieces.
        self.sizes = list(shape) if shape else [1]
        if self.size == 1:
            self.sizes.insert(self.dim, 1)
        self.move = self.size * int(random.choice([1, 1, 1, -1, 2 if self.size == 1
                                                   else 1]))
        extents = list(self.sizes)
        span = abs(self.move) * (steps + 4)
        extents[self.dim] = span + self.size
        # A square one has as many pieces in another direction.
        others = [i for i in range(len(extents)) if i != self.dim and
                  self.sizes[i] == 1]
        self.other = None
        if others and random.random() < 0.5:
            self.other = int(random.choice(others))
            extents[self.other] = extents[self.dim]
        self.first = abs(self.move) * (2 if self.move > 0 else steps + 1)
        self.source = graph.input(tuple(extents))

    def get(self, graph, step, lag=0, turned=False):
        offsets = [0] * len(self.sizes)
        dim = self.other if turned and self.other is not None else self.dim
        offsets[dim] = self.first + self.move * (step - lag)
        return graph.slice(self.source, offsets, self.sizes,
                           [1] * len(self.sizes), self.shape)


class Body:
    """The ops of one step, drawn once and made for every step."""

    def __init__(self, graph, shape, steps, others):
        random = self.random = graph.random
        self.shape = shape
        self.carries = int(random.integers(1, 4))
        self.rows = [Rows(graph, shape, steps)
                     for _ in range(random.integers(0, 3))]
        self.lags = [(int(random.choice(len(self.rows))), int(random.integers(-1, 2)),
                      bool(random.random() < 0.3))
                     for _ in range(random.integers(1, 4))] if self.rows else []
        self.fixed = [graph.input(shape) for _ in range(random.integers(1, 3))]
        self.table = graph.input((2,) + shape)
        self.constants = [float(random.uniform(-0.9, 0.9))]
        self.others = others  # Rows that are values of another chain.
        count = (self.carries + len(self.lags) + len(self.fixed) +
                 len(self.constants) + (1 if others else 0))
        self.ops = []
        for _ in range(random.integers(2, 8)):
            kind = str(random.choice(["binary", "binary", "binary", "unary", "mix",
                                     "pick"]))
            # What came last is read more often.
            def pick():
                if random.random() < 0.4 and self.ops:
                    return count + len(self.ops) - 1
                return int(random.integers(count + len(self.ops)))
            name = str(random.choice(list(UNARY if kind == "unary" else BINARY)))
            order = [int(i) for i in random.integers(0, 2, 3)]
            if len(set(order)) == 1:
                order[1] = 1 - order[0]
            self.ops.append((kind, name, pick(), pick(), order))
        total = count + len(self.ops)
        self.ends = [int(random.integers(count if i == 0 else 0, total))
                     for i in range(self.carries)]
        self.outs = [int(random.integers(count, total))
                     for _ in range(random.integers(1, 3))]

    def draw_change(self):
        random = self.random
        kinds = ["constant", "row", "order", "name", "flags", "end"]
        return (str(random.choice(kinds)), int(random.integers(len(self.ops))),
                int(random.integers(1 << 30)))

    def build(self, graph, step, carries, change=None):
        kind, place, number = change or (None, -1, 0)
        values = list(carries)
        for i, (which, lag, turned) in enumerate(self.lags):
            if kind == "row" and i == number % len(self.lags):
                lag += 1
            values.append(self.rows[which].get(graph, step, lag, turned))
        values += self.fixed
        for value in self.constants:
            value += 0.5 if kind == "constant" else 0
            values.append(graph.constant(value, self.shape))
        if self.others:
            values.append(self.others[step])
        for i, (what, name, a, b, order) in enumerate(self.ops):
            changed = i == place
            if changed and kind == "order":
                a, b, order = b, a, order[1:] + order[:1]
            if changed and kind == "name":
                names = list(UNARY if what == "unary" else BINARY)
                name = names[(names.index(name) + 1) % len(names)]
            x, y = values[a], values[b]
            if what == "unary":
                values.append(graph.unary(name, x))
            elif what == "mix":
                values.append(graph.mix(x, y, order))
            elif what == "pick":
                turn = changed and kind == "order"
                values.append(graph.pick(x, self.table, 1 - order[0] if turn
                                         else order[0]))
            else:
                flags = (" fastmath<nnan>" if changed and kind == "flags" else "")
                values.append(graph.binary(name, x, y, flags))
        ends = list(self.ends)
        if kind == "end":
            ends = ends[1:] + ends[:1]
        half = graph.constant(0.5, self.shape)
        return ([graph.unary("math.tanh", values[end])
                 if end >= len(carries) else values[end] for end in ends],
                [graph.binary("mulf", values[out], half) for out in self.outs])


def collect(graph, values):
    """Puts the values of all steps into one result, in some way; returns what a
    second chain may read."""
    random = graph.random
    steps, shape = len(values), values[0].shape
    way = str(random.choice(["rows", "pieces", "one", "sum", "inside"]))
    if way == "rows" or (way == "pieces" and not shape):
        dim = int(random.integers(len(shape) + 1))
        sizes = list(shape)
        sizes.insert(dim, 1)
        whole = list(sizes)
        whole[dim] = steps + int(random.integers(0, 2))
        dest = graph.constant(0.25, tuple(whole))
        order = list(range(steps))
        if random.random() < 0.5:
            order.reverse()
        elif random.random() < 0.3:
            i, j = random.integers(0, steps, 2)
            order[i], order[j] = order[j], order[i]
        for step in order if random.random() < 0.5 else range(steps):
            offsets = [0] * len(sizes)
            offsets[dim] = order[step]
            dest = graph.insert(values[step], dest, offsets, sizes)
        graph.outputs.append(dest)
    elif way == "pieces":
        dim = int(random.integers(len(shape)))
        whole = list(shape)
        whole[dim] *= steps
        dest = graph.constant(0.25, tuple(whole))
        for step, value in enumerate(values):
            offsets = [0] * len(shape)
            offsets[dim] = step * shape[dim]
            dest = graph.insert(value, dest, offsets, list(shape))
        graph.outputs.append(dest)
    elif way == "one":
        for step in set(random.integers(0, steps, 2)):
            graph.outputs.append(values[step])
    elif way == "sum":
        total = values[0]
        for value in values[1:]:
            total = graph.binary("addf", total, value)
        graph.outputs.append(total)
    else:
        graph.outputs.append(values[-1])
    order = str(random.choice(["forth", "back", "twice", "late"]))
    if order == "back":
        return values[::-1]
    if order == "twice":
        return [values[min(i * 2, steps - 1)] for i in range(steps)]
    return values[1:] + values[-1:] if order == "late" else values


def build_chain(graph, steps, shape, others):
    random = graph.random
    body = Body(graph, shape, steps, others)
    carries = [graph.input(shape) if random.random() < 0.8 else
               graph.constant(0.0, shape) for _ in range(body.carries)]
    if random.random() < 0.2:
        carries[-1] = carries[0]
    changes = {}
    if random.random() < 0.6:
        for step in random.integers(0, steps, random.integers(1, 3)):
            changes[int(step)] = body.draw_change()
    outs = []
    for step in range(steps):
        carries, yielded = body.build(graph, step, carries, changes.get(step))
        outs.append(yielded)
    graph.outputs += carries
    others = None
    for values in zip(*outs):
        others = collect(graph, list(values))
    return others


def build_case(random):
    graph = Graph(random)
    steps = int(random.integers(8, 14))
    shape = SHAPES[random.integers(len(SHAPES))]
    others = None
    for _ in range(random.integers(1, 4)):
        others = build_chain(graph, steps, shape,
                             others if random.random() < 0.7 else None)
    return graph


def call(command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, timeout=120)
    return result.returncode, result.stdout, result.stderr


def check(graph, path):
    """The number of scans that took the place of steps, or what is wrong."""
    graph.write(path + ".mlir")
    code, _, text = call(["seq-opt", "-seq-reroll", path + ".mlir", "-o",
                          os.devnull])
    if code != 0:
        return None, text[-2000:]
    scans = text.count("equal steps became one scan")
    command = ["seqc", "run", path + ".mlir"]
    for i, op in enumerate(graph.inputs):
        np.save("%s.a%d.npy" % (path, i), op.value.astype(np.float32))
        command += ["--input", "a%d=@%s.a%d.npy" % (i, path, i)]
    for i in range(len(graph.outputs)):
        command += ["--output", "y%d=@%s.y%d.npy" % (i, path, i)]
    code, _, error = call(command)
    if code != 0:
        return None, error[-2000:]
    for i, op in enumerate(graph.outputs):
        found = np.load("%s.y%d.npy" % (path, i))
        difference = np.abs(found - op.value).max()
        if not difference <= ELEMENT:
            return None, "output y%d is off by %g" % (i, difference)
    return scans, None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--keep", action="store_true",
                        help="go on after a failure")
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    seed = int(os.environ.get("SEQC_SEED") or int.from_bytes(os.urandom(4),
                                                             "little"))
    print("SEQC_SEED=%d" % seed, flush=True)
    total = failed = 0
    for case in range(given.cases):
        graph = build_case(np.random.default_rng([seed, case]))
        path = os.path.join(given.folder, "case%d" % case)
        scans, wrong = check(graph, path)
        if wrong:
            failed += 1
            print("case %d: %s" % (case, wrong), flush=True)
            if not given.keep:
                sys.exit(1)
            continue
        total += scans
    print("%d cases, %d scans, %d wrong" % (given.cases, total, failed))
    if failed or total < given.cases // 2:
        sys.exit(1)


main()
