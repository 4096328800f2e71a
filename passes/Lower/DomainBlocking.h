//===- DomainBlocking.h - how lanes along the domain go in blocks -*- C++ -*-=//
#ifndef SEQC_PASSES_LOWER_DOMAINBLOCKING_H
#define SEQC_PASSES_LOWER_DOMAINBLOCKING_H

#include "passes/Lower/RecurrentPlan.h"

namespace seqc {

struct DomainBlocking {
  int64_t block = 0; ///< Steps in a time block.
  int64_t tiles = 1; ///< Vectors of lanes that go through a step together.
  /// Or points along this symbol, of one vector each, where these share more.
  int64_t pointSymbol = -1, points = 1;
  int64_t steps = 1;    ///< Steps that walk a state in memory together.
  int64_t rollStep = 0; ///< Elements of the rolled dimension that are emitted
                        ///< at a time; 0 if all of the body is unrolled.
  /// What one step of one domain point reads and writes along time, in bytes,
  /// where it does next to nothing with it; else 0. Beyond the caches memory
  /// alone then decides.
  int64_t streamedBytes = 0;
};

/// Chooses for `scan`, whose domain has `extent` points along the lanes where
/// that is known. A `block` that is not 0 is kept.
DomainBlocking chooseDomainBlocking(seq::ScanOp scan, const RecurrentPlan &plan,
                                    const VectorTarget &target, int64_t lanes,
                                    std::optional<int64_t> extent,
                                    int64_t block);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_DOMAINBLOCKING_H
