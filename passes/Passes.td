//===- Passes.td - every pass of seqc ----------------------*- tablegen -*-===//
#ifndef SEQC_PASSES_TD
#define SEQC_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandCells : Pass<"seq-expand"> {
  let summary = "Replace named cells by the scans they stand for";
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

#endif // SEQC_PASSES_TD
