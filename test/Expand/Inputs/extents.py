"""Every cell with every extent of its operands and results as it may be given.

A batch or time (B, T) that is static in one place and dynamic in the others must
expand; one that two places give differently must be refused and both be named. Any
other extent must be refused by the cell's own verifier where it is dynamic, or 0
in all places, but for those of OPEN: never an invalid scan, never a crash.

--run DIR compiles every cell with every batch and time dynamic, with those of the
results static, and with that of the first or the last operand behind x, and runs it
with extents that agree and, place by place, with one that does not: that is refused
before it runs.
"""
import bisect
import os
import re
import subprocess
import sys

import numpy as np

SLSTM = "{forget_gate = #seq.forget_gate<sigmoid>}"
# By operation: keywords with the shapes of their operands, attributes, results.
CELLS = [
    ("rnn", "x:TxBx5 w:8x5 r:8x8 input_bias:8 recurrent_bias:8 readout:3x8 "
     "skip:3x5 readout_bias:3 h0:Bx8 lengths:B", "", "TxBx3 Bx8"),
    ("rnn", "x:TxBx5 w:5x8 r:8x8 readout:8x3", "{transposed}", "TxBx3 Bx8"),
    ("lstm", "x:TxBx5 w:4x8x5 r:4x8x3 input_bias:4x8 recurrent_bias:4x8 "
     "peepholes:3x8 projection:3x8 h0:Bx3 c0:Bx8 lengths:B", "",
     "TxBx3 Bx3 Bx8"),
    ("lstm", "x:BxTx5 w:4x8x5 r:4x8x8 peepholes:3x8x8", "{batch_major}",
     "BxTx8 Bx8 Bx8"),
    ("gru", "x:TxBx5 w:3x8x5 r:3x8x8 input_bias:3x8 recurrent_bias:3x8 h0:Bx8 "
     "lengths:B", "", "TxBx8 Bx8"),
    ("gru", "x:TxBx5 w:3x8x5 r:3x8x8", "{reset_after}", "TxBx8 Bx8"),
    ("ligru", "x:TxBx5 w:2x8x5 r:2x8x8 input_bias:2x8 recurrent_bias:2x8 "
     "input_scale:2x8 h0:Bx8 lengths:B",
     "{update_gate = #seq.update_gate<keeps_old>}", "TxBx8 Bx8"),
    ("min_gru", "x:TxBx5 w:2x8x5 bias:2x8 h0:Bx8 lengths:B", "", "TxBx8 Bx8"),
    ("min_gru", "x:BxTx5 w:2x8x5", "{batch_major}", "BxTx8 Bx8"),
    ("min_lstm", "x:TxBx5 w:3x8x5 bias:3x8 h0:Bx8 lengths:B", "", "TxBx8 Bx8"),
    ("qrnn", "x:TxBx5 w:3x8x3x5 bias:3x8 past:2xBx5 c0:Bx8 lengths:B",
     '{gate_order = "zfo"}', "TxBx8 Bx8 2xBx5"),
    ("qrnn", "x:TxBx5 w:2x8x3x5 lengths:B", '{gate_order = "zf", reverse}',
     "TxBx8 Bx8 2xBx5"),
    ("qrnn", "x:TxBx5 w:2x8x1x5", '{gate_order = "zf"}', "TxBx8 Bx8"),
    ("slstm", "x:TxBx5 w:4x8x5 r:4x2x4x4 bias:4x8 h0:Bx8 c0:Bx8 n0:Bx8 m0:Bx8 "
     "lengths:B", SLSTM, "TxBx8 Bx8 Bx8 Bx8 Bx8"),
    ("slstm", "x:TxBx5 w:4x8x5 r:4x1x8x8", SLSTM, "TxBx8 Bx8 Bx8 Bx8 Bx8"),
    ("mlstm", "q:BxTx2x4 k:BxTx2x4 v:BxTx2x8 input:BxTx2 forget:BxTx2 "
     "state:Bx2x4x8 normaliser:Bx2x4 exponent:Bx2", SLSTM,
     "BxTx2x8 Bx2x4x8 Bx2x4 Bx2"),
    ("mlstm", "q:BxTx2x4 k:BxTx2x4 v:BxTx2x8 input:BxTx2 forget:BxTx2", SLSTM,
     "BxTx2x8 Bx2x4x8 Bx2x4 Bx2"),
    ("selective_scan", "u:BxTx8 delta:BxTx8 a:8x4 b:BxTx4 c:BxTx4 skip:8 "
     "delta_bias:8 z:BxTx8 h0:Bx8x4", "", "BxTx8 Bx8x4"),
    ("selective_scan", "u:BxTx8 delta:BxTx8 a:8x4 b:BxTx4 c:BxTx4",
     "{delta_softplus}", "BxTx8 Bx8x4"),
    ("linear_attention", "q:BxTx4x4 k:BxTx2x4 v:BxTx2x8 decay:BxTx2x4 beta:BxTx2 "
     "state:Bx2x4x8", "", "BxTx4x8 Bx2x4x8"),
    ("linear_attention", "q:BxTx2x4 k:BxTx2x4 v:BxTx2x8 decay:2 "
     "normaliser:Bx2x4", "{normalised}", "BxTx2x8 Bx2x4x8 Bx2x4"),
    ("linear_rnn", "x:TxBx5 a:8x8 b:8x5 c:3x8 d:3x5 s0:Bx8", "", "TxBx3 Bx8"),
    ("linear_rnn", "x:TxBx5 a:8x8 b:8x5", "", "TxBx8 Bx8"),
    ("diagonal_ssm", "x:TxBx5 a:5x4,5x4 delta:5 b:5x4,5x4 c:5x4,5x4 skip:5 "
     "h0:Bx5x4,Bx5x4", "{discretisation = #seq.discretisation<zero_order_hold>}",
     "TxBx5 Bx5x4 Bx5x4"),
    ("diagonal_ssm", "x:TxBx5 a:4,4 b:4x5,4x5 c:3x4,3x4",
     "{discretisation = #seq.discretisation<given>}", "TxBx3 Bx4 Bx4"),
    ("diagonal_ssm", "x:TxBx5 a:5x4,5x4 delta:5 c:5x4,5x4",
     "{discretisation = #seq.discretisation<bilinear>}", "TxBx5 Bx5x4 Bx5x4"),
    ("hmm_forward", "emissions:TxBx4 transitions:4x4 initial:Bx4", "",
     "TxB Bx4"),
    ("hmm_forward", "emissions:TxBx4 transitions:4x4", "{from_rows}", "TxB Bx4"),
    ("viterbi", "emissions:TxBx4 transitions:4x4 initial:Bx4", "{from_rows}",
     "TxBxi32 Bx4"),
    ("viterbi", "emissions:TxBx4 transitions:4x4", "", "TxBxi32 Bx4"),
    ("rwkv4_time_mix", "x:TxBx8 mix_r:8 mix_k:8 mix_v:8 w_r:8x8 w_k:8x8 w_v:8x8 "
     "w_o:8x8 decay:8 bonus:8 shift0:Bx8 numerator0:Bx8 denominator0:Bx8 "
     "exponent0:Bx8", "", "TxBx8 Bx8 Bx8 Bx8 Bx8"),
    ("rwkv4_time_mix", "x:TxBx8 mix_r:8 mix_k:8 mix_v:8 w_r:8x8 w_k:8x8 w_v:8x8 "
     "w_o:8x8 decay:8 bonus:8", "", "TxBx8 Bx8 Bx8 Bx8 Bx8"),
    ("rwkv5_time_mix", "x:TxBx8 mix_r:8 mix_k:8 mix_v:8 mix_g:8 w_r:8x8 w_k:8x8 "
     "w_v:8x8 w_g:8x8 w_o:8x8 decay:2x4 bonus:2x4 norm_weight:8 norm_bias:8 "
     "shift0:Bx8 state0:Bx2x4x4", "", "TxBx8 Bx8 Bx2x4x4"),
    ("rwkv5_time_mix", "x:TxBx8 mix_r:8 mix_k:8 mix_v:8 w_r:8x8 w_k:8x8 w_v:8x8 "
     "w_o:8x8 decay:2 bonus:2 norm_weight:8 norm_bias:8", "",
     "TxBx8 Bx8 Bx2x4x4"),
    ("rwkv6_time_mix", "x:TxBx8 mix_x:8 mix_w:8 mix_k:8 mix_v:8 mix_r:8 mix_g:8 "
     "mix1:5x3x8 mix2:5x8x3 w_r:8x8 w_k:8x8 w_v:8x8 w_g:8x8 w_o:8x8 w0:8 w1:3x8 "
     "w2:8x3 bonus:2x4 norm_weight:8 norm_bias:8 shift0:Bx8 state0:Bx2x4x4", "",
     "TxBx8 Bx8 Bx2x4x4"),
    ("rwkv7_time_mix", "x:TxBx8 mix_r:8 mix_w:8 mix_k:8 mix_v:8 mix_a:8 mix_g:8 "
     "w_r:8x8 w_k:8x8 w_v:8x8 w_o:8x8 w0:8 w1:3x8 w2:8x3 a0:8 a1:3x8 a2:8x3 "
     "g1:3x8 g2:8x3 v_first:TxBx8 v0:8 v1:3x8 v2:8x3 k_k:8 k_a:8 r_k:2x4 "
     "norm_weight:8 norm_bias:8 shift0:Bx8 state0:Bx2x4x4", "",
     "TxBx8 Bx8 Bx2x4x4 TxBx8"),
    ("rwkv_channel_mix", "x:TxBx8 mix_k:8 mix_r:8 w_k:6x8 w_v:8x6 w_r:8x8 "
     "shift0:Bx8", "{mix = #seq.update_gate<keeps_old>}", "TxBx8 Bx8"),
]

