"""Tensors of small models of every version of RWKV."""
import os
import sys

import numpy as np

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "..", "..", "runtime", "python"))
from hippo import write_safetensors  # for who imports this module

V, C, H, N, F, LAYERS = 256, 16, 2, 8, 24, 2


def make_weights(version, random):
    """Tensors by name, as the files have them."""
    def matrix(rows, columns):
        return random.normal(0, columns ** -0.5, (rows, columns))

    def vector(*shape):
        return random.uniform(-1, 1, shape)

    def share(*shape):
        return random.uniform(0, 1, shape)

    def scale():
        return random.uniform(0.5, 1.5, C)

    w = {"emb.weight": vector(V, C), "ln_out.weight": scale(),
         "ln_out.bias": vector(C), "head.weight": matrix(V, C),
         "blocks.0.ln0.weight": scale(), "blocks.0.ln0.bias": vector(C)}
    for i in range(LAYERS):
        block = {"ln1.weight": scale(), "ln1.bias": vector(C),
                 "ln2.weight": scale(), "ln2.bias": vector(C),
                 "ffn.key.weight": matrix(F, C), "ffn.value.weight": matrix(C, F)}
        for name in ("receptance", "key", "value", "output"):
            block["att.%s.weight" % name] = matrix(C, C)
        if version != "7":
            block["ffn.receptance.weight"] = matrix(C, C)
        if version < "6":
            for name in ("att.time_mix_k", "att.time_mix_v", "att.time_mix_r",
                         "ffn.time_mix_k", "ffn.time_mix_r"):
                block[name] = share(C)
        if version != "4":
            block.update({"att.ln_x.weight": scale(), "att.ln_x.bias": vector(C)})
        if version == "4":
            block.update({"att.time_decay": -share(C), "att.time_first": vector(C)})
        elif version == "5.1":
            block.update({"att.time_decay": share(H, 1, 1),
                          "att.time_first": vector(H, 1, 1)})
        elif version == "5.2":
            block.update({"att.time_decay": share(H, N, 1),
                          "att.time_faaaa": vector(H, N, 1),
                          "att.time_mix_g": share(C),
                          "att.gate.weight": matrix(C, C)})
        elif version == "6":
            # Shares that tokens shift a little, and decays from 0.99 to 0.5.
            block.update({"att.time_maa_" + n: share(1, 1, C) for n in "xwkvrg"})
            block.update({"ffn.time_maa_" + n: share(1, 1, C) for n in "kr"})
            block.update({
                "att.time_maa_w1": matrix(5 * 3, C).T,
                "att.time_maa_w2": random.normal(0, 0.2, (5, 3, C)),
                "att.time_decay": random.uniform(-5, 0, (1, 1, C)),
                "att.time_decay_w1": matrix(4, C).T,
                "att.time_decay_w2": random.normal(0, 0.2, (4, C)),
                "att.time_faaaa": vector(H, N), "att.gate.weight": matrix(C, C)})
        else:
            block.update({"att.x_rwkvag": share(6, 1, C), "ffn.x_k": share(1, 1, C),
                          "att.k_k": share(1, 1, C), "att.k_a": vector(1, 1, C),
                          "att.r_k": vector(H, N)})
            for name, rank in [("w", 3), ("a", 4), ("v", 2), ("g", 5)]:
                if name == "v" and i == 0:
                    continue
                block.update({"att.%s1" % name: matrix(rank, C),
                              "att.%s2" % name: matrix(C, rank)})
                if name != "g":
                    block["att.%s0" % name] = vector(1, 1, C)
        w.update({"blocks.%d.%s" % (i, n): a for n, a in block.items()})
    return {n: a.astype(np.float32) for n, a in w.items()}
