//===- CpuTarget.h - the processor a model is compiled for ------*- C++ -*-===//
//
// Resolves --mtriple, --mcpu and --mattr once, into the features that generated
// code may use and the sizes that schedules depend on.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_TARGET_CPUTARGET_H
#define SEQC_COMPILER_TARGET_CPUTARGET_H

#include "compiler/Options.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace seqc {

struct CpuTarget {
  llvm::Triple triple;
  std::string baseCpu; ///< The architecture's baseline.
  std::string tuneCpu; ///< What instruction scheduling assumes.
  /// What the code may use beyond the baseline, by LLVM's names. Generated code
  /// is limited to these, so that a loader can check all that it needs.
  std::vector<std::string> features;
  unsigned vectorBits = 128;
  unsigned vectorRegisters = 16;
  /// AVX-512's reductions to a fraction and products with powers of two.
  bool hasScalef = false;
  /// Sums of four products of bytes, in whole registers.
  bool hasByteDots = false;
  bool hasFma = false;
  /// Its own requests for memory keep up with products of narrow weights, and
  /// others are in their way.
  bool fetchesAhead = false;

  /// How many elements of `bits` bits a vector register holds.
  unsigned lanes(unsigned bits) const { return vectorBits / bits; }

  /// "+avx2,+fma", as LLVM takes it.
  std::string featureString() const;

  static llvm::Expected<CpuTarget> resolve(const Options &options);

  llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
  createTargetMachine() const;
};

} // namespace seqc

#endif // SEQC_COMPILER_TARGET_CPUTARGET_H
