//===- WireScan.h - Where raw tensor data lies in a file --------*- C++ -*-===//
//
// Protobuf copies byte fields out of the file. This finds where in the file
// they are, so that weights can stay views of it: a walk over the encoded
// fields that mirrors the structure of the decoded messages.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_WIRESCAN_H
#define SEQC_COMPILER_IMPORT_ONNX_WIRESCAN_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>
#include <vector>

namespace seqc::onnx {

/// A tensor's raw_data; `size` is 0 where it has none.
struct RawDataRange {
  uint64_t offset = 0, size = 0;
};

struct GraphRanges;

struct AttributeRanges {
  RawDataRange tensor;
  std::shared_ptr<GraphRanges> graph;
};

struct NodeRanges {
  std::vector<AttributeRanges> attributes;
};

struct GraphRanges {
  std::vector<NodeRanges> nodes;
  std::vector<RawDataRange> initializers;
};

/// Scans an encoded ModelProto that protobuf has already accepted. What cannot
/// be followed is missing from the result; the caller then copies.
GraphRanges scanModel(llvm::StringRef bytes);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_WIRESCAN_H
