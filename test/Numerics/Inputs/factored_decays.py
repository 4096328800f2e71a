"""States of a matrix whose decays, one for all of it or one for each row, are kept
apart from it: mild ones, of any sign, some that grow, and some that leave nothing or
next to nothing, which no state can lack; read before the update, after it, and
both; forwards and in reverse; rows and columns that fill vectors and that do not."""
import numpy as np

import numerics

RULES = (("after", False), ("before", False), ("both", False), ("both", True),
         ("delta", False), ("delta", True), ("pair", False))
SHAPES = ((2, 64, 64), (3, 40, 100), (1, 33, 130))
STEPS = (1, 9, 150)


def draw_decays(random, kind, shape, most):
    a = random.uniform(0.5, 1, shape)
    if kind == "mild":
        return a
    if kind == "growing":
        return random.uniform(0.8, 1.15, shape) * random.choice((-1, 1), shape)
    # Among the others, what no factor of f32 can hold with its inverse.
    rare = random.choice((0, 1e-38, 1e-20, 1e-9, most), shape)
    share = 0.05 if len(shape) == 2 else 0.001
    return np.where(random.uniform(size=shape) < share, rare, a)


class Case:
    def __init__(self, rule, shape, has_rows, reverse):
        self.rule, self.shape = rule, shape
        self.has_rows, self.reverse = has_rows, reverse

    def name(self):
        return "%s-%s%s%s" % (self.rule, "x".join(map(str, self.shape)),
                              "-rows" if self.has_rows else "",
                              "-reverse" if self.reverse else "")

    def operands(self):
        """Shapes, with those of the results last."""
        heads, rows, columns = self.shape
        return {"q": ["?", heads, rows], "k": ["?", heads, rows],
                "v": ["?", heads, columns],
                "a": ["?", heads] + ([rows] if self.has_rows else []),
                "y": ["?", heads, columns], "s": [heads, rows, columns]}

    def body(self):
        _, rows, columns = self.shape
        row, column, state = (numerics.tensor(s) for s in (
            [rows], [columns], [rows, columns]))
        read = "    %%%s = seq.vecmat %%%s, %%%s : " + "%s, %s -> %s\n" % (
            row, state, column)
        outer = "    %%%s = seq.outer %%%s, %%%s : " + "%s, %s -> %s\n" % (
            row, column, state)
        text, out, value = "", "y1", "vt"
        if self.rule in ("before", "both", "delta"):
            text += read % ("y0", "kt" if self.rule == "delta" else "qt", "st")
        if self.rule == "delta":
            text += "    %%w = arith.subf %%vt, %%y0 : %s\n" % column
            value = "w"
        text += outer % ("b", "kt", value)
        gain = "b"
        if self.rule == "pair":
            text += outer % ("b1", "qt", "vt")
            text += "    %%b2 = arith.addf %%b, %%b1 : %s\n" % state
            gain = "b2"
        text += "    %%n = seq.affine %%at * %%st + %%%s : %s%s\n" % (
            gain, row + ", " if self.has_rows else "f32, ", state)
        if self.rule == "before":
            return text, "y0"
        text += read % ("y1", "qt", "n")
        if self.rule == "both":
            text += "    %%y2 = arith.addf %%y0, %%y1 : %s\n" % column
            out = "y2"
        return text, out

    def text(self):
        shapes = {name: numerics.tensor(shape)
                  for name, shape in self.operands().items()}
        arguments = {name: numerics.argument(
            name, shape, ["time" if d == "?" else "" for d in shape])
                     for name, shape in self.operands().items()}
        body, out = self.body()
        colon = lambda name: "[%%t, %%h%s] : %s" % (
            "" if name == "a" and not self.has_rows else ", :", shapes[name])
        heads, _, columns = self.shape
        inputs = ", ".join("%%%st = %%%s%s" % (name, name, colon(name))
                           for name in "qkva")
        return """func.func @state(%s) -> (%s, %s) {
  %%c0 = arith.constant 0 : index
  %%heads = arith.constant %d : index
  %%zero = arith.constant 0.0 : f32
  %%T = tensor.dim %%q, %%c0 : %s
  %%Y = tensor.empty(%%T) : %s
  %%E = tensor.empty() : %s
  %%S = linalg.fill ins(%%zero : f32) outs(%%E : %s) -> %s
  %%y, %%s = seq.scan domain(%%h = %%heads) time(%%t = %%T)
      ins(%s)
      outs(%%Y%s) carry(%%st = %%S[%%h, :, :] : %s)%s {
%s    seq.yield outs(%%%s : %s) carry(%%n : %s)
  }
  return %%y, %%s : %s, %s
}
""" % (", ".join("%%%s: %s" % (name, arguments[name]) for name in "qkva"),
            arguments["y"], arguments["s"], heads, shapes["q"], shapes["y"],
            shapes["s"], shapes["s"], shapes["s"], inputs, colon("y"),
            shapes["s"], " reverse" if self.reverse else "", body, out,
            numerics.tensor([columns]), numerics.tensor(self.shape[1:]),
            shapes["y"], shapes["s"])

    def draw(self, random, steps, kind):
        heads, rows, columns = self.shape
        unit = 1 / np.sqrt(rows)
        # Mostly of one sign: few products of rows and keys would be sums that
        # cancel.
        # What grows at once, the delta rule takes away again, all but its rounding.
        most = 2 if self.rule == "delta" else 3e4
        arrays = {"q": random.uniform(-0.3, 1, (steps, heads, rows)),
                  "k": unit * random.uniform(-0.3, 1, (steps, heads, rows)),
                  "v": random.uniform(-1, 1, (steps, heads, columns)),
                  "a": draw_decays(random, kind, (steps, heads) + (
                      (rows,) if self.has_rows else ()), most)}
        return {name: a.astype(np.float32) for name, a in arrays.items()}

    def oracle(self, q, k, v, a):
        state = np.zeros(self.shape)
        y = np.zeros(v.shape)
        decay = a if self.has_rows else a[..., None]
        every = range(len(q))
        for t in reversed(every) if self.reverse else every:
            before = np.einsum(
                "hk,hkv->hv", k[t] if self.rule == "delta" else q[t], state)
            value = v[t] - before if self.rule == "delta" else v[t]
            key = k[t] + q[t] if self.rule == "pair" else k[t]
            state = (decay[t][..., None] * state
                     + key[:, :, None] * value[:, None, :])
            after = np.einsum("hk,hkv->hv", q[t], state)
            y[t] = {"before": before, "both": before + after}.get(
                self.rule, after)
        return {"y": y, "s": state}


def main():
    options, random = numerics.arguments(), numerics.generator()
    for rule, has_rows in RULES:
        for shape in SHAPES:
            case = Case(rule, shape, has_rows, bool(random.integers(2)))
            model = numerics.Model(options, case.name(), case.text())
            for steps in STEPS:
                for kind in ("mild", "growing", "rare"):
                    arrays = case.draw(random, steps, kind)
                    wide = {n: x.astype(np.float64) for n, x in arrays.items()}
                    model.check("T=%d %s" % (steps, kind), arrays,
                                case.oracle(**wide),
                                threads=int(random.integers(1, 3)))


if __name__ == "__main__":
    main()
