"""Small models of every version of RWKV with random weights, run by seqc and by
numpy in float64. Usage: rwkv.py FOLDER"""
import os
import subprocess
import sys

import numpy as np

from rwkv_weights import C, H, LAYERS, N, V, make_weights, write_safetensors

folder = sys.argv[1]
# The same weights at every run: a norm over what is nearly nothing magnifies its
# rounding, and among random weights there is one of that kind now and then.
seed = int(os.environ.get("SEQC_SEED") or 1)
random = np.random.default_rng(seed)

STEPS, BATCH = 7, 2

# Sums of tens of products in f32 in two layers, whose norms divide by deviations
# near one; logits are of the order of ten.
TOLERANCE = 1e-4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def normalise(x, weight, bias, epsilon=1e-5):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(
        x.var(-1, keepdims=True) + epsilon)
    return x.reshape(x.shape[:1] + (-1,)) * weight + bias


class Block:
    """One block in float64, token by token."""

    def __init__(self, weights, version, index):
        prefix = "blocks.%d." % index
        self.w = {n[len(prefix):]: a.astype(np.float64)
                  for n, a in weights.items() if n.startswith(prefix)}
        self.version, self.first = version, index == 0
        self.att_before = self.ffn_before = np.zeros((BATCH, C))
        self.sums = np.zeros((2, BATCH, C))
        self.S = np.zeros((BATCH, H, N, N))

    def mix(self, name, x, before):
        weight = self.w[name]
        return weight * x + (1 - weight) * before

    def time_mix(self, x, first):
        w, before = self.w, self.att_before
        self.att_before = x
        if self.version == "7":
            return self.time_mix7(x, before, first)
        if self.version == "6":
            return self.time_mix6(x, before)
        r, k, v = (self.mix("att.time_mix_" + n[0], x, before)
                   @ w["att.%s.weight" % n].T for n in ("receptance", "key", "value"))
        if self.version == "4":
            now = np.exp(w["att.time_first"] + k)
            y = (self.sums[0] + now * v) / (self.sums[1] + now)
            self.sums = np.exp(w["att.time_decay"]) * self.sums + np.exp(k) * [
                v, np.ones(v.shape)]
            return (sigmoid(r) * y) @ w["att.output.weight"].T, None
        bonus = w["att.time_first" if self.version == "5.1" else "att.time_faaaa"]
        r, k, v = (z.reshape(BATCH, H, N) for z in (r, k, v))
        kv = k[..., None] * v[..., None, :]
        y = np.einsum("bhk,bhkv->bhv", r, self.S + bonus * kv)
        self.S = w["att.time_decay"] * self.S + kv
        y = normalise(y, w["att.ln_x.weight"], w["att.ln_x.bias"])
        if self.version == "5.2":
            g = self.mix("att.time_mix_g", x, before) @ w["att.gate.weight"].T
            y = y * g * sigmoid(g)
        return y @ w["att.output.weight"].T, None

    def time_mix6(self, x, before):
        w, apart = self.w, before - x
        narrow = np.tanh((x + apart * w["att.time_maa_x"][0, 0])
                         @ w["att.time_maa_w1"]).reshape(BATCH, 5, -1)
        mixed = {}
        for i, n in enumerate("wkvrg"):
            shift = narrow[:, i] @ w["att.time_maa_w2"][i]
            mixed[n] = x + apart * (w["att.time_maa_" + n][0, 0] + shift)
        r, k, v, g = (mixed[n[0]] @ w["att.%s.weight" % n].T
                      for n in ("receptance", "key", "value", "gate"))
        decay = w["att.time_decay"][0, 0] + np.tanh(
            mixed["w"] @ w["att.time_decay_w1"]) @ w["att.time_decay_w2"]
        r, k, v, decay = (z.reshape(BATCH, H, N) for z in (r, k, v, decay))
        kv = k[..., None] * v[..., None, :]
        y = np.einsum("bhk,bhkv->bhv", r,
                      self.S + w["att.time_faaaa"][..., None] * kv)
        self.S = np.exp(-np.exp(decay))[..., None] * self.S + kv
        y = normalise(y, w["att.ln_x.weight"], w["att.ln_x.bias"], 64e-5)
        return (y * g * sigmoid(g)) @ w["att.output.weight"].T, None

    def time_mix7(self, x, before, first):
        w = self.w
        xr, xw, xk, xv, xa, xg = (x + (before - x) * m for m in w["att.x_rwkvag"])
        r, k, own = (z @ w["att.%s.weight" % n].T for z, n in
                     [(xr, "receptance"), (xk, "key"), (xv, "value")])
        decay = np.exp(-np.exp(-0.5) * sigmoid(
            w["att.w0"][0, 0] + np.tanh(xw @ w["att.w1"].T) @ w["att.w2"].T))
        a = sigmoid(w["att.a0"][0, 0] + xa @ w["att.a1"].T @ w["att.a2"].T)
        g = sigmoid(xg @ w["att.g1"].T) @ w["att.g2"].T
        v = own
        if not self.first:
            v = v + (first - v) * sigmoid(
                w["att.v0"][0, 0] + xv @ w["att.v1"].T @ w["att.v2"].T)
        kappa = (k * w["att.k_k"][0, 0]).reshape(BATCH, H, N)
        kappa = kappa / np.linalg.norm(kappa, axis=-1, keepdims=True)
        k = k * (1 + (a - 1) * w["att.k_a"][0, 0])
        r, k, v, decay, a = (z.reshape(BATCH, H, N) for z in (r, k, v, decay, a))
        seen = np.einsum("bhk,bhkv->bhv", kappa, self.S)
        self.S = (decay[..., None] * self.S
                  - (kappa * a)[..., None] * seen[..., None, :]
                  + k[..., None] * v[..., None, :])
        y = normalise(np.einsum("bhk,bhkv->bhv", r, self.S), w["att.ln_x.weight"],
                      w["att.ln_x.bias"], 64e-5)
        y = y + ((r * k * w["att.r_k"]).sum(-1, keepdims=True) * v).reshape(BATCH, C)
        return (y * g) @ w["att.output.weight"].T, own

    def channel_mix(self, x):
        w, before = self.w, self.ffn_before
        self.ffn_before = x
        if self.version == "7":
            mixed = x + (before - x) * w["ffn.x_k"][0, 0]
            return np.maximum(mixed @ w["ffn.key.weight"].T, 0) ** 2 @ w[
                "ffn.value.weight"].T
        if self.version == "6":
            k, r = (x + (before - x) * w["ffn.time_maa_" + n][0, 0] for n in "kr")
            y = np.maximum(k @ w["ffn.key.weight"].T, 0) ** 2
            return sigmoid(r @ w["ffn.receptance.weight"].T) * (
                y @ w["ffn.value.weight"].T)
        k = self.mix("ffn.time_mix_k", x, before) @ w["ffn.key.weight"].T
        r = self.mix("ffn.time_mix_r", x, before) @ w["ffn.receptance.weight"].T
        return sigmoid(r) * (np.maximum(k, 0) ** 2 @ w["ffn.value.weight"].T)

    def run(self, x, first):
        w = self.w
        if self.first:
            x = normalise(x, w["ln0.weight"], w["ln0.bias"])
        y, own = self.time_mix(normalise(x, w["ln1.weight"], w["ln1.bias"]), first)
        x = x + y
        x = x + self.channel_mix(normalise(x, w["ln2.weight"], w["ln2.bias"]))
        return x, own if self.first else first


