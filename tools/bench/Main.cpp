//===- Main.cpp - seqc-bench: compiled models against their peers ---------===//
//
// Runs each row at each number of threads: checks the contenders' numbers,
// measures the roofs, times the contenders in interleaved rounds, measures the
// roofs again, and prints the row. tools/bench/run prepares what it needs.
//
//===----------------------------------------------------------------------===//
#include "tools/bench/OneDnn.h"
#include "tools/bench/Report.h"
#include "tools/bench/Row.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>

using namespace seqc::bench;

namespace {
struct Options {
  Setup setup;
  std::string onnxRuntimePath, jsonPath, markdownPath;
  std::vector<int> threads = {1, 2};
  std::vector<std::string> rows; // prefixes of names; empty: all
  int rounds = 21, patience = 3;
  bool list = false;
};

const char *usage =
    "usage: seqc-bench --models DIR [--data DIR] [--onnxruntime LIBRARY]\n"
    "                  [--threads 1,2] [--rows NAME,...] [--pairs N]\n"
    "                  [--patience N] [--json FILE] [--markdown FILE]\n"
    "                  [--peers-only]\n"
    "       seqc-bench --list\n";
} // namespace

static std::vector<std::string> splitAtCommas(const std::string &text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');)
    if (!part.empty())
      parts.push_back(part);
  return parts;
}

static int positive(const std::string &text, const char *what) {
  char *end = nullptr;
  long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end || value < 1 || value > 1000)
    fatal("%s: a number from 1 to 1000 was required, found '%s'", what,
          text.c_str());
  return int(value);
}

static Options parse(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    auto value = [&]() -> std::string {
      if (i + 1 == argc)
        fatal("%s: a value was required, found none", flag.c_str());
      return argv[++i];
    };
    if (flag == "--models")
      options.setup.models = value();
    else if (flag == "--data")
      options.setup.data = value();
    else if (flag == "--onnxruntime")
      options.onnxRuntimePath = value();
    else if (flag == "--json")
      options.jsonPath = value();
    else if (flag == "--markdown")
      options.markdownPath = value();
    else if (flag == "--rows")
      options.rows = splitAtCommas(value());
    else if (flag == "--pairs")
      options.rounds = positive(value(), "--pairs");
    else if (flag == "--patience")
      options.patience = positive(value(), "--patience");
    else if (flag == "--peers-only")
      options.setup.peersOnly = true;
    else if (flag == "--list")
      options.list = true;
    else if (flag == "--threads") {
      options.threads.clear();
      for (const std::string &part : splitAtCommas(value()))
        options.threads.push_back(positive(part, "--threads"));
    } else {
      std::fputs(usage, stderr);
      fatal("unknown argument '%s'", flag.c_str());
    }
  }
  if (options.setup.models.empty() && !options.list) {
    std::fputs(usage, stderr);
    fatal("--models was required, found none");
  }
  return options;
}

std::vector<std::unique_ptr<Row>> seqc::bench::allRows() {
  std::vector<std::unique_ptr<Row>> rows;
  rows.push_back(makeRecurrentRow(RecurrentCell::Lstm, 64, 1, 256));
  rows.push_back(makeRecurrentRow(RecurrentCell::Lstm, 256, 1, 512));
  rows.push_back(makeRecurrentRow(RecurrentCell::Lstm, 100, 32, 512));
  rows.push_back(makeRecurrentRow(RecurrentCell::Gru, 256, 1, 512));
  rows.push_back(makeRecurrentRow(RecurrentCell::Gru, 100, 32, 512));
  rows.push_back(makeRecurrentRow(RecurrentCell::Rnn, 256, 1, 512));
  rows.push_back(makeBidirectionalRow(100, 16, 256));
  rows.push_back(makeStepRow(RecurrentCell::Lstm, 256, 512));
  for (int64_t hidden : {8, 16, 40})
    for (RecurrentCell cell : {RecurrentCell::Lstm, RecurrentCell::Gru})
      rows.push_back(makeStreamRow(cell, 48000, hidden));
  rows.push_back(makeSileroRow(/*lifted=*/false));
  rows.push_back(makeSileroRow(/*lifted=*/true));
  rows.push_back(makeScanRow(1, 2048, 1536, 16));
  rows.push_back(makeScanRow(1, 2048, 1536, 16, /*multiples=*/true));
  rows.push_back(makeScanRow(8, 1024, 1536, 16));
  rows.push_back(makeScanRow(1, 16384, 2560, 16));
  rows.push_back(makeCausalConvRow(2048, 1536));
  rows.push_back(makeFirstOrderRow(65536, 1024));
  rows.push_back(makeFirstOrderRow(1 << 20, 1));
  for (AttentionRule rule : {AttentionRule::Linear, AttentionRule::Head,
                             AttentionRule::Key, AttentionRule::Delta})
    rows.push_back(makeAttentionRow(rule, 4096, 8, 64));
  rows.push_back(makeTcnRow(2048, 64, 6));
  rows.push_back(makeEncoderRow(128, 256, 4, 2));
  rows.push_back(makeFrontEndRow(40, 200));
  return rows;
}

