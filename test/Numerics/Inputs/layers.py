"""Models of one layer, for cells whose operands have nothing in common."""
import numpy as np

import numerics


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dynamic(shape):
    return ["?" if isinstance(d, str) else d for d in shape]


def typed(shapes, elements):
    return ", ".join(numerics.tensor(dynamic(s), elements.get(n, "f32"))
                     for n, s in shapes.items())


def described(name, shape, elements):
    return numerics.argument(name, dynamic(shape), [
        d if isinstance(d, str) else "" for d in shape],
        elements.get(name, "f32"))


class Layer:
    """`groups` are the operands as the syntax has them: for each keyword the
    shapes by name, whose extents are numbers, "time" or "batch". `results` are
    shapes by name, `elements` the element types that are not f32."""

    def __init__(self, operation, groups, results, attributes="", elements=None):
        self.operation, self.groups, self.results = operation, groups, results
        self.attributes, self.elements = attributes, elements or {}
        self.operands = {n: s for group in groups.values()
                         for n, s in group.items()}

    def text(self):
        return """func.func @layer(%s) -> (%s) {
  %s = seq.%s %s %s : (%s) -> (%s)
  return %s : %s
}
""" % (", ".join("%%%s: %s" % (n, described(n, s, self.elements))
                 for n, s in self.operands.items()),
            ", ".join(described(n, s, self.elements)
                      for n, s in self.results.items()),
            ", ".join("%r" + n for n in self.results), self.operation,
            " ".join("%s(%s)" % (k, ", ".join("%" + n for n in g))
                     for k, g in self.groups.items()),
            "{%s}" % self.attributes if self.attributes else "",
            typed(self.operands, self.elements),
            typed(self.results, self.elements),
            ", ".join("%r" + n for n in self.results),
            typed(self.results, self.elements))

    def draw(self, random, time, batch, **draws):
        """Fresh arrays by name: `draws` make those that are not uniform."""
        def extents(shape):
            return [{"time": time, "batch": batch}.get(d, d) for d in shape]

        uniform = lambda random, shape: random.uniform(-1, 1, shape)
        return {n: draws.get(n, uniform)(random, extents(s)).astype(
            np.int32 if self.elements.get(n) == "i32" else np.float32)
            for n, s in self.operands.items()}


def exact(arrays):
    return {n: a.astype(np.float64) if a.dtype == np.float32 else a
            for n, a in arrays.items()}


def check(options, random, cases, extents):
    """`cases`: by name a layer, what draws its arrays, what computes the results
    from them in float64, and (time, batch) pairs of its own or None."""
    cases = {name: case for name, case in cases.items()
             if not options.only or options.only in name}
    if not cases:
        raise SystemExit("required a case to run, found none"
                         + (" named %s" % options.only if options.only else ""))
    for name, (layer, draws, oracle, own) in cases.items():
        model = numerics.Model(options, name, layer.text())
        for time, batch in own or extents:
            arrays = layer.draw(random, time, batch, **draws)
            model.check("T=%d B=%d" % (time, batch), arrays,
                        oracle(**exact(arrays)), threads=min(batch, 2))
