//===- OrtNetwork.h - a model from X to Y, run by ONNX Runtime ------------===//
#ifndef SEQC_TOOLS_BENCH_ORTNETWORK_H
#define SEQC_TOOLS_BENCH_ORTNETWORK_H

#include "tools/bench/OnnxRuntime.h"
#include "tools/bench/Support.h"
#include "tools/bench/Timing.h"

#include <string>
#include <vector>

namespace seqc::bench {

/// A model with one input, X, and one output, Y, both of f32.
class OrtNetwork : public Contender {
public:
  OrtNetwork(const std::shared_ptr<OrtLibrary> &library,
             const std::string &path, float *input,
             const std::vector<int64_t> &inputShape,
             const std::vector<int64_t> &outputShape, int threads)
      : model(library, path, threads), Y(countElements(outputShape)),
        x(library, input, inputShape), y(library, Y.data(), outputShape) {}

  static size_t countElements(const std::vector<int64_t> &shape) {
    size_t elements = 1;
    for (int64_t extent : shape)
      elements *= extent;
    return elements;
  }

  std::string name() const override { return "onnxruntime"; }
  void run() override {
    std::vector<OrtValue *> outputs = {y.value()};
    model.run({"X"}, {x.value()}, {"Y"}, outputs);
  }
  std::vector<View> outputs() const override { return {{Y.data(), Y.size()}}; }

private:
  OrtModel model;
  Floats Y;
  OrtTensor x, y;
};

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ORTNETWORK_H