FIXED = {"B": "3", "T": "7"}
# Other extents that a scan walks, and may be open: by operation.
OPEN = {("selective_scan", "8")}
# What `seq-opt` says of an op where it must do something, as a pattern.
MESSAGES = {
    "expand": "(?!%s)",
    "disagree": "'seq.%s' op .* must have the shape of .* because of .*, found .*",
    "open": "(?!%s)",
    "refuse": "'seq.%s' op (needs .*|.* must have the shape of .*)",
}


def split(shape):
    """Extents and element type."""
    parts = shape.split("x")
    return (parts[:-1], "i32") if parts[-1] == "i32" else (parts, "f32")


class Cell:
    def __init__(self, operation, operands, attributes, results):
        self.operation, self.attributes = operation, attributes
        self.groups = [group.split(":") for group in operands.split()]
        self.shapes, self.elements = [], []
        for keyword, shapes in self.groups:
            for shape in shapes.split(","):
                self.shapes.append(split(shape)[0])
                self.elements.append("i32" if keyword == "lengths" else "f32")
        self.operands = len(self.shapes)
        for shape in results.split():
            extents, element = split(shape)
            self.shapes.append(extents)
            self.elements.append(element)

    def types(self, given):
        """With the extents `given`, by place; otherwise B and T are dynamic."""
        types = []
        for i, (extents, element) in enumerate(zip(self.shapes, self.elements)):
            extents = [given.get((i, d), "?" if e in FIXED else e)
                       for d, e in enumerate(extents)]
            types.append("tensor<%s>" % "x".join(extents + [element]))
        return types

    def text(self, given):
        types = self.types(given)
        operands, results = types[:self.operands], types[self.operands:]
        names = iter("%%a%d" % i for i in range(self.operands))
        groups = " ".join(
            "%s(%s)" % (keyword, ", ".join(next(names)
                                           for _ in shapes.split(",")))
            for keyword, shapes in self.groups)
        results_named = ", ".join("%%r%d" % i for i in range(len(results)))
        return "func.func @f(%s) -> (%s) {\n  %s = seq.%s %s %s : (%s) -> (%s)\n" \
            "  return %s : %s\n}\n" % (
                ", ".join("%%a%d: %s" % p for p in enumerate(operands)),
                ", ".join(results), results_named, self.operation, groups,
                self.attributes, ", ".join(operands), ", ".join(results),
                results_named, ", ".join(results))

    def places(self, letters, operands_only=False):
        """(operand or result, dimension) of each extent in `letters`."""
        shapes = self.shapes[:self.operands] if operands_only else self.shapes
        return [(i, d) for i, shape in enumerate(shapes)
                for d, extent in enumerate(shape) if extent in letters]

    def variants(self):
        """(what must become of it, text): one extent changed, one extent given in
        two ways, and all of the operands' or the results' batches and times
        static."""
        fixed = {p: FIXED[self.shapes[p[0]][p[1]]] for p in self.places("BT")}
        yield "expand", self.text({})
        for side in (True, False):
            yield "expand", self.text({p: e for p, e in fixed.items()
                                       if (p[0] < self.operands) == side})
        for p, extent in fixed.items():
            yield "expand", self.text({p: extent})
        for letter in "BT":
            places = self.places(letter)
            for p, q in zip(places, places[1:] + places[:1]):
                if p != q:
                    yield "disagree", self.text({p: "2", q: "3"})
        for i, shape in enumerate(self.shapes):
            for d, extent in enumerate(shape):
                if extent not in FIXED:
                    yield self.others(extent), self.text({(i, d): "?"})
        for extent in sorted({e for shape in self.shapes for e in shape
                              if e not in FIXED}):
            yield self.others(extent), self.text(
                {p: "0" for p in self.places([extent])})

    def others(self, extent):
        return "open" if (self.operation, extent) in OPEN else "refuse"

    def model(self, given):
        """The same as a model, whose results have the extents of the operand that
        first has such a one."""
        def typed(i, types, first):
            names = ['"%s"' % ("arg%d_dim%d" % self.places(e, True)[0]
                               if e in FIXED and i >= first else "")
                     for e in self.shapes[i]]
            return "%s {seq.dims = [%s]}" % (types[i], ", ".join(names))
        types = self.types(given)
        head, body = self.text(given).split("\n", 1)
        results = range(self.operands, len(types))
        open_results = [typed(i, types, self.operands) if "?" in types[i]
                        else types[i] for i in results]
        return "%s -> (%s) {\n%s" % (head.split(" -> ")[0],
                                     ", ".join(open_results), body)

    def arrays(self, random, given={}):
        """Operands, with the extents `given` by place."""
        found = []
        for i, shape in enumerate(self.shapes[:self.operands]):
            extents = [given.get((i, d), int(FIXED.get(e, e)))
                       for d, e in enumerate(shape)]
            found.append(random.integers(0, 8, extents, dtype=np.int32)
                         if self.elements[i] == "i32" else
                         random.normal(0, 0.3, extents).astype(np.float32))
        return found


