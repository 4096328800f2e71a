"""Recurrent models traced from a Python loop against torch in float64.

unrolled.py FOLDER [NAME...]: exports modules whose forward runs a loop over time
for several numbers of steps, checks that each becomes scans and not copies of the
step, compiles, and compares runs on fresh inputs with the module itself.
"""
import os
import resource
import subprocess
import sys
import time
import warnings

import numpy as np
import torch
from torch import nn

# Of f32 over a few dozen steps: each value within 1e-5 of the largest, all of
# them within 1e-6 in norm.
ELEMENT, NORM = 1e-5, 1e-6
BATCH, FEATURES, HIDDEN = 3, 5, 8
# No extent of a state that is a matrix is a number of steps: tensors of one shape
# would be one.
KEYS, VALUES = 6, 7
STEPS = [8, 16, 40]
warnings.filterwarnings("ignore")


class Model(nn.Module):
    """A loop over the rows of x [batch, steps, features]."""
    scans = 1          # of more than one step
    states = 1         # inputs besides x, [batch, hidden] each
    features = FEATURES
    forms = ["auto"]
    contains = []      # what the scans' text must have

    def __init__(self, steps):
        super().__init__()
        self.steps = steps


class Rnn(Model):
    def __init__(self, steps):
        super().__init__(steps)
        self.cell = nn.RNNCell(FEATURES, HIDDEN)

    def forward(self, x, h):
        rows = []
        for t in range(self.steps):
            h = self.cell(x[:, t], h)
            rows.append(h)
        return torch.stack(rows, 1), h


class Gru(Rnn):
    def __init__(self, steps):
        super().__init__(steps)
        self.cell = nn.GRUCell(FEATURES, HIDDEN)


class Lstm(Model):
    states = 2

    def __init__(self, steps):
        super().__init__(steps)
        self.cell = nn.LSTMCell(FEATURES, HIDDEN)

    def forward(self, x, h, c):
        rows = []
        for t in range(self.steps):
            h, c = self.cell(x[:, t], (h, c))
            rows.append(h)
        return torch.stack(rows, 1), h, c