def compute(weights, version, tokens):
    blocks = [Block(weights, version, i) for i in range(LAYERS)]
    w = {n: a.astype(np.float64) for n, a in weights.items()}
    rows = []
    for row in tokens:
        x, first = w["emb.weight"][row], None
        for block in blocks:
            x, first = block.run(x, first)
        x = normalise(x, w["ln_out.weight"], w["ln_out.bias"])
        rows.append(x @ w["head.weight"].T)
    return np.array(rows)


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit("%s\n%s" % (" ".join(command), result.stdout))


def check(version, form):
    place = os.path.join(folder, "v" + version)
    weights = make_weights(version, random)
    write_safetensors(place + ".safetensors", weights)
    tokens = random.integers(0, V, (STEPS, BATCH))
    expected = compute(weights, version, tokens)
    run("seqc", "compile", place + ".safetensors", "--form=" + form, "-o", place)
    np.save(place + ".run.npy", tokens)
    np.save(place + ".steps.npy", tokens[:, None])
    for flag, name in [("--input", "run"), ("--stream", "steps")]:
        path = "%s.%s" % (place, name)
        run("seqc", "run", place + ".so", flag, "tokens=@%s.npy" % path,
            "--output", "logits=@%s-out.npy" % path)
        found = np.load(path + "-out.npy").reshape(expected.shape)
        worst = np.abs(found - expected).max()
        if not worst <= TOLERANCE:
            sys.exit("RWKV-%s, %s, %s: required every logit within %g, found one "
                     "off by %g" % (version, form, name, TOLERANCE, worst))


# The layers themselves have every form in test/Formulas.
for version, form in [("4", "auto"), ("5.1", "naive"), ("5.2", "parallel"),
                      ("6", "recurrent"), ("6", "parallel"),
                      ("7", "auto")]:
    check(version, form)

# Files that are nearly models.
weights = make_weights("5.2", random)
write_safetensors(os.path.join(folder, "whole.safetensors"), weights)
name = "blocks.1.att.key.weight"
write_safetensors(os.path.join(folder, "missing.safetensors"),
      {n: a for n, a in weights.items() if n != name})
write_safetensors(os.path.join(folder, "shape.safetensors"), {**weights, name: weights[name][1:]})
write_safetensors(os.path.join(folder, "more.safetensors"), {**weights, "more": weights[name]})
six = make_weights("6", random)
narrow = "blocks.0.att.time_maa_w1"
write_safetensors(os.path.join(folder, "narrow.safetensors"),
      {**six, narrow: np.ascontiguousarray(six[narrow][:, 1:])})
write_safetensors(os.path.join(folder, "decay.safetensors"),
      {**six, "blocks.1.att.time_decay_w2": np.zeros((5, C), np.float32)})
write_safetensors(os.path.join(folder, "heads.safetensors"), {
    **weights, **{"blocks.%d.att.time_%s" % (i, n): np.ones((3, N, 1), np.float32)
                  for i in range(LAYERS) for n in ("decay", "faaaa")}})