def expand(path):
    """Counts what `seq-opt` refuses of all variants, and ends where it is not what
    must be."""
    texts, wanted = [], []
    for cell in CELLS:
        for want, text in Cell(*cell).variants():
            texts.append("// %s\n%s" % (cell[0], text))
            wanted.append(want)
    with open(path, "w") as file:
        file.write("\n// -----\n\n".join(texts))
    first_lines, line = [], 1
    for text in texts:
        first_lines.append(line)
        line += text.count("\n") + 3
    result = subprocess.run(["seq-opt", path, "-split-input-file", "-seq-expand",
                             "-o", "/dev/null"], stderr=subprocess.PIPE, text=True)
    if result.returncode not in (0, 1):
        sys.exit("exit code %d\n%s" % (result.returncode, result.stderr[-3000:]))
    messages = {}
    for number, message in re.findall(r":(\d+):\d+: error: (.*)", result.stderr):
        messages[bisect.bisect(first_lines, int(number)) - 1] = message
    for i, (text, want) in enumerate(zip(texts, wanted)):
        allowed = MESSAGES[want] % text.split("\n")[0][3:]
        if not re.fullmatch(allowed, messages.get(i, "")):
            sys.exit("required to %s, found '%s'\n%s"
                     % (want, messages.get(i, ""), text))
    print("%d cells in %d ways: %s" % (len(CELLS), len(texts), ", ".join(
        "%d %s" % (wanted.count(want), want) for want in MESSAGES)))


