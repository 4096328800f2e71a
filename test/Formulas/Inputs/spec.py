"""What an oracle says of its model's inputs: a name for each, and one of these.
Extents are numbers or names ("time", "batch")."""
import numpy as np


class Input:
    def __init__(self, shape, draw):
        self.shape, self.draw = shape, draw

    def make(self, random, extents):
        return self.draw(random, [extents.get(d, d) for d in self.shape])

    def is_stream(self):
        return self.shape[:1] == ("time",)


def floats(*shape, scale=1.0):
    return Input(shape, lambda random, extents: random.uniform(
        -scale, scale, extents).astype(np.float32))


def positive(*shape):
    return Input(shape, lambda random, extents: random.uniform(
        0, 1, extents).astype(np.float32))


def zeros(*shape):
    return Input(shape, lambda random, extents: np.zeros(extents, np.float32))


def integers(below, *shape):
    return Input(shape,
                 lambda random, extents: random.integers(0, below, extents))


def signs(*shape):
    return Input(shape, lambda random, extents: random.choice(
        [-1.0, 1.0], extents).astype(np.float32))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)
