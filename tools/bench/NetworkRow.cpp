//===- NetworkRow.cpp - networks without a state of their own -------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OrtNetwork.h"
#include "tools/bench/Row.h"

using namespace seqc::bench;

namespace {
/// A network that make_models.py writes, from X to Y.
class NetworkRow : public Row {
public:
  NetworkRow(std::string name, std::vector<int64_t> inputShape,
             std::vector<int64_t> outputShape, Work work)
      : title(std::move(name)), inputShape(std::move(inputShape)),
        outputShape(std::move(outputShape)), needs(work) {
    needs.streamedBytes =
        sizeof(float) * double(OrtNetwork::countElements(this->inputShape) +
                               OrtNetwork::countElements(this->outputShape));
  }

  std::string name() const override { return title; }
  Work work(int) const override { return needs; }
  double tolerance() const override { return 1e-5; }
  double items() const override { return needs.flops * 1e-9; }
  std::string itemName() const override { return "GFLOP"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    if (X.size() == 0)
      X = Floats::random(OrtNetwork::countElements(inputShape), 1, -1, 1);
    std::string stem = setup.models + "/" + title;
    Lineup lineup;
    lineup.addOnnxRuntime(setup, [&] {
      return std::make_unique<OrtNetwork>(setup.onnxRuntime, stem + ".onnx",
                                          X.data(), inputShape, outputShape,
                                          pool.threads());
    });
    if (!setup.peersOnly)
      addCompiledRun(lineup, stem + ".so", pool, {{"X", X.data()}}, {"Y"});
    return lineup;
  }

private:
  std::string title;
  std::vector<int64_t> inputShape, outputShape;
  Work needs;
  Floats X;
};
} // namespace

/// Every block has three taps from each channel to each.
std::unique_ptr<Row> seqc::bench::makeTcnRow(int64_t steps, int64_t channels,
                                             int64_t blocks) {
  Work work;
  work.flops = 2.0 * blocks * steps * channels * channels * 3;
  work.residentBytes = 4.0 * blocks * channels * channels * 3;
  work.passes = 1;
  std::vector<int64_t> shape = {1, channels, steps};
  return std::make_unique<NetworkRow>(
      format("tcn-%dx%dx%d", int(steps), int(channels), int(blocks)), shape,
      shape, work);
}

/// Four products of the width with itself, two of it with its fourfold, and
/// scores and their sums of every pair of tokens.
std::unique_ptr<Row> seqc::bench::makeEncoderRow(int64_t tokens, int64_t width,
                                                 int64_t heads,
                                                 int64_t layers) {
  Work work;
  double weights = 12.0 * layers * width * width;
  work.flops = 2.0 * tokens * (weights + 2.0 * layers * tokens * width);
  work.exps = double(layers) * heads * tokens * tokens;
  work.residentBytes = 4 * weights;
  work.passes = 1;
  std::vector<int64_t> shape = {1, tokens, width};
  return std::make_unique<NetworkRow>(format("encoder-%dx%dx%dx%d", int(tokens),
                                             int(width), int(heads),
                                             int(layers)),
                                      shape, shape, work);
}

/// Two layers of 3x3 taps, to 32 channels and to 64, each with the largest of
/// 2x2.
std::unique_ptr<Row> seqc::bench::makeFrontEndRow(int64_t bands,
                                                  int64_t frames) {
  Work work;
  work.flops = 2.0 * bands * frames * 9 * (32 + 32 * 64 / 4.0);
  work.residentBytes = 4.0 * 9 * (32 + 32 * 64);
  work.passes = 1;
  return std::make_unique<NetworkRow>(
      format("front-end-%dx%d", int(bands), int(frames)),
      std::vector<int64_t>{1, 1, bands, frames},
      std::vector<int64_t>{1, 64, bands / 4, frames / 4}, work);
}