# Two extents, each with its place or a number of the model's own.
REFUSED = r"required equal extents, found (\d+)%s and (\d+)%s$" % (
    (r"(?: in dimension \d of '\w+')?",) * 2)


def run(folder):
    """Runs every cell; counts what it takes and what it refuses."""
    import seqc
    random = np.random.default_rng(1)
    os.makedirs(folder, exist_ok=True)
    ran = refused = 0
    for number, description in enumerate(CELLS):
        cell = Cell(*description)
        results = {p: FIXED[cell.shapes[p[0]][p[1]]] for p in cell.places("BT")
                   if p[0] >= cell.operands}
        batches = cell.places("B", True)[1:]
        some = [{p: FIXED["B"]} for p in sorted(set(batches[:1] + batches[-1:]))]
        for kind, given in enumerate([{}, results] + some):
            path = os.path.join(folder, "%s_%d_%d" % (cell.operation, number, kind))
            with open(path + ".mlir", "w") as file:
                file.write(cell.model(given))
            subprocess.run(["seqc", "compile", path + ".mlir", "-o", path],
                           check=True, stderr=subprocess.DEVNULL)
            model = seqc.load(path + ".so")
            model.run(*cell.arrays(random))
            ran += 1
            for p in cell.places("BT", True):
                if p in given:
                    continue
                letter = cell.shapes[p[0]][p[1]]
                places = cell.places(letter, True)
                is_free = len(places) == 1 and given != results
                for extent in (int(FIXED[letter]) - 1, int(FIXED[letter]) + 1):
                    try:
                        model.run(*cell.arrays(random, {p: extent}))
                        accepted, ran = True, ran + 1
                    except seqc.Error as error:
                        found = re.search(REFUSED, str(error))
                        if not found:
                            raise
                        if extent not in map(int, found.groups()):
                            sys.exit("required extent %d to be named, found '%s'"
                                     % (extent, error))
                        accepted, refused = False, refused + 1
                    if accepted != is_free:
                        sys.exit("required to %s extent %d of operand %d:\n%s"
                                 % ("take" if is_free else "refuse", extent, p[0],
                                    cell.model(given)))
    print("%d cells: %d runs, %d refused" % (len(CELLS), ran, refused))


if sys.argv[1] == "--run":
    run(sys.argv[2])
else:
    expand(sys.argv[1])