static std::vector<std::unique_ptr<Row>>
selectRows(const std::vector<std::string> &prefixes) {
  std::vector<std::unique_ptr<Row>> rows = allRows(), selected;
  for (const std::string &prefix : prefixes) {
    bool matched = false;
    for (auto &row : rows)
      if (row && row->name().rfind(prefix, 0) == 0) {
        selected.push_back(std::move(row));
        matched = true;
      }
    if (!matched)
      fatal("--rows: no row of those left begins with '%s'", prefix.c_str());
  }
  return prefixes.empty() ? std::move(rows) : std::move(selected);
}

/// Compares `found` with `reference`; returns whether every element is within
/// `tolerance` of its tensor's largest.
static bool agrees(const std::vector<View> &found,
                   const std::vector<Floats> &reference, double tolerance,
                   double &difference) {
  bool within = found.size() == reference.size();
  for (size_t i = 0; within && i < found.size(); ++i) {
    if (found[i].size != reference[i].size())
      fatal("output %zu: %zu elements were required, found %zu", i,
            reference[i].size(), found[i].size);
    double largest = 0, worst = 0;
    for (size_t k = 0; k < found[i].size; ++k) {
      double value = reference[i].data()[k];
      double error = std::fabs(found[i].data[k] - value);
      largest = std::max(largest, std::fabs(value));
      // A NaN anywhere must not pass for a small difference.
      worst = error <= worst ? worst : std::isnan(error) ? HUGE_VAL : error;
    }
    difference = std::max(difference, worst);
    within = worst <= tolerance * largest;
  }
  return within;
}

/// Runs every contender once and compares it with the first; returns those
/// whose numbers hold, with the entry of each.
static std::vector<std::pair<Contender *, Entry *>>
checkNumbers(const std::vector<std::unique_ptr<Contender>> &contenders,
             double tolerance, std::vector<Entry> &entries) {
  std::vector<Floats> reference;
  std::vector<std::pair<Contender *, Entry *>> sound;
  for (size_t i = 0; i < contenders.size(); ++i) {
    contenders[i]->run();
    std::vector<View> outputs = contenders[i]->outputs();
    if (i == 0)
      for (View view : outputs) {
        reference.emplace_back(view.size);
        std::copy_n(view.data, view.size, reference.back().data());
      }
    Entry &entry = entries[i];
    entry.failed =
        contenders[i]->computes() &&
        !agrees(outputs, reference, tolerance + contenders[i]->rounding(),
                entry.difference);
    if (!entry.failed)
      sound.emplace_back(contenders[i].get(), &entry);
  }
  return sound;
}

/// What each step took, of the quickest of a few streams.
static std::vector<double> quietestSteps(Contender &contender) {
  std::vector<double> best = contender.stepSeconds();
  for (int more = 0; !best.empty() && more < 2; ++more) {
    settle();
    std::vector<double> steps = contender.stepSeconds();
    if (median(steps) < median(best))
      best = std::move(steps);
  }
  return best;
}

