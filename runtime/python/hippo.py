"""Initial values of state-space layers, as numpy arrays in float64.

A layer is h' = A h + B x, y = C h + D x. HiPPO's matrix makes h the coefficients of
what x was so far, in Legendre's polynomials; the diagonal ones come near to it.
Sources: Gu et al., HiPPO, 2020; Gu et al., S4, 2022; Gu et al., S4D, 2022; Orvieto
et al., LRU, 2023.
"""
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


def lru(n, random, smallest=0.5, largest=0.99, phase=2 * np.pi):
    """log of minus log |a|, and log of the angle, of n numbers spread evenly over a
    ring; and the scale sqrt(1 - |a|^2) of what comes in."""
    square = random.uniform(smallest ** 2, largest ** 2, n)
    angle = random.uniform(0, phase, n)
    return np.log(-0.5 * np.log(square)), np.log(angle), np.sqrt(1 - square)
