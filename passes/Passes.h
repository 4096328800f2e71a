//===- Passes.h - every pass of seqc ----------------------------*- C++ -*-===//
#ifndef SEQC_PASSES_PASSES_H
#define SEQC_PASSES_PASSES_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Pass/Pass.h"

namespace seqc {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

} // namespace seqc

#endif // SEQC_PASSES_PASSES_H
