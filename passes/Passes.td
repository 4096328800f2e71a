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

def Pack : Pass<"seq-pack", "::mlir::ModuleOp"> {
  let summary = "Lay the matrices of contractions out for vectors of lanes";
  let description = [{
    A scan whose body multiplies a whole invariant matrix with a vector reads
    the matrix packed (see `seq.pack`): a weight when code is emitted, another
    tensor when the model runs. Scans that the vector lowering does not take
    are left alone.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LowerRecurrent : Pass<"seq-lower-recurrent"> {
  let summary = "Lower bufferized scans to loops over vectors";
  let description = [{
    The nest is time block -> tile of the domain -> time. Where the body
    multiplies whole matrices with vectors, lanes run along the matrix' rows
    and several domain points share each load; otherwise they run along a
    domain symbol and the state stays in registers. Every thread executes the
    nest, which is marked `seq.threaded`, and takes its range of tiles.
    Matrices must have been packed for `lanes` by `seq-pack`.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">,
                 Option<"registers", "registers", "int64_t", /*default=*/"16",
                        "vector registers">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandMath : Pass<"seq-expand-math"> {
  let summary = "Expand transcendental functions to arithmetic";
  let description = [{
    exp, tanh, `seq.sigmoid` and `seq.softplus` of f32 become polynomials that
    give the same bits at every vector width: exp within 2 ulp, the others
    within 5; results below the smallest normal number are zero. With
    `library` only the ops of this dialect are rewritten, in terms of math's,
    for lowering to libm.
  }];
  let options = [Option<"library", "library", "bool", /*default=*/"false",
                        "leave math's functions to libm">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // SEQC_PASSES_TD
