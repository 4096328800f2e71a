//===- Transition.h - what transitions share --------------------*- C++ -*-===//
//
// Types that follow from a state's, and the few sums and products that steps
// and summaries are made of.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_TRANSITIONS_TRANSITION_H
#define SEQC_DIALECTS_SEQ_TRANSITIONS_TRANSITION_H

#include "dialects/Seq/SeqOps.h"

namespace seqc::seq {

/// The shape of a tensor; none for scalars.
llvm::ArrayRef<int64_t> getStateShape(mlir::Type type);

/// Fails unless `part` has the element type and the leading dimensions of
/// `whole`.
mlir::LogicalResult expectLeading(mlir::Operation *op, llvm::StringRef name,
                                  mlir::Type part, mlir::Type whole);

/// Why summaries of `type`, which need its extents, do not exist.
mlir::LogicalResult expectStatic(mlir::Type type, std::string &reason);

/// The space of an elementwise op, where operands may lack trailing dimensions
/// of the result.
BodySemantics getLeadingSemantics(mlir::Operation *op);

/// `value`, of the leading dimensions of `type`, repeated along the others.
mlir::Value buildRepeated(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Value value, mlir::Type type);

/// The matrix product over the last and first dimensions.
mlir::Value buildMatrixProduct(mlir::OpBuilder &b, mlir::Location loc,
                               Semiring semiring, mlir::Value matrix,
                               mlir::Value state);

/// `rows`, [..., K], times a state, [K, columns...]: [..., columns...]. One of
/// them has two dimensions at least.
mlir::Value buildRowsTimes(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value rows, mlir::Value state);

/// `rows`, [..., K], with every row scaled by `scale`, [K] or a number.
mlir::Value buildScaledRows(mlir::OpBuilder &b, mlir::Location loc,
                            mlir::Value rows, mlir::Value scale);

/// x y, elementwise, and x + y in the semiring.
mlir::Value buildSemiringProduct(mlir::OpBuilder &b, mlir::Location loc,
                                 Semiring semiring, mlir::Value x,
                                 mlir::Value y);
mlir::Value buildSemiringSum(mlir::OpBuilder &b, mlir::Location loc,
                             Semiring semiring, mlir::Value x, mlir::Value y);

/// The semiring's numbers that change nothing under product and sum.
double getOne(Semiring semiring);
double getZero(Semiring semiring);

/// The matrix of `type` that changes no state.
mlir::Value buildIdentityMatrix(mlir::OpBuilder &b, mlir::Location loc,
                                Semiring semiring, mlir::Type type);

/// Parses `(%a, %b)`, as many as there are.
mlir::ParseResult parseValueList(
    mlir::OpAsmParser &parser,
    llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand> &values);

/// Parses `T`, or `D, T` where a decay has a type of its own.
mlir::ParseResult parseDecayType(mlir::OpAsmParser &parser, mlir::Type &decay,
                                 mlir::Type &state);
void printDecayType(mlir::OpAsmPrinter &printer, mlir::Type decay,
                    mlir::Type state);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_TRANSITIONS_TRANSITION_H
