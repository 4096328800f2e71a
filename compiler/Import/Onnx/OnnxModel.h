//===- OnnxModel.h - An ONNX model as plain structs -------------*- C++ -*-===//
//
// What a checked model file says, free of protobuf: graphs of named values,
// with every constant a view of the mapped file. `readModel` promises that
// names resolve, definitions are unique, nodes are in an order in which each
// follows what it uses, and every constant lies inside its file.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_ONNXMODEL_H
#define SEQC_COMPILER_IMPORT_ONNX_ONNXMODEL_H

#include "compiler/Import/Onnx/Dim.h"
#include "compiler/Import/Onnx/Weight.h"
#include "llvm/Support/Error.h"

namespace seqc::onnx {

struct Graph;

struct Attribute {
  enum class Kind {
    Int,
    Float,
    String,
    Ints,
    Floats,
    Strings,
    Tensor,
    Graph,
    Other // sparse tensors, types and lists of them: no operator here has any
  };
  std::string name;
  Kind kind = Kind::Other;
  int64_t i = 0;
  double f = 0;
  std::string s;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::vector<std::string> strings;
  WeightRef tensor;
  std::shared_ptr<Graph> graph;
};

struct Node {
  std::string name, opType, domain;
  std::vector<std::string> inputs, outputs; // "" where absent
  std::vector<Attribute> attributes;
  unsigned index = 0; // in its graph, as stored

  const Attribute *getAttribute(llvm::StringRef name) const;
  /// "Conv", or "domain::Conv" outside of the standard's domain.
  std::string getOperator() const;
  /// "node 'a/b' (Conv, number 3)".
  std::string describe() const;
};

/// What the model declares of a value.
struct ValueInfo {
  std::string name;
  ElementType type = ElementType::Undefined;
  std::string notTensor; // "sequence", "map", "optional", "sparse tensor"
  bool hasShape = false;
  Shape shape; // dynamic extents are symbols; "<value>_<axis>" if unnamed
};

struct Initializer {
  std::string name;
  WeightRef weight;
};

struct Graph {
  std::string name;
  std::vector<ValueInfo> inputs, outputs;
  std::vector<Initializer> initializers;
  std::vector<Node> nodes;
};

struct Model {
  std::string path;
  std::string producer;
  int64_t irVersion = 0;
  int64_t opset = 0;
  Graph graph;
};

/// An error "PATH: MESSAGE".
llvm::Error makeError(const Model &model, const llvm::Twine &message);
/// An error "PATH: node 'NAME' (OP, number N): MESSAGE".
llvm::Error makeError(const Model &model, const Node &node,
                      const llvm::Twine &message);

llvm::Expected<std::shared_ptr<const Model>> readModel(llvm::StringRef path);
/// For tests. `path` is where external data is looked for.
llvm::Expected<std::shared_ptr<const Model>>
readModel(std::unique_ptr<llvm::MemoryBuffer> buffer, llvm::StringRef path);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_ONNXMODEL_H
