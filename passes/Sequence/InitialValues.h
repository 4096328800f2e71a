//===- InitialValues.h - what a derived state begins with -------*- C++ -*-===//
#ifndef SEQC_PASSES_SEQUENCE_INITIALVALUES_H
#define SEQC_PASSES_SEQUENCE_INITIALVALUES_H

#include "mlir/IR/SymbolTable.h"

namespace seqc {

/// What `seq.initial` says of a state that begins with `value`: the elements of
/// a constant or of one repeated number, or the symbol of a `seq.weight` that
/// is made for it. Dynamic dimensions must repeat that. Null where `value` is
/// none of these.
mlir::Attribute getInitialValue(mlir::Value value, mlir::SymbolTable &symbols);

} // namespace seqc

#endif // SEQC_PASSES_SEQUENCE_INITIALVALUES_H
