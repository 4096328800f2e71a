"""Random sums over tensors, as linalg ops: products of two tensors, with windows
in one of them or not, and sums, products, maxima and minima of one; of extents that
fill vectors and rows, and of those that do not; each with any number of threads."""
import string

import numpy as np

import numerics

EXTENTS = (1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 48, 64, 70)
COMBINERS = {"add": (np.sum, "arith.addf", 0.0),
             "mul": (np.prod, "arith.mulf", 1.0),
             "max": (np.max, "arith.maximumf", -np.inf),
             "min": (np.min, "arith.minimumf", np.inf)}
STARTS = {-np.inf: "0xFF800000", np.inf: "0x7F800000"}


class Index:
    """One dimension of an operand: loops times numbers, and a number."""

    def __init__(self, loops, first=0):
        self.loops, self.first = loops, first

    def text(self):
        parts = ["d%d * %d" % pair for pair in self.loops]
        return " + ".join(parts + ["%d" % self.first])

    def last(self, extents):
        return self.first + sum((extents[loop] - 1) * factor
                                for loop, factor in self.loops)

    def values(self, extents):
        total = self.first
        for loop, factor in self.loops:
            shape = [1] * len(extents)
            shape[loop] = extents[loop]
            total = total + factor * np.arange(extents[loop]).reshape(shape)
        return np.asarray(total)


class Sum:
    """One op. The parallel loops come first."""

    def __init__(self, random, elements):
        self.random, self.kind = random, draw_kind(random)
        self.parallel = int(random.integers(1, 4))
        self.loops = self.parallel + int(random.integers(1, 3))
        self.out = list(random.permutation(self.parallel))
        self.element = str(random.choice(elements))
        # What a sum begins with: a number, or what a tensor holds.
        self.is_filled = random.random() < 0.6
        loops = list(range(self.loops))
        if self.kind in COMBINERS:
            self.inputs = [[Index([(loop, 1)])
                            for loop in random.permutation(loops)]]
            return
        self.inputs = [[], []]
        for loop in random.permutation(loops):
            where = random.integers(0, 3)
            if where != 1:
                self.inputs[0].append(Index([(loop, 1)]))
            if where != 0:
                self.inputs[1].append(Index([(loop, 1)]))
        for indices in self.inputs:
            if not indices:
                indices.append(Index([(int(random.choice(loops)), 1)]))
        if self.kind == "window":
            self.add_window()

    def add_window(self):
        """Makes what one loop walks in the first input a window of another,
        which then has the second to itself."""
        over = self.random.integers(0, self.parallel)
        taps = self.random.integers(self.parallel, self.loops)
        self.inputs[0] = [index for index in self.inputs[0]
                          if index.loops[0][0] not in (over, taps)]
        self.inputs[0].append(Index(
            [(over, int(self.random.integers(1, 10))),
             (taps, int(self.random.integers(1, 4)))],
            int(self.random.integers(0, 3))))
        if not any(index.loops[0][0] == taps for index in self.inputs[1]):
            self.inputs[1].append(Index([(taps, 1)]))

    def draw_extents(self):
        extents = [int(self.random.choice(EXTENTS)) for _ in range(self.loops)]
        # No more terms than f32 adds up well, or multiplies within its range.
        most = 5 ** (self.loops - self.parallel) if self.kind == "mul" else 800
        if self.random.random() < 0.1:  # one sum
            extents = [1] * (self.loops - 1) + [most]
        for first, limit in ((self.parallel, most), (0, 3e5)):
            while np.prod(extents[first:], dtype=float) > limit:
                extents[first + int(np.argmax(extents[first:]))] //= 2
        return extents

    def shapes(self, extents):
        """Of the inputs, then of the result."""
        shapes = [[index.last(extents) + 1 for index in indices]
                  for indices in self.inputs]
        return shapes + [[extents[loop] for loop in self.out]]

    def draw(self, extents):
        kind = np.float64 if self.element == "f64" else np.float32
        arrays = [self.random.uniform(-1, 1, shape).astype(kind)
                  for shape in self.shapes(extents)]
        if self.kind == "mul":
            arrays = [np.where(a < 0, a - 0.5, a + 0.5) for a in arrays]
        # Of few sums all may cancel, and then say nothing of rounding.
        elif arrays[-1].size < numerics.FEW and self.kind not in ("max", "min"):
            arrays = [np.abs(a) for a in arrays]
        # Nor do sums that share factors, the few sums of an input.
        for i, indices in enumerate(self.inputs):
            loops = {loop for index in indices for loop, _ in index.loops}
            own = [extents[loop] for loop in loops if loop < self.parallel]
            if (len(self.inputs) == 2 and len(own) < len(loops)
                    and np.prod(own) < numerics.FEW):
                arrays[i] = np.abs(arrays[i])
        return arrays

    def expected(self, extents, arrays):
        whole = [np.broadcast_to(
            array.astype(np.float64)[tuple(
                index.values(extents) for index in indices)], extents)
            for array, indices in zip(arrays, self.inputs)]
        axes = tuple(range(self.parallel, self.loops))
        combine, _, _ = COMBINERS.get(self.kind, COMBINERS["add"])
        result = combine(np.prod(whole, axis=0), axis=axes)
        result = result.transpose(self.out)
        if not self.is_filled:
            result = combine([result, arrays[-1]], axis=0)
        return result

    def text(self, number, types, start):
        """The op on the arguments whose names begin with its number."""
        every = ", ".join("d%d" % i for i in range(self.loops))
        maps = ["affine_map<(%s) -> (%s)>" % (
            every, ", ".join(index.text() for index in indices))
            for indices in self.inputs]
        maps.append("affine_map<(%s) -> (%s)>" % (
            every, ", ".join("d%d" % loop for loop in self.out)))
        _, op, _ = COMBINERS.get(self.kind, COMBINERS["add"])
        args = ["%%x%d_%d" % (number, i) for i in range(len(self.inputs))]
        names = ["%%e%d" % i for i in range(len(args))]
        term, product = names[0], ""
        if len(args) == 2:
            term = "%p"
            product = "    %%p = arith.mulf %s : %s\n" % (", ".join(names),
                                                         self.element)
        return """  %%y%d = linalg.generic {indexing_maps = [%s],
      iterator_types = [%s]}
      ins(%s : %s) outs(%s : %s) {
  ^bb0(%s, %%o: %s):
%s    %%s = %s %%o, %s : %s
    linalg.yield %%s : %s
  } -> %s
""" % (number, ", ".join(maps),
            ", ".join(['"parallel"'] * self.parallel
                      + ['"reduction"'] * (self.loops - self.parallel)),
            ", ".join(args), ", ".join(types[:-1]), start, types[-1],
            ", ".join("%s: %s" % (n, self.element) for n in names),
            self.element, product, op, term, self.element, self.element,
            types[-1])


