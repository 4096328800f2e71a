//===- BidirectionalRow.cpp - two bidirectional LSTMs, one on the other ---===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OneDnn.h"
#include "tools/bench/OrtNetwork.h"
#include "tools/bench/RecurrentRow.h"

using namespace seqc::bench;

namespace {
class BidirectionalRow : public Row {
public:
  BidirectionalRow(int64_t steps, int64_t batch, int64_t hidden) : layers(2) {
    for (RecurrentLayer &layer : layers) {
      layer.cell = RecurrentCell::Lstm;
      layer.steps = steps;
      layer.batch = batch;
      layer.inputs = &layer == &layers[0] ? hidden : 2 * hidden;
      layer.hidden = hidden;
      layer.directions = 2;
    }
  }

  std::string name() const override {
    return format("bilstm-%dx%dx%d", int(layers[0].steps), int(layers[0].batch),
                  int(layers[0].hidden));
  }

  Work work(int) const override {
    Work work;
    double rows = double(layers[0].steps) * layers[0].batch;
    for (const RecurrentLayer &layer : layers) {
      double recurrent = 2.0 * 4 * layer.hidden * layer.hidden;
      work.flops += 2 * rows * (recurrent + double(layer.W.size()));
      work.exps += rows * 2 * 5 * layer.hidden;
      work.residentBytes = recurrent * sizeof(float);
      work.streamedBytes += rows * (layer.inputs + 2 * layer.hidden) * 4;
    }
    work.passes = 2.0 * layers[0].steps;
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return work(1).flops * 1e-9; }
  std::string itemName() const override { return "GFLOP"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    std::string stem = setup.models + "/" + name();
    readLayers(stem + ".f32", layers.data(), layers.size());
    return lineUpLayers(
        setup, pool, stem, layers[0].X, {"Y"},
        [&] {
          RecurrentLayer &first = layers[0];
          return std::make_unique<OrtNetwork>(
              setup.onnxRuntime, stem + ".onnx", first.X.data(),
              std::vector<int64_t>{first.steps, first.batch, first.inputs},
              std::vector<int64_t>{first.steps, first.batch, 2 * first.hidden},
              pool.threads());
        },
        [&](std::string &why) {
          return makeOneDnnStack(layers, pool.threads(), why);
        });
  }

private:
  std::vector<RecurrentLayer> layers;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeBidirectionalRow(int64_t steps,
                                                       int64_t batch,
                                                       int64_t hidden) {
  return std::make_unique<BidirectionalRow>(steps, batch, hidden);
}
