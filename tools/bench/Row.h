//===- Row.h - one line of the comparison ---------------------------------===//
#ifndef SEQC_TOOLS_BENCH_ROW_H
#define SEQC_TOOLS_BENCH_ROW_H

#include "tools/bench/OnnxRuntime.h"
#include "tools/bench/Pool.h"
#include "tools/bench/RecurrentCell.h"
#include "tools/bench/Roofs.h"
#include "tools/bench/Timing.h"

#include <memory>
#include <string>
#include <vector>

namespace seqc::bench {

/// What every row is given.
struct Setup {
  std::string models; // folder of the generated and the compiled models
  std::string data;   // folder of test data; may not exist
  bool peersOnly = false;
  std::shared_ptr<OrtLibrary> onnxRuntime; // null: absent
  std::string onnxRuntimeAbsence;          // why it is
};

/// A contender that cannot take part, and the reason.
struct Absence {
  std::string name, why;
};

/// Who runs for a row: peers first, the compiled model ("seqc") and its
/// variants last.
struct Lineup {
  std::vector<std::unique_ptr<Contender>> contenders;
  std::vector<Absence> absent;

  void add(std::unique_ptr<Contender> contender) {
    contenders.push_back(std::move(contender));
  }
  /// Without a contender, `why` says what it lacks.
  void add(const std::string &name, std::unique_ptr<Contender> contender,
           const std::string &why) {
    if (contender)
      add(std::move(contender));
    else
      absent.push_back({name, why});
  }
  /// The peer that `make` makes where there is ONNX Runtime.
  template <typename Make>
  void addOnnxRuntime(const Setup &setup, const Make &make) {
    add("onnxruntime",
        setup.onnxRuntime ? std::unique_ptr<Contender>(make()) : nullptr,
        setup.onnxRuntimeAbsence);
  }
};

class Row {
public:
  virtual ~Row() = default;
  virtual std::string name() const = 0;
  /// Why the row cannot be measured here at all; empty if it can.
  virtual std::string missing(const Setup &) const { return {}; }
  virtual bool hasThreads(int) const { return true; }
  virtual Work work(int threads) const = 0;
  /// Largest difference allowed from the first peer, as a part of the largest
  /// value.
  virtual double tolerance() const = 0;
  /// What one run amounts to, for the rate: how many of what.
  virtual double items() const = 0;
  virtual std::string itemName() const = 0;
  virtual Lineup lineUp(const Setup &setup, Pool &pool) = 0;
};

std::vector<std::unique_ptr<Row>> allRows();

std::unique_ptr<Row> makeRecurrentRow(RecurrentCell cell, int64_t steps,
                                      int64_t batch, int64_t hidden);
/// Two bidirectional LSTMs, one on the other.
std::unique_ptr<Row> makeBidirectionalRow(int64_t steps, int64_t batch,
                                          int64_t hidden);
/// One input, one step a call.
std::unique_ptr<Row> makeStreamRow(RecurrentCell cell, int64_t steps,
                                   int64_t hidden);
/// As many inputs as units, which are many; with weights of every type.
std::unique_ptr<Row> makeStepRow(RecurrentCell cell, int64_t steps,
                                 int64_t hidden);
std::unique_ptr<Row> makeSileroRow(bool lifted);

/// Without gates, with one for each head or each key, and the gated delta rule.
enum class AttentionRule { Linear, Head, Key, Delta };

std::unique_ptr<Row> makeAttentionRow(AttentionRule rule, int64_t steps,
                                      int64_t heads, int64_t size);
/// `multiples`: the rates of a channel's states are multiples of its first.
std::unique_ptr<Row> makeScanRow(int64_t batch, int64_t steps, int64_t channels,
                                 int64_t states, bool multiples = false);
std::unique_ptr<Row> makeFirstOrderRow(int64_t steps, int64_t channels);
std::unique_ptr<Row> makeCausalConvRow(int64_t steps, int64_t channels);
/// Dilated convolutions with residuals; a Transformer's encoder; the 2-D
/// convolutions in front of a recurrent net.
std::unique_ptr<Row> makeTcnRow(int64_t steps, int64_t channels,
                                int64_t blocks);
std::unique_ptr<Row> makeEncoderRow(int64_t tokens, int64_t width,
                                    int64_t heads, int64_t layers);
std::unique_ptr<Row> makeFrontEndRow(int64_t bands, int64_t frames);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ROW_H
