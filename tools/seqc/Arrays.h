//===- Arrays.h - tensors on the command line and in files ------*- C++ -*-===//
//
// Reading and writing the tensors that `seqc run` takes and gives: literals,
// NumPy files and ONNX TensorProto files. Everything that is read comes from
// outside and is checked as such; errors say what was required and what was
// found.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_ARRAYS_H
#define SEQC_TOOLS_SEQC_ARRAYS_H

#include "seqc/abi.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <new>
#include <optional>
#include <string>
#include <vector>

namespace seqc {

/// An array never has more dimensions: a model's tensor has SEQC_MAX_RANK, and
/// a sequence of them one more.
constexpr size_t maxArrayRank = SEQC_MAX_RANK + 1;

/// Places for arrays at multiples of a cache line: large results are written
/// past the caches only there.
template <typename T> struct LineAllocator {
  using value_type = T;
  LineAllocator() = default;
  template <typename U> LineAllocator(const LineAllocator<U> &) {}
  T *allocate(size_t count) {
    return static_cast<T *>(
        ::operator new(count * sizeof(T), std::align_val_t(64)));
  }
  void deallocate(T *at, size_t) {
    ::operator delete(at, std::align_val_t(64));
  }
  friend bool operator==(LineAllocator, LineAllocator) { return true; }
  friend bool operator!=(LineAllocator, LineAllocator) { return false; }
};
using ArrayBytes = std::vector<char, LineAllocator<char>>;

/// A dense array in C order, little-endian.
struct Array {
  int32_t type = SEQC_F32; ///< SEQC_F32, ... as in seqc/abi.h.
  llvm::SmallVector<int64_t, maxArrayRank> shape;
  ArrayBytes data;
  std::string path; ///< The file that it was read from, if it was.

  size_t size() const;
  bool isInteger() const;
  double getNumber(size_t index) const;
  /// Exact where isInteger().
  int64_t getInteger(size_t index) const;
  /// Rounds to the element type.
  void setNumber(size_t index, double value);
};

/// An error that prints `format` and its arguments.
template <typename... Ts>
llvm::Error makeError(const char *format, const Ts &...arguments) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 arguments...);
}

/// "f32"; "?" for an unknown type.
llvm::StringRef getTypeName(int32_t type);
std::optional<int32_t> parseTypeName(llvm::StringRef name);
size_t getTypeSize(int32_t type);

/// "2x?x3xf32"; a negative extent is a "?".
std::string describeType(int32_t type, llvm::ArrayRef<int64_t> shape);

/// The bytes of such an array; an error beyond the rank or the address space.
llvm::Expected<size_t> getByteSize(int32_t type, llvm::ArrayRef<int64_t> shape);

/// Zeros. No array that is made or read is larger than 4 GiB.
llvm::Expected<Array> makeArray(int32_t type, llvm::ArrayRef<int64_t> shape);

/// An array of `type` and `shape` around `data`, which must be as long as they
/// say. Booleans must be 0 or 1.
llvm::Expected<Array> wrapData(int32_t type, llvm::ArrayRef<int64_t> shape,
                               llvm::StringRef data);

/// Rounds or widens every element.
llvm::Expected<Array> convertArray(const Array &array, int32_t type);

/// `2x3xf32=0.5` (every element) or `3xi64=1,2,3`; a scalar is `f32=0.5`.
llvm::Expected<Array> parseLiteral(llvm::StringRef text);

/// Reads a .npy or a .pb file. Errors begin with its path.
llvm::Expected<Array> readArray(llvm::StringRef path);

/// Writes a .npy file, whole or not at all. Errors begin with its path.
llvm::Error writeArray(llvm::StringRef path, const Array &array);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_ARRAYS_H
