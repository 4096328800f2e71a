//===- Passes.td - every pass of seqc ----------------------*- tablegen -*-===//
#ifndef SEQC_PASSES_TD
#define SEQC_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandCells : Pass<"seq-expand"> {
  let summary = "Replace named cells by the scans they stand for";
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

def PrintCarries : Pass<"seq-print-carries"> {
  let summary = "Remark which carries of every scan are associative, and why";
}

def Sink : Pass<"seq-sink"> {
  let summary = "Move elementwise neighbours of a scan into its body";
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

def Hoist : Pass<"seq-hoist"> {
  let summary = "Move contractions that read no carry into a time block";
  let description = [{
    What a contraction needs goes with it, and what follows from it without
    reading a carry, so that an LSTM's W x + b is one `seq.time_block`. Scans
    without carries are left alone: their steps are independent already.
  }];
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

#endif // SEQC_PASSES_TD
