"""100,000 steps of linear attention: decays that hardly fade, and among them some
that leave nothing, down to exp(-200), whose products are below any number."""
import numpy as np

import linear_attention
import numerics

STEPS = 100_000


class Case(linear_attention.Case):
    def draw_decay(self, random, shape):
        return np.where(random.uniform(size=shape) < 0.01,
                        random.uniform(-200, -80, shape),
                        random.uniform(-0.05, 0, shape))


def main():
    options, random = numerics.arguments(), numerics.generator()
    case = Case((linear_attention.HEADS, 8))
    arrays = case.oracle(random, STEPS, 1)
    for form in "recurrent", "parallel":
        options.form = form
        model = numerics.Model(options, form, case.text())
        model.check("T=%d" % STEPS, *arrays, threads=2)


if __name__ == "__main__":
    main()
