//===- AttentionRow.cpp - linear attention over a sequence ----------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OrtNetwork.h"
#include "tools/bench/Row.h"

#include <cmath>
#include <map>

using namespace seqc::bench;

namespace {
/// One tensor of the operator, by the name that the model has.
struct Named {
  const char *name;
  std::vector<int64_t> shape;
  Floats data;
};

class OrtAttention : public Contender {
public:
  OrtAttention(const Setup &setup, std::vector<Named> &given,
               const std::vector<int64_t> &outputShape,
               const std::vector<int64_t> &stateShape, const std::string &path,
               int threads)
      : model(setup.onnxRuntime, path, threads),
        output(OrtNetwork::countElements(outputShape)),
        state(OrtNetwork::countElements(stateShape)),
        y(setup.onnxRuntime, output.data(), outputShape),
        present(setup.onnxRuntime, state.data(), stateShape) {
    for (Named &input : given) {
      names.push_back(input.name);
      tensors.emplace_back(setup.onnxRuntime, input.data.data(), input.shape);
    }
    for (const OrtTensor &tensor : tensors)
      inputs.push_back(tensor.value());
  }

  std::string name() const override { return "onnxruntime"; }
  void run() override {
    std::vector<OrtValue *> results = {y.value(), present.value()};
    model.run(names, inputs, {"output", "present_state"}, results);
  }
  std::vector<View> outputs() const override {
    return {{output.data(), output.size()}, {state.data(), state.size()}};
  }

private:
  OrtModel model;
  Floats output, state;
  OrtTensor y, present;
  std::vector<const char *> names;
  std::vector<OrtTensor> tensors;
  std::vector<const OrtValue *> inputs;
};

/// ONNX's LinearAttention of batch 1, with keys and values of one size.
class AttentionRow : public Row {
public:
  AttentionRow(AttentionRule rule, int64_t steps, int64_t heads, int64_t size)
      : rule(rule), steps(steps), heads(heads), size(size) {}

  std::string name() const override {
    static const char *const names[] = {"linear", "head", "key", "delta"};
    return format("attention-%s-%dx%dx%d", names[int(rule)], int(steps),
                  int(heads), int(size));
  }

  // A step of a head takes a multiply-add for each number of the state to
  // update it and one to read it; the delta rule reads it once more and adds a
  // second product of rank one.
  Work work(int) const override {
    double rows = double(steps) * heads;
    Work work;
    work.flops = rows * size * size * (rule == AttentionRule::Delta ? 8 : 4);
    work.exps = rule == AttentionRule::Linear ? 0
                : rule == AttentionRule::Head ? rows
                                              : rows * size;
    work.streamedBytes = rows * 4 * size * sizeof(float) + work.exps * 4;
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return steps * 1e-3; }
  std::string itemName() const override { return "k tokens"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    generate();
    std::string stem = setup.models + "/" + name();
    Lineup lineup;
    lineup.addOnnxRuntime(setup, [&] {
      return std::make_unique<OrtAttention>(
          setup, operands, std::vector<int64_t>{1, steps, heads * size},
          std::vector<int64_t>{1, heads, size, size}, stem + ".onnxruntime",
          pool.threads());
    });
    if (setup.peersOnly)
      return lineup;
    std::map<std::string, const float *> inputs;
    for (const Named &operand : operands)
      inputs[operand.name] = operand.data.data();
    addCompiledRun(lineup, stem + ".so", pool, inputs,
                   {"output", "present_state"});
    return lineup;
  }

private:
  /// Keys have length 1 at most, as the delta rule wants them.
  void generate() {
    if (!operands.empty())
      return;
    auto add = [&](const char *name, int64_t last, int seed, float low,
                   float high) {
      operands.push_back({name,
                          {1, steps, last},
                          Floats::random(steps * last, seed, low, high)});
    };
    float unit = 1 / std::sqrt(float(size));
    add("query", heads * size, 1, -1, 1);
    add("key", heads * size, 2, -unit, unit);
    add("value", heads * size, 3, -1, 1);
    if (rule == AttentionRule::Head)
      add("decay", heads, 4, -1, 0);
    if (rule == AttentionRule::Key || rule == AttentionRule::Delta)
      add("decay", heads * size, 4, -1, 0);
    if (rule == AttentionRule::Delta)
      add("beta", heads, 5, 0, 1);
  }

  AttentionRule rule;
  int64_t steps, heads, size;
  std::vector<Named> operands;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeAttentionRow(AttentionRule rule,
                                                   int64_t steps, int64_t heads,
                                                   int64_t size) {
  return std::make_unique<AttentionRow>(rule, steps, heads, size);
}