class Gates(Model):
    """An LSTM by hand: one product for all gates, cut into chunks, rows that
    are unbound at once, and a readout of every step."""
    states = 2

    def __init__(self, steps):
        super().__init__(steps)
        self.i = nn.Linear(FEATURES, 4 * HIDDEN)
        self.h = nn.Linear(HIDDEN, 4 * HIDDEN, bias=False)
        self.o = nn.Linear(HIDDEN, 2)

    def forward(self, x, h, c):
        rows = []
        for row in x.unbind(1):
            i, f, g, o = (self.i(row) + self.h(h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            rows.append(torch.sigmoid(self.o(h)))
        return torch.stack(rows, 1), h, c


class Pair(Model):
    """Two cells, each with a state."""
    scans = 2
    states = 2
    kinds = [(nn.RNNCell, FEATURES), (nn.GRUCell, HIDDEN)]  # and what they read

    def __init__(self, steps):
        super().__init__(steps)
        self.first, self.second = (kind(inputs, HIDDEN)
                                   for kind, inputs in self.kinds)


class Stacked(Pair):
    def forward(self, x, h, g):
        rows = []
        for t in range(self.steps):
            h = self.first(x[:, t], h)
            g = self.second(h, g)
            rows.append(g)
        return torch.stack(rows, 1), h, g


class Loops(Pair):
    """Two loops, one after the other."""

    def forward(self, x, h, g):
        between, rows = [], []
        for t in range(self.steps):
            h = self.first(x[:, t], h)
            between.append(h)
        for t in range(self.steps):
            g = self.second(between[t], g)
            rows.append(g)
        return torch.stack(rows, 1), h, g


class Backward(Rnn):
    def forward(self, x, h):
        rows = []
        for t in reversed(range(self.steps)):
            h = self.cell(x[:, t], h)
            rows.insert(0, h)
        return torch.stack(rows, 1), h


class Both(Pair):
    """Forward and backward, side by side."""
    kinds = [(nn.GRUCell, FEATURES)] * 2

    def forward(self, x, h, g):
        forth, back = [], []
        for t in range(self.steps):
            h = self.first(x[:, t], h)
            forth.append(h)
        for t in reversed(range(self.steps)):
            g = self.second(x[:, t], g)
            back.insert(0, g)
        return torch.cat([torch.stack(forth, 1), torch.stack(back, 1)], 2), h, g


class Ema(Model):
    features = HIDDEN
    forms = ["auto", "recurrent", "parallel"]
    contains = ["seq.affine"]

    def __init__(self, steps):
        super().__init__(steps)
        self.a = nn.Parameter(torch.rand(HIDDEN) * 0.5 + 0.4)

    def forward(self, x, h):
        rows = []
        for t in range(self.steps):
            h = self.a * h + (1 - self.a) * x[:, t]
            rows.append(h)
        return torch.stack(rows, 1), h


class LiGru(Model):
    """Parts of a row of products of the inputs."""

    def __init__(self, steps):
        super().__init__(steps)
        self.w = nn.Linear(FEATURES, 2 * HIDDEN)
        self.u = nn.Linear(HIDDEN, 2 * HIDDEN, bias=False)

    def forward(self, x, h):
        rows, w = [], self.w(x)
        for t in range(self.steps):
            z, a = (w[:, t] + self.u(h)).chunk(2, -1)
            z = torch.sigmoid(z)
            h = z * h + (1 - z) * torch.relu(a)
            rows.append(h)
        return torch.stack(rows, 1), h


class Selective(Model):
    """A state of numbers for each channel, of which a step reads a sum."""
    forms = ["auto", "recurrent", "parallel"]
    contains = ["seq.affine", "seq.reduce  add"]

    def __init__(self, steps):
        super().__init__(steps)
        self.w = nn.Linear(FEATURES, 2 * HIDDEN + 8)
        self.a = nn.Parameter(torch.rand(HIDDEN, 4))

    def forward(self, x, h):
        u, d, b, c = self.w(x).split([HIDDEN, HIDDEN, 4, 4], -1)
        d, a = nn.functional.softplus(d), -torch.exp(self.a)
        s, rows = h[..., None] * a, []
        for t in range(self.steps):
            s = torch.exp(d[:, t, :, None] * a) * s + (
                (d[:, t] * u[:, t])[..., None] * b[:, t, None])
            rows.append((s * c[:, t, None]).sum(-1))
        return torch.stack(rows, 1), s.sum(-1)


class Heads(Model):
    """Matrices of keys and values: q, k and v are parts of x."""
    features = 2 * KEYS + VALUES

    def forward(self, x, h):
        q, k, v = x.split([KEYS, KEYS, VALUES], -1)
        s, rows = h[:, :KEYS, None] * h[:, None, :VALUES], []
        for t in range(self.steps):
            s = self.step(s, k[:, t], v[:, t])
            rows.append(self.read(q[:, t], s))
        return torch.stack(rows, 1), s.sum(-1)


class Retention(Heads):
    """Products of matrices of one row or column each."""
    forms = ["auto", "recurrent", "parallel"]
    contains = ["seq.affine"]

    def step(self, s, k, v):
        return 0.9 * s + k[:, :, None] @ v[:, None]

    def read(self, q, s):
        return (q[:, None] @ s)[:, 0]


class Gated(Retention):
    """Decays for each key, elementwise products and their sums."""

    def step(self, s, k, v):
        return torch.sigmoid(k)[..., None] * s + k[..., None] * v[:, None]

    def read(self, q, s):
        return (s * q[..., None]).sum(1)


class Delta(Heads):
    """What the state has for a key gives way, in index notation."""
    contains = ["seq.dot"]

    def step(self, s, k, v):
        k = 0.3 * k
        left = v - torch.einsum("bd,bde->be", k, s)
        return s + torch.einsum("bd,be->bde", k, left)

    def read(self, q, s):
        return torch.einsum("bd,bde->be", q, s)


class Tags(Model):
    """The sums of a conditional random field, in logarithms."""
    features = HIDDEN
    contains = ["seq.reduce  max", "seq.reduce  add"]

    def __init__(self, steps):
        super().__init__(steps)
        self.transitions = nn.Parameter(torch.randn(HIDDEN, HIDDEN))

    def forward(self, x, h):
        rows = []
        for t in range(self.steps):
            h = torch.logsumexp(h[:, :, None] + self.transitions, 1) + x[:, t]
            rows.append(h)
        return torch.stack(rows, 1), h


class Differing(Rnn):
    """One step of another kind, the fourth from the last."""

    def forward(self, x, h):
        rows = []
        for t in range(self.steps):
            h = self.cell(x[:, t], h)
            if t == self.steps - 4:
                h = torch.relu(h)
            rows.append(h)
        return torch.stack(rows, 1), h


MODELS = {"rnn": Rnn, "gru": Gru, "lstm": Lstm, "gates": Gates,
          "stacked": Stacked, "loops": Loops, "backward": Backward,
          "both": Both, "ema": Ema, "ligru": LiGru, "selective": Selective,
          "retention": Retention, "gated": Gated, "delta": Delta, "tags": Tags,
          "differing": Differing}


def call(command, refused=None):
    """What it prints. To warn of `refused` is a failure."""
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0 or (refused and refused in result.stderr):
        sys.exit("%s\n%s" % (" ".join(command), result.stderr))
    return result.stdout


def export(model, path, dynamic):
    inputs = [torch.randn(BATCH, model.steps, model.features)]
    inputs += [torch.randn(BATCH, HIDDEN) for _ in range(model.states)]
    names = ["x", "h", "c"][:len(inputs)]
    axes = {name: {0: "batch"} for name in names} if dynamic else None
    outputs = ["y", "hn", "cn"][:len(inputs)]
    torch.onnx.export(model, tuple(inputs), path, opset_version=13,
                      input_names=names, output_names=outputs,
                      dynamic_axes=axes)
    return names, outputs


def compare(name, model, found, inputs):
    double = type(model)(model.steps).double()
    double.load_state_dict(model.state_dict())
    with torch.no_grad():
        expected = double(*[torch.from_numpy(x).double() for x in inputs])
    for f, e in zip(found, expected):
        if f.shape != tuple(e.shape):
            sys.exit("%s: found %s, expected %s" %
                     (name, f.shape, tuple(e.shape)))
    found = np.concatenate([f.astype(np.float64).ravel() for f in found])
    expected = np.concatenate([e.numpy().ravel() for e in expected])
    error = np.abs(found - expected)
    norm = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    if not (error.max() <= ELEMENT * np.abs(expected).max() and norm <= NORM):
        sys.exit("%s: the largest error is %g, in norm %g" %
                 (name, error.max(), norm))


def run(path, names, outputs, inputs):
    command = ["seqc", "run", path + ".so"]
    for name, value in zip(names, inputs):
        np.save("%s.%s.npy" % (path, name), value)
        command += ["--input", "%s=@%s.%s.npy" % (name, path, name)]
    for name in outputs:
        command += ["--output", "%s=@%s.%s.npy" % (name, path, name)]
    call(command)
    return [np.load("%s.%s.npy" % (path, name)) for name in outputs]


def count_ops(text):
    return sum(" = " in line and "arith.constant" not in line
               for line in text.splitlines())


def check(folder, name, steps, dynamic):
    """Returns the number of ops, and bytes and seconds of the compiled model."""
    model = MODELS[name](steps)
    label = "%s-%d%s" % (name, steps, "-dynamic" if dynamic else "")
    path = os.path.join(folder, label)
    with torch.no_grad():
        names, outputs = export(model, path + ".onnx", dynamic)
    scans = call(["seqc", "compile", "--emit=scan", path + ".onnx", "-o", "-"])
    rerolled = scans.count("rerolled: from ")
    if rerolled != model.scans and name != "differing":
        sys.exit("%s: %d scans took the place of steps" % (label, rerolled))
    for text in model.contains:
        if text not in scans:
            sys.exit("%s: no %s" % (label, text))
    for form in model.forms:
        start = time.time()
        call(["seqc", "compile", "--form=" + form, path + ".onnx", "-o", path],
             None if name == "differing" else "naive loops")
        seconds = time.time() - start
        for batch in (1, 4) if dynamic else (BATCH,):
            shapes = [(batch, steps, model.features)]
            shapes += [(batch, HIDDEN)] * model.states
            inputs = [np.random.randn(*shape).astype(np.float32)
                      for shape in shapes]
            compare("%s %s" % (label, form), model,
                    run(path, names, outputs, inputs), inputs)
    return count_ops(scans), os.path.getsize(path + ".so"), seconds


def check_growth(folder, steps=256, most=10):
    """Of many steps each is looked at a few times: a second's work, where
    looking at all of them from each took twenty."""
    path = os.path.join(folder, "lstm-%d" % steps)
    with torch.no_grad():
        export(Lstm(steps), path + ".onnx", False)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    call(["seqc", "compile", path + ".onnx", "-o", path])
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print("lstm: %d steps: %.2f s of a processor" % (steps, seconds))
    if seconds > most:
        sys.exit("more than %d s" % most)


def main():
    folder, names = sys.argv[1], sys.argv[2:] or MODELS
    os.makedirs(folder, exist_ok=True)
    seed = int(os.environ.get("SEQC_SEED") or int.from_bytes(os.urandom(4),
                                                             "little"))
    print("SEQC_SEED=%d" % seed, flush=True)
    np.random.seed(seed)
    torch.manual_seed(seed)
    for name in names:
        figures = [check(folder, name, steps, False) for steps in STEPS]
        figures.append(check(folder, name, 16, True))
        ops = [figure[0] for figure in figures]
        for steps, (count, size, seconds) in zip(STEPS, figures):
            print("%s: %d steps: %d ops, %d bytes, %.2f s" %
                  (name, steps, count, size, seconds))
        # What does not grow with the steps: but for what differs.
        if name != "differing" and (ops[0] != ops[1] or ops[1] != ops[2]):
            sys.exit("%s: more steps are more ops: %s" % (name, ops))
        # Its rows are not put together at one place: each is cut out and put
        # where it belongs.
        if name == "differing" and ops[2] > ops[1] + 3 * (STEPS[2] - STEPS[1]):
            sys.exit("%s: more steps are more ops: %s" % (name, ops))
        print("%s: agrees" % name, flush=True)
    check_growth(folder)
    print("many steps: few seconds")


main()
