//===- FixedPoint.h - f32 vectors as bytes ----------------------*- C++ -*-===//
//
// A matrix of bytes is multiplied by instructions that add up four products of
// bytes, instead of being made floats. For those a vector x of f32 becomes
// three bytes an element: x / s rounded to an integer of 24 bits, where s makes
// the largest magnitude 0x7f7f7f, in balanced digits of base 256 (each -128 to
// 127). The sums are exact; what is lost is 2^-24 of the largest magnitude, as
// little as a sum in f32 loses.
//
// The instructions take unsigned bytes of the matrix, w + 128; sums begin at
// -128 times the digits' own. A vector with an element that is not finite has
// such a scale, and so gives sums that are not finite.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_FIXEDPOINT_H
#define SEQC_PASSES_LOWER_FIXEDPOINT_H

#include "passes/Lower/OperandMemory.h"

namespace seqc {

/// Bytes of an element, and elements in a word.
constexpr int64_t fixedDigits = 3, quadSize = 4;

/// Vectors in fixed point, each at its row's `place`.
struct FixedVectors {
  mlir::Value digits; ///< [rows][fixedDigits][elements, padded], i8
  mlir::Value starts; ///< [rows][fixedDigits], i32: what sums begin at
  mlir::Value scales; ///< [rows], f32
};

class FixedPointEmitter {
public:
  FixedPointEmitter(mlir::OpBuilder &builder, mlir::Location loc,
                    const MemoryEmitter &memory);

  /// Memory for `rows` vectors of `extent` elements.
  FixedVectors allocate(mlir::Value rows, int64_t extent);
  /// Converts the vector of `row` at `source`, whose `extent` elements are
  /// along the body's one dimension.
  void convert(const FixedVectors &to, const OperandMemory &source,
               const RowContext &row, int64_t extent);

  /// What the sums of digit `digit` begin at, in every lane.
  mlir::Value loadStart(const FixedVectors &from, const RowContext &row,
                        int64_t digit);
  /// Digit `digit` of four elements, in every lane.
  mlir::Value loadQuad(const FixedVectors &from, const RowContext &row,
                       int64_t digit, mlir::Value quad);
  /// `sum` and, in every lane, four products of `weights` and `digits`.
  mlir::Value addProducts(mlir::Value sum, mlir::Value weights,
                          mlir::Value digits);
  /// The sums of all digits as one of f32.
  mlir::Value combine(const FixedVectors &from, const RowContext &row,
                      llvm::ArrayRef<mlir::Value> sums);

private:
  mlir::Value splat(mlir::TypedAttr number, mlir::Type type);
  mlir::Value integer(int64_t number);
  mlir::Value real(float number);
  mlir::Value broadcast(mlir::Value scalar);
  /// Calls `visit` with each vector of elements, in a loop, and with `carried`;
  /// returns what it leaves.
  llvm::SmallVector<mlir::Value> forEachVector(
      const OperandMemory &source, const RowContext &row, int64_t extent,
      llvm::SmallVector<mlir::Value> carried,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(
          mlir::Value base, mlir::Value elements, mlir::ValueRange carried)>
          visit);
  mlir::Value loadVector(const OperandMemory &source, const RowContext &row,
                         mlir::Value base, int64_t left);
  mlir::Value findLargest(const OperandMemory &source, const RowContext &row,
                          int64_t extent);

  mlir::OpBuilder &b;
  mlir::Location loc;
  const MemoryEmitter &memory;
  mlir::VectorType floats, words, bytes;
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_FIXEDPOINT_H