def write_model(name, sums, shapes):
    """`shapes` has a number or a name for every dimension."""
    arguments, body, results, values = [], "", [], []
    for i, (one, own) in enumerate(zip(sums, shapes)):
        def declare(name, shape):
            known = ["?" if isinstance(d, str) else d for d in shape]
            names = [d if isinstance(d, str) else "" for d in shape]
            return (numerics.argument(name, known, names, one.element),
                    numerics.tensor(known, one.element))
        types = []
        for j, shape in enumerate(own[:-1]):
            text, kind = declare("x%d_%d" % (i, j), shape)
            arguments.append("%%x%d_%d: %s" % (i, j, text))
            types.append(kind)
        text, kind = declare("z%d" % i, own[-1])
        arguments.append("%%z%d: %s" % (i, text))
        types.append(kind)
        text, _ = declare("y%d" % i, own[-1])
        results.append(text)
        start = "%%z%d" % i
        if one.is_filled:
            _, _, first = COMBINERS.get(one.kind, COMBINERS["add"])
            first = ("%e" % first if np.isfinite(first) else STARTS[first]
                     if one.element == "f32" else
                     STARTS[first].replace("800000", "F0000000000000"))
            body += ("  %%c%d = arith.constant %s : %s\n" % (i, first,
                                                            one.element))
            body += ("  %%f%d = linalg.fill ins(%%c%d : %s) outs(%s : %s)"
                     " -> %s\n" % (i, i, one.element, start, kind, kind))
            start = "%%f%d" % i
        body += one.text(i, types, start)
        values.append(("%%y%d" % i, kind))
    return "func.func @%s(%s)\n    -> (%s) {\n%s  return %s : %s\n}\n" % (
        name, ",\n    ".join(arguments), ", ".join(results), body,
        ", ".join(v for v, _ in values), ", ".join(t for _, t in values))


def draw_kind(random):
    return str(random.choice(["product"] * 4 + ["window"] * 3
                             + list(COMBINERS)))


def check(model, what, sums, extents):
    inputs, expected = {}, {}
    for i, (one, own) in enumerate(zip(sums, extents)):
        arrays = one.draw(own)
        for j, array in enumerate(arrays[:-1]):
            inputs["x%d_%d" % (i, j)] = array
        inputs["z%d" % i] = arrays[-1]
        expected["y%d" % i] = one.expected(own, arrays)
    model.check(what, inputs, expected)
    # Threads share the tiles of a sum, never its terms.
    alone = model.run(inputs, expected, 1)
    for threads in (2, 5):
        together = model.run(inputs, expected, threads)
        for name, array in alone.items():
            if not np.array_equal(array, together[name]):
                raise SystemExit("%s %s: %s is another with %d threads"
                                 % (model.name, what, name, threads))


def main():
    options = numerics.arguments()
    random = numerics.generator()
    # What runs models for other processors takes f32, and a few tensors.
    elements, count = ["f32"] * 6 + ["f64"], 16
    if options.runner:
        elements, count = ["f32"], 2
    for n in range(3):
        sums = [Sum(random, elements) for _ in range(count)]
        extents = [one.draw_extents() for one in sums]
        shapes = [one.shapes(own) for one, own in zip(sums, extents)]
        model = numerics.Model(options, "static%d" % n,
                               write_model("static%d" % n, sums, shapes))
        check(model, "", sums, extents)
    for n in range(8):
        one = Sum(random, elements)
        # A loop has one name wherever it is alone; what windows reach, its own.
        own = [[string.ascii_lowercase[index.loops[0][0]]
                if len(index.loops) == 1 and index.first == 0
                else "reach%d%d" % (i, d) for d, index in enumerate(indices)]
               for i, indices in enumerate(one.inputs)]
        own.append([string.ascii_lowercase[loop] for loop in one.out])
        model = numerics.Model(options, "dynamic%d" % n,
                               write_model("dynamic%d" % n, [one], [own]))
        for _ in range(3):
            extents = one.draw_extents()
            check(model, "x".join(map(str, extents)), [one], [extents])


main()
