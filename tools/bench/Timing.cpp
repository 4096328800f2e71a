//===- Timing.cpp - contenders measured in interleaved rounds -------------===//
#include "tools/bench/Timing.h"
#include "tools/bench/Support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <unistd.h>
#include <utility>

using namespace seqc::bench;

namespace {
/// A sample lasts at least this long, by repeating short runs.
constexpr double sampleSeconds = 10e-3;
/// Runs shorter than this get one untimed run before each sample, which wakes
/// the contender's threads and brings its data back into the caches.
constexpr double warmedBelow = 50e-3;
/// A round is quiet if other processes took less than this many cores.
constexpr double quietCores = 0.1;
} // namespace

static double processSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

void seqc::bench::settle() {
  // The kernel counts what a running thread took at its ticks: a slice must be
  // longer than two of them, or it would not see a peer's thread that spins.
  constexpr double slice = 10e-3, longest = 0.2;
  timespec pause = {0, long(slice * 1e9)};
  for (double end = now() + longest; now() < end;) {
    double before = processSeconds();
    nanosleep(&pause, nullptr);
    if (processSeconds() - before < slice / 4)
      return;
  }
}

static double secondsOf(Contender &contender, int runs) {
  double start = now();
  for (int i = 0; i < runs; ++i)
    contender.run();
  return (now() - start) / runs;
}

/// Seconds of each contender, in an order that begins with the `first`.
static std::vector<double> timeRound(const std::vector<Contender *> &contenders,
                                     const std::vector<double> &estimate,
                                     size_t first) {
  std::vector<double> seconds(contenders.size());
  for (size_t i = 0; i < contenders.size(); ++i) {
    size_t which = (first + i) % contenders.size();
    settle();
    if (estimate[which] < warmedBelow)
      contenders[which]->run();
    int runs = std::max(1, int(std::ceil(sampleSeconds / estimate[which])));
    seconds[which] = secondsOf(*contenders[which], runs);
  }
  return seconds;
}

Rounds seqc::bench::timeInterleaved(const std::vector<Contender *> &contenders,
                                    int wanted, int patience) {
  std::vector<double> estimate;
  for (Contender *contender : contenders) {
    settle();
    contender->run();
    estimate.push_back(secondsOf(*contender, 1));
  }

  std::vector<std::pair<double, std::vector<double>>> rounds;
  for (int quiet = 0;
       quiet < wanted && int(rounds.size()) < wanted * patience;) {
    LoadMeter load;
    std::vector<double> seconds =
        timeRound(contenders, estimate, rounds.size());
    rounds.emplace_back(load.othersCores(), std::move(seconds));
    quiet += rounds.back().first < quietCores;
  }

  Rounds result;
  result.attempted = int(rounds.size());
  std::sort(rounds.begin(), rounds.end(),
            [](const auto &a, const auto &b) { return a.first < b.first; });
  rounds.resize(wanted);
  result.seconds.resize(contenders.size());
  for (const auto &[others, seconds] : rounds) {
    result.othersCores += others / wanted;
    for (size_t i = 0; i < contenders.size(); ++i)
      result.seconds[i].push_back(seconds[i]);
  }
  return result;
}

LoadMeter::Sample LoadMeter::read() {
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0;
  double softirq = 0, steal = 0, ticks = sysconf(_SC_CLK_TCK);
  if (std::FILE *file = std::fopen("/proc/stat", "r")) {
    if (std::fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice,
                    &system, &idle, &wait, &irq, &softirq, &steal) != 8)
      user = nice = system = irq = softirq = steal = 0;
    std::fclose(file);
  }
  double all = (user + nice + system + irq + softirq + steal) / ticks;
  return {now(), all, processSeconds()};
}

double LoadMeter::othersCores() const {
  Sample end = read();
  double others = (end.all - start.all) - (end.mine - start.mine);
  return std::max(0.0, others / (end.wall - start.wall));
}

std::vector<double> seqc::bench::ratios(const std::vector<double> &other,
                                        const std::vector<double> &mine) {
  std::vector<double> result;
  for (size_t i = 0; i < mine.size(); ++i)
    result.push_back(other[i] / mine[i]);
  return result;
}
