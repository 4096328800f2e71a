//===- Weight.h - Constants as lazy views of files --------------*- C++ -*-===//
//
// A constant tensor of a model: bytes of a mapped file, or a slice, concat,
// transpose or reshape of other constants. Nothing is copied until somebody
// asks for the bytes, so importing does not depend on the size of the weights.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_WEIGHT_H
#define SEQC_COMPILER_IMPORT_ONNX_WEIGHT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace seqc::onnx {

/// Numbered as TensorProto.DataType.
enum class ElementType : uint8_t {
  Undefined = 0,
  F32 = 1,
  U8 = 2,
  I8 = 3,
  U16 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  String = 8,
  Bool = 9,
  F16 = 10,
  F64 = 11,
  U32 = 12,
  U64 = 13,
  C64 = 14,
  C128 = 15,
  BF16 = 16
};

/// "f32", "i64", ...; "type 17" for what this compiler does not know.
std::string toString(ElementType type);
/// Bytes per element; 0 for strings and unknown types.
unsigned getByteSize(ElementType type);
bool isFloat(ElementType type);
/// Integers and booleans.
bool isInteger(ElementType type);
/// Whether a model's inputs and outputs may have such elements.
bool isInterfaceType(ElementType type);
/// Unsigned integers; booleans are not.
bool isUnsigned(ElementType type);
/// Unsigned integers and booleans: the top bit is no sign.
bool isZeroExtended(ElementType type);

/// A file that stays mapped as long as a weight refers to it.
struct MappedFile {
  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
};

struct Weight;
using WeightRef = std::shared_ptr<const Weight>;

struct Weight {
  enum class Kind { File, Bytes, Splat, Slice, Concat, Transpose, Reshape };

  Kind kind = Kind::Bytes;
  ElementType type = ElementType::Undefined;
  llvm::SmallVector<int64_t, 4> shape;
  std::string name;      // of the initializer; empty for computed constants
  unsigned treeSize = 1; // this and the operands, shared ones counted again

  std::shared_ptr<const MappedFile> file; // File
  uint64_t offset = 0;                    // File: where the elements begin
  std::string bytes;                      // Bytes; Splat: of one element

  llvm::SmallVector<WeightRef, 1> sources;   // the operands of a view
  llvm::SmallVector<int64_t, 4> starts;      // Slice, one per dimension
  llvm::SmallVector<int64_t, 4> steps;       // Slice, may be negative
  llvm::SmallVector<int64_t, 4> permutation; // Transpose
  int64_t axis = 0;                          // Concat

  int64_t getNumElements() const;
  uint64_t getNumBytes() const;

  /// Copies the elements, little-endian and row-major.
  std::string read() const;
};

WeightRef makeFileWeight(std::shared_ptr<const MappedFile> file,
                         uint64_t offset, ElementType type,
                         llvm::ArrayRef<int64_t> shape, llvm::StringRef name);
WeightRef makeBytesWeight(std::string bytes, ElementType type,
                          llvm::ArrayRef<int64_t> shape, llvm::StringRef name);
WeightRef makeSplatWeight(std::string element, ElementType type,
                          llvm::ArrayRef<int64_t> shape);

/// Views. The operands must already be known to fit. Null where the tree would
/// become too large; the operation then stays in the graph.
WeightRef makeSlice(const WeightRef &source, llvm::ArrayRef<int64_t> starts,
                    llvm::ArrayRef<int64_t> sizes,
                    llvm::ArrayRef<int64_t> steps);
WeightRef makeConcat(llvm::ArrayRef<WeightRef> sources, int64_t axis);
WeightRef makeTranspose(const WeightRef &source,
                        llvm::ArrayRef<int64_t> permutation);
WeightRef makeReshape(const WeightRef &source, llvm::ArrayRef<int64_t> shape);

/// "slice(@w[64x3] from 0x0 by 1x1)": for messages and tests.
std::string toString(const Weight &weight);
std::string toString(llvm::ArrayRef<int64_t> shape);

/// The product of non-negative extents; nothing on overflow or beyond 2^46
/// bytes' worth, which no file of weights reaches.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_WEIGHT_H
