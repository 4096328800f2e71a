//===- Report.h - what was measured, as text, Markdown and JSON -----------===//
#ifndef SEQC_TOOLS_BENCH_REPORT_H
#define SEQC_TOOLS_BENCH_REPORT_H

#include "tools/bench/Roofs.h"

#include <string>
#include <vector>

namespace seqc::bench {

/// One contender of one row.
struct Entry {
  std::string name;
  std::string absence;         // why it did not take part; empty if it did
  bool failed = false;         // its numbers disagree; it was not timed
  double difference = 0;       // largest absolute one from the reference
  std::vector<double> seconds; // of each round
  std::vector<double> steps;   // of each step of one stream, if it is one
  // The peer's seconds over the compiled model's, round by round, or a
  // variant's under them; empty where there is nothing to compare.
  std::vector<double> ratios;
  bool isVariant = false;
};

/// One row at one number of threads.
struct RowReport {
  std::string name;
  int threads = 1;
  std::string missing; // why the row was not measured; empty if it was
  Roofs roofs;
  Limit limit;
  int roundsAttempted = 0; // of which the quietest were kept
  double othersCores = 0;  // cores' worth of other processes' work in those
  double items = 0;
  std::string itemName;
  std::vector<Entry> entries;
};

struct Machine {
  std::string cpu, instructionSet, onnxRuntime, oneDnn;
  int cores = 0, rounds = 0;
  Caches caches = {};
  static std::string cpuName();
};

struct Report {
  Machine machine;
  std::vector<RowReport> rows;
};

std::string machineText(const Machine &machine);
std::string rowText(const RowReport &row);
/// One line for each row: the compiled model against each of its peers.
std::string summaryText(const Report &report);
std::string markdown(const Report &report);
std::string json(const Report &report);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_REPORT_H
