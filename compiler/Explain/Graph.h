//===- Graph.h - a function as a graph to look at ---------------*- C++ -*-===//
#ifndef SEQC_COMPILER_EXPLAIN_GRAPH_H
#define SEQC_COMPILER_EXPLAIN_GRAPH_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace seqc {

/// An op, or an input or output of the function.
struct GraphNode {
  enum class Kind { Input, Output, Op, Scan };
  Kind kind = Kind::Op;
  std::vector<std::string> lines; ///< The first is its name.
  std::vector<unsigned> inputs;   ///< Earlier nodes whose values it reads.
};

struct Graph {
  std::vector<GraphNode> nodes;
};

/// The ops of `function` that stand for work, scans with their domain, time and
/// carries. What only makes shapes, constants and memory is left out.
Graph collectGraph(mlir::func::FuncOp function);

/// An SVG element, layer under layer.
void drawGraph(const Graph &graph, llvm::raw_ostream &os);

} // namespace seqc

#endif // SEQC_COMPILER_EXPLAIN_GRAPH_H
