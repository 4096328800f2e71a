//===- SeqInterfaces.td - what passes know of ops ----------*- tablegen -*-===//
//
// Three interfaces carry everything that the passes know: how an op of a body
// runs over index space, how a transition composes, how a cell expands.
//
//===----------------------------------------------------------------------===//
#ifndef SEQ_INTERFACES_TD
#define SEQ_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Seq_BodyOpInterface : OpInterface<"BodyOpInterface"> {
  let cppNamespace = "::seqc::seq";
  let description = [{
    An op that every schedule can execute inside a scan's body. It runs over an
    iteration space; every operand and result is read through a map of that
    space. The same description drives the naive loops, the CPU's vectors and
    the GPU's threads. Elementwise ops of upstream dialects need not implement
    it (see `getBodySemantics`).
  }];
  let methods = [
    InterfaceMethod<
      "The iteration space: one map for each operand, then for each result, "
      "and which iterators are reduced.",
      "::seqc::seq::BodySemantics", "getSemantics">,
    InterfaceMethod<
      "The accumulators that a reduction starts from, one for each result; "
      "`types` are scalars or vectors.",
      "::llvm::SmallVector<::mlir::Value>", "buildInit",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::llvm::ArrayRef<::mlir::Type>":$types), "",
      [{ return {}; }]>,
    InterfaceMethod<
      "One point of the iteration space: from the operands' elements (scalars, "
      "or vectors of one width) and, for a reduction, the accumulators so far.",
      "::llvm::SmallVector<::mlir::Value>", "buildElement",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$elements, "::mlir::ValueRange":$accumulators)>
  ];
}

def Seq_TransitionOpInterface : OpInterface<"TransitionOpInterface"> {
  let cppNamespace = "::seqc::seq";
  let description = [{
    An op that updates carries, as mathematics: elements (what one step
    contributes) extend a summary, summaries compose (earlier first), and a
    summary is applied to a state. The builders emit ops that a body may hold.
    Laws, tested for every transition: apply(identity, s) = s;
    apply(extend(m, e), s) = step(e, apply(m, s));
    apply(compose(m, n), s) = apply(n, apply(m, s)); compose is associative.

    The step itself is a BodyOpInterface's iteration space, or, for one that has
    no single space, a few ops of a body (`decompose`), which replace it once the
    forms of its scan are fixed.
  }];
  let methods = [
    InterfaceMethod<
      "The operands that are the states before the step, in the results' order.",
      "::llvm::SmallVector<::mlir::OpOperand *>", "getStateOperands">,
    InterfaceMethod<
      "The operands that are the step's element.",
      "::llvm::SmallVector<::mlir::OpOperand *>", "getElementOperands">,
    InterfaceMethod<
      "Types of a summary's parts: scalars, or tensors of static shape.",
      "::llvm::SmallVector<::mlir::Type>", "getSummaryTypes">,
    InterfaceMethod<
      "Whether this instance composes; if not, why not (for explain).",
      "::mlir::LogicalResult", "isAssociative",
      (ins "std::string &":$reason), "", [{ return ::mlir::success(); }]>,
    InterfaceMethod<
      "Whether this instance has no iteration space of its own.",
      "bool", "isComposite", (ins), "", [{ return false; }]>,
    InterfaceMethod<
      "The results of a composite step, by ops with BodyOpInterface or of "
      "upstream's elementwise kind.",
      "::llvm::SmallVector<::mlir::Value>", "decompose",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc), "",
      [{ llvm_unreachable("a step that is an op of a body itself"); }]>,
    InterfaceMethod<
      "The summary of no steps.",
      "::llvm::SmallVector<::mlir::Value>", "buildIdentity",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc)>,
    InterfaceMethod<
      "The summary of the steps so far and one more.",
      "::llvm::SmallVector<::mlir::Value>", "buildExtend",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$summary, "::mlir::ValueRange":$element)>,
    InterfaceMethod<
      "The summary of two runs of steps, earlier first.",
      "::llvm::SmallVector<::mlir::Value>", "buildCompose",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$earlier, "::mlir::ValueRange":$later)>,
    InterfaceMethod<
      "The states after the summarised steps, by a transition whose element is "
      "the summary: many chunks' summaries then compose as steps do.",
      "::llvm::SmallVector<::mlir::Value>", "buildApply",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$summary, "::mlir::ValueRange":$states)>,
    InterfaceMethod<
      "The element's operands that add to the states, where the update is "
      "linear in them and the states together and treats every column (all "
      "dimensions of a state but the first) alike and apart from the others; "
      "none where it is not. A summary's last parts, one for each state, are "
      "then what the steps make of empty states.",
      "::llvm::SmallVector<::mlir::OpOperand *>", "getGainOperands", (ins), "",
      [{ return {}; }]>,
    InterfaceMethod<
      "For an update with gain operands: rows for each state that together read "
      "from the states before the summarised steps what `rows`, [..., K], read "
      "from the one numbered `state` after them if nothing is added, all by a "
      "product with a state's first dimension.",
      "::llvm::SmallVector<::mlir::Value>", "buildAdjoint",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$summary, "unsigned":$state,
           "::mlir::Value":$rows), "",
      [{ llvm_unreachable("an update without gain operands"); }]>
  ];
}

def Seq_CellOpInterface : OpInterface<"CellOpInterface"> {
  let cppNamespace = "::seqc::seq";
  let description = [{
    A named cell: it knows the scan that it stands for. Emits a diagnostic and
    fails on what it does not support.
  }];
  let methods = [
    InterfaceMethod<
      "Values that replace the results.",
      "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "expand",
      (ins "::mlir::OpBuilder &":$builder)>
  ];
}

#endif // SEQ_INTERFACES_TD
