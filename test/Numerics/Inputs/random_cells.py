"""Random layers of sizes that fill vectors and blocks of rows, or do not: one row,
a few, any number, known lengths or not, either direction, one thread to four;
against float64. `--count N` tries N of them, `--only` those of one operation."""
import numpy as np

import gru
import lstm
import numerics
import rnn
from recurrent import BIASES

KINDS = gru.Case, lstm.Case, rnn.Case
HIDDEN = (5, 16, 31, 33, 48, 63, 64, 65, 80, 96, 100, 127, 128, 130, 144, 160,
          192, 200, 250, 256, 300, 530)
INPUTS = 1, 3, 4, 7, 8, 15, 16, 17, 33, 40, 64, 65, 100, 129, 200, 300
BATCHES = "batch", "batch", 1, 1, 1, 2, 3, 4, 6, 7, 9, 17
STEPS = "time", "time", "time", 1, 5, 9, 11, 24


class Draw:
    def __init__(self, random):
        self.random = random

    def chance(self, share):
        return self.random.random() < share

    def one_of(self, values):
        return values[self.random.integers(len(values))]

    def case(self, name):
        kind = self.one_of(KINDS)
        hidden = self.one_of(HIDDEN)
        states = ("h0", "c0") if kind is lstm.Case else ("h0",)
        optional = (BIASES * self.chance(0.7) + states * self.chance(0.7) +
                    ("lengths",) * self.chance(0.3))
        more = {"after": self.chance(0.7)} if kind is gru.Case else {}
        return kind(name, optional, inputs=self.one_of(INPUTS), hidden=hidden,
                    scale=1.2 / hidden ** 0.5, batch=self.one_of(BATCHES),
                    steps=self.one_of(STEPS), reverse=self.chance(0.3),
                    batch_major=self.chance(0.2), **more)


def main():
    parser = numerics.parser()
    parser.add_argument("--count", type=int, default=12)
    options = parser.parse_args()
    draw = Draw(numerics.generator())
    for n in range(options.count):
        case = draw.case("cell%d" % n)
        if options.only and options.only not in case.operation:
            continue
        steps, batch = case.extents
        model = numerics.Model(options, case.name, case.text())
        for t in [draw.one_of(range(4)), draw.one_of(range(4, 50))] \
                if steps == "time" else [steps]:
            for b in [1, draw.one_of((2, 3, 5, 8, 11))] \
                    if batch == "batch" else [batch]:
                arrays = case.draw(draw.random, t, b)
                model.check("%s I=%d H=%d T=%d B=%d" % (
                    case.operation, case.inputs, case.hidden, t, b), arrays,
                    case.expected(arrays), draw.one_of((1, 2, 3, 4)))


if __name__ == "__main__":
    main()
