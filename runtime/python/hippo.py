"""Initial values of state-space layers, as numpy arrays in float64.

hippo.py LAYER STATES FILE [--channels C] [--steps LOW HIGH] [--seed N]: writes those
of a diagonal layer as a safetensors file, in f32, for a model with seq.named_weight
(--weights-from): a_real, a_imag and delta are operands of seq.diagonal_ssm; b_scale,
which an lru has instead of delta, is none: a model multiplies the rows of b with it.

A layer is h' = A h + B x, y = C h + D x. HiPPO's matrix makes h the coefficients of
what x was so far, in Legendre's polynomials; the diagonal ones come near to it.
Sources: Gu et al., HiPPO, 2020; Gu et al., S4, 2022; Gu et al., S4D, 2022; Orvieto
et al., LRU, 2023.
"""
import argparse
import json

import numpy as np


def legs(n):
    """HiPPO-LegS: A[i, j] = -sqrt((2i + 1)(2j + 1)) below the diagonal, -(i + 1) on
    it, and B[i] = sqrt(2i + 1)."""
    root = np.sqrt(2 * np.arange(n) + 1)
    return -np.tril(np.outer(root, root), -1) - np.diag(np.arange(n) + 1.0), root


def legs_dplr(n):
    """LegS as a diagonal and a matrix of rank one, A = V (diag(L) - P P*) V*, with
    the columns of V orthonormal: L, P, V* B and V, complex. The eigenvalues are in
    conjugate pairs, real parts -1/2."""
    a, b = legs(n)
    p = np.sqrt(np.arange(n) + 0.5)
    normal = a + np.outer(p, p)
    # -1/2 and a skew matrix, whose eigenvectors are those of a Hermitian one.
    skew = normal + 0.5 * np.eye(n)
    frequency, v = np.linalg.eigh(-1j * skew)
    return -0.5 + 1j * frequency, v.conj().T @ p, v.conj().T @ b, v


def s4d_lin(n):
    """A[k] = -1/2 + i pi k, one of each conjugate pair."""
    return -0.5 + 1j * np.pi * np.arange(n)


def s4d_inv(n):
    """A[k] = -1/2 + i (2n / pi) (2n / (2k + 1) - 1), for a state of 2n with its
    conjugates."""
    whole = 2 * n
    return -0.5 + 1j * (whole / np.pi) * (whole / (2 * np.arange(n) + 1) - 1)


def s4d_legs(n):
    """The diagonal of LegS of 2n states, one of each conjugate pair."""
    return legs_dplr(2 * n)[0][n:]


def lru(n, random, smallest=0.5, largest=0.99, phase=2 * np.pi):
    """log of minus log |a|, and log of the angle, of n numbers spread evenly over a
    ring; and the scale sqrt(1 - |a|^2) of what comes in."""
    square = random.uniform(smallest ** 2, largest ** 2, n)
    angle = random.uniform(0, phase, n)
    return np.log(-0.5 * np.log(square)), np.log(angle), np.sqrt(1 - square)


def draw_layer(layer, states, channels, steps, random):
    """Arrays by name: for every channel the same poles and a step of its own, spread
    evenly in its logarithm; or, for lru, the logarithms of poles that all channels
    share, and what scales the rows of b."""
    if layer == "lru":
        size, angle, scale = lru(states, random)
        return {"a_real": -np.exp(size), "a_imag": np.exp(angle),
                "b_scale": scale}
    poles = np.broadcast_to(DIAGONALS[layer](states), (channels, states))
    low, high = np.log(steps)
    return {"a_real": poles.real, "a_imag": poles.imag,
            "delta": np.exp(random.uniform(low, high, channels))}


def write_safetensors(path, arrays):
    """`arrays` by name, in f32."""
    header, data = {}, b""
    for name, array in arrays.items():
        piece = np.ascontiguousarray(array, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


DIAGONALS = {"s4d_lin": s4d_lin, "s4d_inv": s4d_inv, "s4d_legs": s4d_legs}


def main():
    parser = argparse.ArgumentParser(
        description="Initial values of a diagonal state-space layer.")
    parser.add_argument("layer", choices=list(DIAGONALS) + ["lru"])
    parser.add_argument("states", type=int, help="states of a channel, one of each "
                        "conjugate pair; of the whole layer for lru")
    parser.add_argument("file", help="the safetensors file to write")
    parser.add_argument("--channels", type=int, help="not for lru (1)")
    parser.add_argument("--steps", type=float, nargs=2, metavar=("LOW", "HIGH"),
                        help="the lengths of steps, not for lru (0.001 0.1)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.layer == "lru" and (options.channels is not None or options.steps):
        parser.error("lru has neither channels nor steps")
    channels = 1 if options.channels is None else options.channels
    low, high = options.steps or [0.001, 0.1]
    if options.states < 1 or channels < 1:
        parser.error("required a state and a channel at least, found %d and %d"
                     % (options.states, channels))
    if not 0 < low <= high < np.inf:
        parser.error("required steps LOW <= HIGH above 0, found %g and %g"
                     % (low, high))
    arrays = draw_layer(options.layer, options.states, channels, [low, high],
                        np.random.default_rng(options.seed))
    try:
        write_safetensors(options.file, arrays)
    except OSError as error:
        parser.error("cannot write %s: %s" % (options.file, error.strerror))


if __name__ == "__main__":
    main()
