//===- RwkvTables.h - The tensors of every version of RWKV ------*- C++ -*-===//
//
// A version is a table of its tensors and a function that builds its layers
// from them.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_RWKVTABLES_H
#define SEQC_COMPILER_IMPORT_RWKVTABLES_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <vector>

namespace seqc::rwkv {

class BlockBuilder;

/// Blocks that have a tensor.
enum class Blocks { All, First, AboveFirst };

struct TensorRow {
  llvm::StringLiteral name; ///< After "blocks.N.".
  /// Extents: numbers, C (channels), F (of channel mixing), H and N (heads and
  /// their width, H N = C), M and D (of narrow matrices that mix and that
  /// decay), 5M for five times that, or R for any. Ones are dropped.
  llvm::StringLiteral shape;
  Blocks blocks = Blocks::All;
};

struct Version {
  llvm::StringLiteral title;
  llvm::StringLiteral mark; ///< A tensor of the first block that tells it.
  std::vector<llvm::ArrayRef<TensorRow>> tensors; ///< Of its blocks.
  /// From the normalised sequence to what is added to the residual.
  mlir::Value (*buildTimeMix)(BlockBuilder &block, mlir::Value x);
  mlir::Value (*buildChannelMix)(BlockBuilder &block, mlir::Value x);
};

/// Every version, such that the first whose mark a file has is the file's.
llvm::ArrayRef<Version> getVersions();

} // namespace seqc::rwkv

#endif // SEQC_COMPILER_IMPORT_RWKVTABLES_H
