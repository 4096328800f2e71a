//===- SeqOps.h - the seq dialect in C++ ------------------------*- C++ -*-===//
#ifndef SEQC_DIALECTS_SEQ_SEQOPS_H
#define SEQC_DIALECTS_SEQ_SEQOPS_H

#include "dialects/Seq/BodySemantics.h"
#include "dialects/Seq/IndexList.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace seqc::seq {
class YieldOp;

/// A number for each of a tensor's rows, and one of its rows, which may be a
/// scalar. Null where `type` is no tensor with dimensions.
mlir::Type getRowsType(mlir::Type type);
mlir::Type getRowType(mlir::Type type);
} // namespace seqc::seq

#include "dialects/Seq/SeqDialect.h.inc"
#include "dialects/Seq/SeqEnums.h.inc"
#include "dialects/Seq/SeqInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Seq/SeqAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Seq/SeqOps.h.inc"

namespace seqc::seq {
/// z + x y in the semiring, on scalars or vectors: fma(x, y, z),
/// max(x + y, z) or log(exp(x + y) + exp(z)).
mlir::Value buildSemiringFma(mlir::OpBuilder &builder, mlir::Location loc,
                             Semiring semiring, mlir::Value x, mlir::Value y,
                             mlir::Value z);
} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_SEQOPS_H