/// The ratios between the compiled model, where it is sound, and all others.
static void compare(const std::vector<std::pair<Contender *, Entry *>> &sound,
                    const Rounds &rounds) {
  auto isModel = [](auto &pair) { return pair.second->name == "seqc"; };
  size_t model =
      std::find_if(sound.begin(), sound.end(), isModel) - sound.begin();
  for (size_t i = 0; model < sound.size() && i < sound.size(); ++i) {
    Entry &entry = *sound[i].second;
    const auto &others = rounds.seconds[i], &mine = rounds.seconds[model];
    if (i != model)
      entry.ratios =
          entry.isVariant ? ratios(mine, others) : ratios(others, mine);
  }
}

static RowReport measure(Row &row, const Options &options, Pool &pool,
                         RoofMeter &meter) {
  const Setup &setup = options.setup;
  RowReport report;
  report.name = row.name();
  report.threads = pool.threads();
  report.missing = row.missing(setup);
  if (!report.missing.empty())
    return report;

  Lineup lineup = row.lineUp(setup, pool);
  for (auto &contender : lineup.contenders) {
    Entry &entry = report.entries.emplace_back();
    entry.name = contender->name();
    entry.isVariant = contender->isVariant();
  }
  auto sound = checkNumbers(lineup.contenders, row.tolerance(), report.entries);

  settle();
  report.roofs = meter.measure(pool);
  std::vector<Contender *> timed;
  for (auto &[contender, entry] : sound)
    timed.push_back(contender);
  Rounds rounds = timeInterleaved(timed, options.rounds, options.patience);
  settle();
  report.roofs.raiseTo(meter.measure(pool));
  report.roundsAttempted = rounds.attempted;
  report.othersCores = rounds.othersCores;

  for (size_t i = 0; i < sound.size(); ++i) {
    sound[i].second->seconds = rounds.seconds[i];
    sound[i].second->steps = quietestSteps(*sound[i].first);
  }
  compare(sound, rounds);
  for (const Absence &absence : lineup.absent) {
    Entry &entry = report.entries.emplace_back();
    entry.name = absence.name;
    entry.absence = absence.why;
  }
  report.limit = limitOf(row.work(pool.threads()), report.roofs, meter.caches(),
                         pool.threads());
  report.items = row.items();
  report.itemName = row.itemName();
  return report;
}

static void writeFile(const std::string &path, const std::string &text) {
  std::FILE *file = std::fopen(path.c_str(), "w");
  bool written = file && std::fputs(text.c_str(), file) >= 0;
  if (file && std::fclose(file) != 0)
    written = false;
  if (!written)
    fatal("'%s': cannot be written", path.c_str());
}

int main(int argc, char **argv) {
  bindOpenMp(argv);
  Options options = parse(argc, argv);
  if (options.list) {
    for (auto &row : allRows())
      std::printf("%s\n", row->name().c_str());
    return 0;
  }
  Setup &setup = options.setup;
  if (options.onnxRuntimePath.empty())
    setup.onnxRuntimeAbsence = "no --onnxruntime was given";
  else
    setup.onnxRuntime =
        OrtLibrary::open(options.onnxRuntimePath, setup.onnxRuntimeAbsence);

  RoofMeter meter;
  Report report;
  Machine &machine = report.machine;
  machine.cpu = Machine::cpuName();
  machine.cores = int(std::thread::hardware_concurrency());
  machine.instructionSet = meter.instructionSet();
  machine.caches = meter.caches();
  machine.rounds = options.rounds;
  machine.onnxRuntime =
      setup.onnxRuntime ? setup.onnxRuntime->version() : "absent";
  machine.oneDnn = oneDnnVersion();
  std::printf("%s", machineText(machine).c_str());

  bool failed = false;
  for (auto &row : selectRows(options.rows))
    for (int threads : options.threads) {
      if (!row->hasThreads(threads))
        continue;
      Pool pool(threads);
      RowReport measured = measure(*row, options, pool, meter);
      for (const Entry &entry : measured.entries)
        failed |= entry.failed;
      std::printf("\n%s", rowText(measured).c_str());
      std::fflush(stdout);
      report.rows.push_back(std::move(measured));
    }
  std::printf("%s", summaryText(report).c_str());
  if (!options.jsonPath.empty())
    writeFile(options.jsonPath, json(report));
  if (!options.markdownPath.empty())
    writeFile(options.markdownPath, markdown(report));
  return failed ? 1 : 0;
}
