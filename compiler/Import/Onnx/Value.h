//===- Value.h - What is known of a value while folding ---------*- C++ -*-===//
//
// Type, shape and, for constants and for integers computed from extents, the
// elements.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_VALUE_H
#define SEQC_COMPILER_IMPORT_ONNX_VALUE_H

#include "compiler/Import/Onnx/Dim.h"
#include "compiler/Import/Onnx/Weight.h"

namespace seqc::onnx {

/// Larger tensors are not evaluated element by element.
constexpr int64_t maxFoldedElements = 4096;

/// The elements of a small tensor, row-major. Integers and booleans may be
/// symbolic; floats are constants, held as doubles rounded to their type.
struct Elements {
  std::vector<Dim> ints;
  std::vector<double> floats;

  /// The integers, if none is symbolic.
  std::optional<std::vector<int64_t>> getConstantInts() const;
  bool isConstant() const;
};
using ElementsRef = std::shared_ptr<const Elements>;

struct Value {
  std::string name;
  ElementType type = ElementType::Undefined;
  Shape shape;
  ElementsRef known;    // the elements, where they are known and few
  WeightRef weight;     // the constant, where it is one; may be large
  /// The integer that one float is, where that follows from extents.
  std::optional<Dim> whole;
  bool unknown = false; // depends on an operator that is not supported

  bool isConstant() const { return weight || (known && known->isConstant()); }
  /// The extents, if all are constants.
  std::optional<llvm::SmallVector<int64_t, 4>> getStaticShape() const;
};

/// Rounds to what the type can hold.
double roundTo(ElementType type, double value);
/// Whether an integer type can hold the value.
bool fits(ElementType type, int64_t value);

/// The elements of a small constant; null for large ones and for types that
/// are not evaluated.
ElementsRef loadElements(const Weight &weight);
/// The constant that `value` is, from its view or its known elements; null if
/// it is not one.
WeightRef getConstant(const Value &value);
/// One element as it is stored.
std::string packElement(ElementType type, int64_t value);
std::string packElement(ElementType type, double value);

/// Elements base + sum(index[i] * strides[i]) for every index of `shape`.
ElementsRef takeStrided(const Elements &source, llvm::ArrayRef<int64_t> shape,
                        int64_t base, llvm::ArrayRef<int64_t> strides);
/// Row-major strides in elements.
llvm::SmallVector<int64_t, 4> getStrides(llvm::ArrayRef<int64_t> shape);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_VALUE_H
