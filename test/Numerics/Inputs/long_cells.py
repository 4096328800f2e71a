"""100,000 steps of cells that forget: no overflow, no NaN, no drift from float64."""
import gated
import layers
import numerics
import ssm
import xlstm

STEPS = 100_000

CASES = {"gru": gated.CASES["gru"], "lru": ssm.CASES["lru"],
         "mlstm": xlstm.CASES["mlstm-exponential"]}


def main():
    options, random = numerics.arguments(), numerics.generator()
    for name, (layer, draws, oracle, _) in CASES.items():
        if options.only and options.only not in name:
            continue
        arrays = layer.draw(random, STEPS, 1, **draws)
        expected = oracle(**layers.exact(arrays))
        for form in "recurrent", "parallel":
            options.form = form
            model = numerics.Model(options, "%s-%s" % (name, form), layer.text())
            model.check("T=%d" % STEPS, arrays, expected, threads=2)


if __name__ == "__main__":
    main()
