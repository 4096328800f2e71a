//===- WireScan.cpp - Where raw tensor data lies in a file ----------------===//

#include "compiler/Import/Onnx/WireScan.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace seqc::onnx {

namespace {

// Field numbers of onnx.proto.
enum : uint32_t {
  modelGraph = 7,
  graphNode = 1,
  graphInitializer = 5,
  nodeAttribute = 5,
  attributeTensor = 5,
  attributeGraph = 6,
  tensorRawData = 9
};

/// A part of the file.
struct Range {
  uint64_t begin, end;
};

class Scanner {
public:
  explicit Scanner(llvm::StringRef bytes) : bytes(bytes) {}

  void scanGraph(Range range, GraphRanges &graph);

  /// Calls `visit` with every length-delimited field; stops at what is not one
  /// of the encodings in use (groups are long deprecated).
  void forEachMessage(Range range,
                      llvm::function_ref<void(uint32_t, Range)> visit);

private:
  void scanNode(Range range, NodeRanges &node);
  void scanAttribute(Range range, AttributeRanges &attribute);
  void scanTensor(Range range, RawDataRange &raw);
  bool readVarint(uint64_t &position, uint64_t end, uint64_t &value);

  llvm::StringRef bytes;
};

} // namespace

bool Scanner::readVarint(uint64_t &position, uint64_t end, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && position < end; shift += 7) {
    uint8_t byte = bytes[position++];
    value |= uint64_t(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

void Scanner::forEachMessage(Range range,
                             llvm::function_ref<void(uint32_t, Range)> visit) {
  uint64_t position = range.begin, key, value;
  while (position < range.end && readVarint(position, range.end, key)) {
    uint64_t skip = 0;
    switch (key & 7) {
    case 0:
      if (!readVarint(position, range.end, value))
        return;
      break;
    case 1:
      skip = 8;
      break;
    case 2:
      if (!readVarint(position, range.end, skip))
        return;
      break;
    case 5:
      skip = 4;
      break;
    default:
      return;
    }
    if (skip > range.end - position)
      return;
    if ((key & 7) == 2)
      visit(uint32_t(key >> 3), {position, position + skip});
    position += skip;
  }
}

void Scanner::scanTensor(Range range, RawDataRange &raw) {
  forEachMessage(range, [&](uint32_t field, Range data) {
    if (field == tensorRawData)
      raw = {data.begin, data.end - data.begin};
  });
}

void Scanner::scanAttribute(Range range, AttributeRanges &attribute) {
  forEachMessage(range, [&](uint32_t field, Range data) {
    if (field == attributeTensor)
      scanTensor(data, attribute.tensor);
    if (field != attributeGraph)
      return;
    if (!attribute.graph)
      attribute.graph = std::make_shared<GraphRanges>();
    scanGraph(data, *attribute.graph);
  });
}

void Scanner::scanNode(Range range, NodeRanges &node) {
  forEachMessage(range, [&](uint32_t field, Range data) {
    if (field == nodeAttribute)
      scanAttribute(data, node.attributes.emplace_back());
  });
}

void Scanner::scanGraph(Range range, GraphRanges &graph) {
  forEachMessage(range, [&](uint32_t field, Range data) {
    if (field == graphNode)
      scanNode(data, graph.nodes.emplace_back());
    if (field == graphInitializer)
      scanTensor(data, graph.initializers.emplace_back());
  });
}

GraphRanges scanModel(llvm::StringRef bytes) {
  GraphRanges graph;
  Scanner scanner(bytes);
  scanner.forEachMessage({0, bytes.size()}, [&](uint32_t field, Range data) {
    if (field == modelGraph)
      scanner.scanGraph(data, graph);
  });
  return graph;
}

} // namespace seqc::onnx
