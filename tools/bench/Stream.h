//===- Stream.h - a layer run a step at a time ------------------*- C++ -*-===//
#ifndef SEQC_TOOLS_BENCH_STREAM_H
#define SEQC_TOOLS_BENCH_STREAM_H

#include "tools/bench/RecurrentRow.h"

namespace seqc::bench {

/// One way to compute a row: a step at a time into the rows of Y.
class Stream : public Contender {
public:
  Stream(std::string title, const RecurrentLayer &data)
      : title(std::move(title)), data(data), Y(data.steps * data.hidden) {}

  std::string name() const override { return title; }
  void run() override {
    reset();
    for (int64_t i = 0; i < data.steps; ++i)
      step(i);
  }
  std::vector<double> stepSeconds() override {
    std::vector<double> seconds(data.steps);
    reset();
    for (int64_t i = 0; i < data.steps; ++i) {
      double start = now();
      step(i);
      seconds[i] = now() - start;
    }
    return seconds;
  }
  std::vector<View> outputs() const override { return {{Y.data(), Y.size()}}; }

protected:
  virtual void reset() = 0;
  virtual void step(int64_t i) = 0;

  std::string title;
  const RecurrentLayer &data;
  Floats Y;
};

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_STREAM_H
