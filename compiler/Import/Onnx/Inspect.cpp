//===- Inspect.cpp - What is in this model? -------------------------------===//

#include "compiler/Import/Onnx/Inspect.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::StringRef;

/// A state's name without what tells before from after: "statein", "stateN",
/// "state_out" and "state" are all "state".
static std::string getStem(StringRef name, bool isInput) {
  std::string lower = name.rsplit('/').second.empty()
                          ? name.lower()
                          : name.rsplit('/').second.lower();
  StringRef stem = lower;
  static const StringRef before[] = {"past", "input", "prev", "init",
                                     "in",   "old",   "0"};
  static const StringRef after[] = {"present", "output", "next", "new",
                                    "final",   "out",    "n"};
  auto trim = [&](StringRef part) {
    StringRef rest = stem;
    bool found = rest.consume_front(part) || rest.consume_back(part);
    // A name that is nothing but the mark names the state "past".
    if (found)
      stem = rest.trim('_').trim('.');
    return found;
  };
  for (StringRef part : isInput ? llvm::ArrayRef<StringRef>(before)
                                : llvm::ArrayRef<StringRef>(after))
    if (trim(part))
      break;
  return stem.trim('_').str();
}

std::vector<StatePair> suggestStates(const FoldedGraph &graph) {
  std::vector<StatePair> pairs;
  llvm::StringSet<> taken;
  for (int id : graph.inputs) {
    const Value &input = graph.values[id];
    for (const FoldedOutput &output : graph.outputs) {
      const Value &value = graph.values[output.value];
      bool sameType = value.unknown ||
                      (value.type == input.type && value.shape == input.shape);
      if (!sameType || output.value == id || taken.contains(output.name))
        continue;
      // "h" and "hn" share the stem "h"; "input" and "output" share "" and say
      // nothing of a state.
      std::string stem = getStem(input.name, true);
      bool isPast = StringRef(input.name).lower() == "past";
      if ((stem.empty() && !isPast) || stem != getStem(output.name, false))
        continue;
      pairs.push_back({input.name, output.name});
      taken.insert(output.name);
      break;
    }
  }
  return pairs;
}

namespace {

/// A line of the report: a name and what it is.
struct Described {
  std::string name, type;
  Shape shape;
  bool unknown;
};

} // namespace

static std::vector<Described> describeInputs(const FoldedGraph &graph) {
  std::vector<Described> rows;
  for (int id : graph.inputs) {
    const Value &value = graph.values[id];
    rows.push_back({value.name, toString(value.type), value.shape, false});
  }
  return rows;
}

static std::vector<Described> describeOutputs(const FoldedGraph &graph) {
  std::vector<Described> rows;
  for (const FoldedOutput &output : graph.outputs) {
    const Value &value = graph.values[output.value];
    rows.push_back(
        {output.name, toString(value.type), value.shape, value.unknown});
  }
  return rows;
}

static std::vector<std::string> collectDims(const FoldedGraph &graph) {
  std::vector<std::string> names;
  for (int id : graph.inputs)
    for (const Dim &dim : graph.values[id].shape)
      dim.collectNames(names);
  return names;
}

static void printText(const FoldedGraph &graph, llvm::raw_ostream &os) {
  const Model &model = *graph.model;
  os << model.path << ": ONNX, operator set " << model.opset << ", IR version "
     << model.irVersion;
  if (!model.producer.empty())
    os << ", written by " << model.producer;
  os << ", " << graph.nodes.size() << " nodes after folding\n";
  auto print = [&](StringRef title, llvm::ArrayRef<Described> rows) {
    os << title << ":\n";
    for (const Described &row : rows)
      os << "  " << row.name << "  "
         << (row.unknown ? "depends on what is not supported"
                         : row.type + " " + toString(row.shape))
         << "\n";
  };
  print("inputs", describeInputs(graph));
  print("outputs", describeOutputs(graph));
  std::vector<std::string> dims = collectDims(graph);
  if (!dims.empty())
    os << "dynamic dimensions: " << llvm::join(dims, ", ") << "\n";
  for (const StatePair &pair : suggestStates(graph))
    os << "suggested: --state " << pair.input << "=" << pair.output << "\n";
  if (graph.unsupported.empty())
    os << "every operator is supported\n";
  else
    os << "not supported:\n";
  for (const Unsupported &entry : graph.unsupported)
    os << "  " << toString(entry) << "\n";
}

static void printJson(const FoldedGraph &graph, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  auto writeRows = [&](StringRef key, llvm::ArrayRef<Described> rows) {
    json.attributeArray(key, [&] {
      for (const Described &row : rows)
        json.object([&] {
          json.attribute("name", row.name);
          if (row.unknown)
            return;
          json.attribute("type", row.type);
          json.attributeArray("shape", [&] {
            for (const Dim &dim : row.shape)
              if (auto constant = dim.getConstant())
                json.value(*constant);
              else
                json.value(dim.str());
          });
        });
    });
  };
  json.object([&] {
    json.attribute("file", graph.model->path);
    json.attribute("opset", graph.model->opset);
    json.attribute("producer", graph.model->producer);
    json.attribute("nodes", int64_t(graph.nodes.size()));
    writeRows("inputs", describeInputs(graph));
    writeRows("outputs", describeOutputs(graph));
    json.attributeArray("dims", [&] {
      for (const std::string &dim : collectDims(graph))
        json.value(dim);
    });
    json.attributeArray("states", [&] {
      for (const StatePair &pair : suggestStates(graph))
        json.object([&] {
          json.attribute("input", pair.input);
          json.attribute("output", pair.output);
        });
    });
    json.attributeArray("unsupported", [&] {
      for (const Unsupported &entry : graph.unsupported)
        json.object([&] {
          json.attribute("operator", entry.op);
          json.attribute("reason", entry.reason);
          json.attribute("nodes", int64_t(entry.count));
          json.attribute("first", entry.firstNode);
        });
    });
  });
  os << "\n";
}

Error inspectOnnx(StringRef path, const FoldOptions &options,
                  llvm::raw_ostream &os, bool json) {
  auto model = readModel(path);
  if (!model)
    return model.takeError();
  auto graph = foldModel(std::move(*model), options);
  if (!graph)
    return graph.takeError();
  if (json)
    printJson(*graph, os);
  else
    printText(*graph, os);
  return Error::success();
}

} // namespace seqc::onnx
