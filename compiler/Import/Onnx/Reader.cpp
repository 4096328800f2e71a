//===- Reader.cpp - From protobuf to plain structs ------------------------===//
//
// Parses the file, turns its messages into the structs of OnnxModel.h and every
// tensor into a view of the mapped file, or of the file of external data.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Check.h"
#include "compiler/Import/Onnx/OnnxModel.h"
#include "compiler/Import/Onnx/WireScan.h"

#include "onnx.pb.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include <climits>

namespace seqc::onnx {

namespace {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;
using ::onnx::AttributeProto;
using ::onnx::GraphProto;
using ::onnx::ModelProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;
using ::onnx::ValueInfoProto;

/// The standard's operator sets whose operators have the meaning implemented
/// here. What older or newer ones do otherwise they say by attributes or
/// operands, which are refused where they are met.
constexpr int64_t minOpset = 1, maxOpset = 27;

constexpr int maxRank = 16;

class Reader {
public:
  Reader(std::shared_ptr<MappedFile> file, llvm::StringRef path)
      : file(std::move(file)), model(std::make_shared<Model>()) {
    model->path = path.str();
  }

  Expected<std::shared_ptr<const Model>> read();

private:
  Error readOpset(const ModelProto &proto);
  Error readGraph(const GraphProto &proto, const GraphRanges &ranges,
                  Graph &graph);
  Error readNode(const NodeProto &proto, const NodeRanges &ranges, Node &node);
  Error readAttribute(const AttributeProto &proto,
                      const AttributeRanges &ranges, const Node &node,
                      Attribute &attribute);
  Error readValueInfo(const ValueInfoProto &proto, ValueInfo &info);
  Expected<WeightRef> readTensor(const TensorProto &proto, RawDataRange range,
                                 llvm::StringRef name, const Twine &what);
  Expected<WeightRef> readExternalTensor(const TensorProto &proto,
                                         ElementType type, uint64_t size,
                                         llvm::StringRef name,
                                         const Twine &what);
  Expected<std::shared_ptr<const MappedFile>>
  mapExternalFile(llvm::StringRef location, const Twine &what);
  Error fail(const Twine &message) { return makeError(*model, message); }

  std::shared_ptr<MappedFile> file;
  std::shared_ptr<Model> model;
  llvm::StringMap<std::shared_ptr<const MappedFile>> externalFiles;
};

} // namespace

Expected<std::shared_ptr<const Model>> Reader::read() {
  llvm::StringRef bytes = file->buffer->getBuffer();
  if (bytes.empty())
    return fail("expected an ONNX model, found an empty file");
  if (bytes.size() > INT_MAX)
    return fail("expected a file below 2 GiB (larger weights are stored as "
                "external data), found " +
                Twine(bytes.size()) + " bytes");
  ModelProto proto;
  if (!proto.ParseFromArray(bytes.data(), int(bytes.size())))
    return fail("expected an ONNX model, found bytes that are not one: the "
                "file is truncated, damaged or of another format");
  if (!proto.has_graph())
    return fail("expected an ONNX model, found one without a graph");
  model->irVersion = proto.ir_version();
  model->producer = proto.producer_name();
  if (Error error = readOpset(proto))
    return error;
  if (Error error = readGraph(proto.graph(), scanModel(bytes), model->graph))
    return error;
  if (Error error = checkModel(*model))
    return error;
  return std::shared_ptr<const Model>(std::move(model));
}

Error Reader::readOpset(const ModelProto &proto) {
  for (const auto &opset : proto.opset_import())
    if (opset.domain().empty() || opset.domain() == "ai.onnx")
      model->opset = opset.version();
  if (model->opset == 0)
    return fail("expected the version of the standard operator set "
                "(opset_import), found none");
  if (model->opset < minOpset || model->opset > maxOpset)
    return fail("expected an operator set from " + Twine(minOpset) + " to " +
                Twine(maxOpset) + ", found " + Twine(model->opset));
  return Error::success();
}

Error Reader::readGraph(const GraphProto &proto, const GraphRanges &ranges,
                        Graph &graph) {
  graph.name = proto.name();
  if (proto.sparse_initializer_size() > 0)
    return fail("sparse initializers are not supported; the graph '" +
                graph.name + "' has " + Twine(proto.sparse_initializer_size()));
  bool located = ranges.initializers.size() == size_t(proto.initializer_size());
  for (auto [i, tensor] : llvm::enumerate(proto.initializer())) {
    auto weight =
        readTensor(tensor, located ? ranges.initializers[i] : RawDataRange(),
                   tensor.name(), "initializer '" + tensor.name() + "'");
    if (!weight)
      return weight.takeError();
    graph.initializers.push_back({tensor.name(), std::move(*weight)});
  }
  for (const ValueInfoProto &input : proto.input())
    if (Error error = readValueInfo(input, graph.inputs.emplace_back()))
      return error;
  for (const ValueInfoProto &output : proto.output())
    if (Error error = readValueInfo(output, graph.outputs.emplace_back()))
      return error;
  located = ranges.nodes.size() == size_t(proto.node_size());
  graph.nodes.reserve(proto.node_size());
  for (auto [i, node] : llvm::enumerate(proto.node())) {
    Node &read = graph.nodes.emplace_back();
    read.index = i;
    if (Error error =
            readNode(node, located ? ranges.nodes[i] : NodeRanges(), read))
      return error;
  }
  return Error::success();
}

Error Reader::readNode(const NodeProto &proto, const NodeRanges &ranges,
                       Node &node) {
  node.name = proto.name();
  node.opType = proto.op_type();
  node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  bool located = ranges.attributes.size() == size_t(proto.attribute_size());
  for (auto [i, attribute] : llvm::enumerate(proto.attribute())) {
    if (node.getAttribute(attribute.name()))
      return makeError(*model, node,
                       "attribute '" + attribute.name() + "' is given twice");
    Attribute read;
    if (Error error = readAttribute(
            attribute, located ? ranges.attributes[i] : AttributeRanges(), node,
            read))
      return error;
    node.attributes.push_back(std::move(read));
  }
  return Error::success();
}

/// Files of the first IR version give no type: it is the field that is set.
static AttributeProto::AttributeType getType(const AttributeProto &proto) {
  if (proto.type() != AttributeProto::UNDEFINED)
    return proto.type();
  if (proto.has_f())
    return AttributeProto::FLOAT;
  if (proto.has_i())
    return AttributeProto::INT;
  if (proto.has_s())
    return AttributeProto::STRING;
  if (proto.has_t())
    return AttributeProto::TENSOR;
  if (proto.has_g())
    return AttributeProto::GRAPH;
  if (proto.floats_size())
    return AttributeProto::FLOATS;
  if (proto.strings_size())
    return AttributeProto::STRINGS;
  return AttributeProto::INTS;
}

Error Reader::readAttribute(const AttributeProto &proto,
                            const AttributeRanges &ranges, const Node &node,
                            Attribute &attribute) {
  using Kind = Attribute::Kind;
  attribute.name = proto.name();
  if (!proto.ref_attr_name().empty())
    return makeError(*model, node,
                     "attribute '" + attribute.name +
                         "' refers to a function's attribute '" +
                         proto.ref_attr_name() + "' outside of a function");
  switch (getType(proto)) {
  case AttributeProto::INT:
    attribute.kind = Kind::Int;
    attribute.i = proto.i();
    break;
  case AttributeProto::FLOAT:
    attribute.kind = Kind::Float;
    attribute.f = proto.f();
    break;
  case AttributeProto::STRING:
    attribute.kind = Kind::String;
    attribute.s = proto.s();
    break;
  case AttributeProto::INTS:
    attribute.kind = Kind::Ints;
    attribute.ints.assign(proto.ints().begin(), proto.ints().end());
    break;
  case AttributeProto::FLOATS:
    attribute.kind = Kind::Floats;
    attribute.floats.assign(proto.floats().begin(), proto.floats().end());
    break;
  case AttributeProto::STRINGS:
    attribute.kind = Kind::Strings;
    attribute.strings.assign(proto.strings().begin(), proto.strings().end());
    break;
  case AttributeProto::TENSOR: {
    attribute.kind = Kind::Tensor;
    auto weight =
        readTensor(proto.t(), ranges.tensor, "",
                   node.describe() + ": attribute '" + attribute.name + "'");
    if (!weight)
      return weight.takeError();
    attribute.tensor = std::move(*weight);
    break;
  }
  case AttributeProto::GRAPH: {
    attribute.kind = Kind::Graph;
    auto graph = std::make_shared<Graph>();
    if (Error error = readGraph(
            proto.g(), ranges.graph ? *ranges.graph : GraphRanges(), *graph))
      return error;
    attribute.graph = std::move(graph);
    break;
  }
  default:
    attribute.kind = Kind::Other;
  }
  return Error::success();
}

/// Extents' names become fields of a C struct and parts of expressions.
static std::string sanitizeName(llvm::StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result[0]))
    result.insert(0, "d");
  return result;
}

Error Reader::readValueInfo(const ValueInfoProto &proto, ValueInfo &info) {
  using ::onnx::TypeProto;
  info.name = proto.name();
  switch (proto.type().value_case()) {
  case TypeProto::kSequenceType:
    info.notTensor = "sequence";
    break;
  case TypeProto::kMapType:
    info.notTensor = "map";
    break;
  case TypeProto::kOptionalType:
    info.notTensor = "optional";
    break;
  case TypeProto::kSparseTensorType:
    info.notTensor = "sparse tensor";
    break;
  default:
    break;
  }
  const auto &tensor = proto.type().tensor_type();
  if (tensor.elem_type() < 0 || tensor.elem_type() > UINT8_MAX)
    return fail("value '" + info.name + "': unknown element type " +
                Twine(tensor.elem_type()));
  info.type = ElementType(tensor.elem_type());
  info.hasShape = tensor.has_shape();
  if (tensor.shape().dim_size() > maxRank)
    return fail("value '" + info.name + "': expected a rank of at most " +
                Twine(maxRank) + ", found " + Twine(tensor.shape().dim_size()));
  for (auto [axis, dim] : llvm::enumerate(tensor.shape().dim())) {
    if (dim.has_dim_value() && dim.dim_value() < 0)
      return fail("value '" + info.name + "': dimension " + Twine(axis) +
                  " is negative: " + Twine(dim.dim_value()));
    if (dim.has_dim_value())
      info.shape.push_back(dim.dim_value());
    else
      info.shape.push_back(Dim::getSymbol(sanitizeName(
          dim.dim_param().empty() ? info.name + "_" + std::to_string(axis)
                                  : dim.dim_param())));
  }
  return Error::success();
}

template <typename Stored, typename Field>
static std::string packField(const Field &field) {
  std::string bytes;
  bytes.reserve(field.size() * sizeof(Stored));
  for (auto element : field) {
    Stored stored = Stored(element);
    bytes.append(reinterpret_cast<const char *>(&stored), sizeof(stored));
  }
  return bytes;
}

/// The elements of a tensor that does not use raw_data, which for each type are
/// in one field of a possibly wider type.
static std::string packTypedFields(const TensorProto &proto, ElementType type) {
  switch (type) {
  case ElementType::F32:
  case ElementType::C64:
    return packField<float>(proto.float_data());
  case ElementType::F64:
  case ElementType::C128:
    return packField<double>(proto.double_data());
  case ElementType::I64:
    return packField<int64_t>(proto.int64_data());
  case ElementType::U64:
    return packField<uint64_t>(proto.uint64_data());
  case ElementType::U32:
    return packField<uint32_t>(proto.uint64_data());
  case ElementType::I32:
    return packField<int32_t>(proto.int32_data());
  case ElementType::Bool:
  case ElementType::I8:
  case ElementType::U8:
    return packField<uint8_t>(proto.int32_data());
  default:
    return packField<uint16_t>(proto.int32_data());
  }
}

Expected<WeightRef> Reader::readTensor(const TensorProto &proto,
                                       RawDataRange range, llvm::StringRef name,
                                       const Twine &what) {
  auto type = ElementType(proto.data_type());
  if (proto.data_type() < 0 || proto.data_type() > UINT8_MAX ||
      getByteSize(type) == 0)
    return fail(what + ": elements of " +
                (proto.data_type() == 8 ? "type string"
                                        : "type " + Twine(proto.data_type())) +
                " are not supported");
  if (proto.has_segment())
    return fail(what + ": tensors stored in segments are not supported");
  llvm::ArrayRef<int64_t> dims(proto.dims().data(), proto.dims_size());
  if (dims.size() > maxRank)
    return fail(what + ": expected a rank of at most " + Twine(maxRank) +
                ", found " + Twine(dims.size()));
  std::optional<int64_t> count = countElements(dims);
  if (!count)
    return fail(what + ": the dimensions " + toString(dims) +
                " are negative or too large");
  uint64_t size = uint64_t(*count) * getByteSize(type);
  if (proto.data_location() == TensorProto::EXTERNAL)
    return readExternalTensor(proto, type, size, name, what);

  std::string bytes =
      proto.has_raw_data() ? std::string() : packTypedFields(proto, type);
  uint64_t found =
      proto.has_raw_data() ? proto.raw_data().size() : bytes.size();
  if (found != size)
    return fail(what + ": expected " + Twine(size) + " bytes for " +
                toString(dims) + " of " + toString(type) + ", found " +
                Twine(found));
  if (!proto.has_raw_data())
    return makeBytesWeight(std::move(bytes), type, dims, name);
  if (size > 0 && range.size == size &&
      file->buffer->getBuffer().substr(range.offset, range.size) ==
          llvm::StringRef(proto.raw_data()))
    return makeFileWeight(file, range.offset, type, dims, name);
  return makeBytesWeight(proto.raw_data(), type, dims, name);
}

Expected<WeightRef> Reader::readExternalTensor(const TensorProto &proto,
                                               ElementType type, uint64_t size,
                                               llvm::StringRef name,
                                               const Twine &what) {
  std::string location;
  uint64_t offset = 0, length = size;
  for (const auto &entry : proto.external_data()) {
    bool bad = false;
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      bad = llvm::StringRef(entry.value()).getAsInteger(10, offset);
    else if (entry.key() == "length")
      bad = llvm::StringRef(entry.value()).getAsInteger(10, length);
    if (bad)
      return fail(what + ": external data: expected a number for '" +
                  entry.key() + "', found '" + entry.value() + "'");
  }
  auto mapped = mapExternalFile(location, what);
  if (!mapped)
    return mapped.takeError();
  llvm::ArrayRef<int64_t> dims(proto.dims().data(), proto.dims_size());
  if (length != size)
    return fail(what + ": expected " + Twine(size) + " bytes for " +
                toString(dims) + " of " + toString(type) + ", found " +
                Twine(length) + " in external data");
  uint64_t available = (*mapped)->buffer->getBufferSize();
  if (offset > available || size > available - offset)
    return fail(what + ": external data: expected " + Twine(size) +
                " bytes at offset " + Twine(offset) + " of '" + location +
                "', which has " + Twine(available));
  return makeFileWeight(*mapped, offset, type, dims, name);
}

/// Maps a file of external data, which must lie beside the model or below.
Expected<std::shared_ptr<const MappedFile>>
Reader::mapExternalFile(llvm::StringRef location, const Twine &what) {
  namespace path = llvm::sys::path;
  if (auto found = externalFiles.find(location); found != externalFiles.end())
    return found->second;
  bool escapes = location.empty() || path::is_absolute(location) ||
                 location.contains('\0');
  for (llvm::StringRef part :
       llvm::make_range(path::begin(location), path::end(location)))
    escapes |= part == "..";
  if (escapes)
    return fail(what +
                ": external data: expected the path of a file beside "
                "the model, found '" +
                location + "'");
  llvm::SmallString<256> directory(path::parent_path(model->path)), wanted,
      realDirectory;
  if (directory.empty())
    directory = ".";
  llvm::SmallString<256> full = directory;
  path::append(full, location);
  if (auto code = llvm::sys::fs::real_path(full, wanted))
    return fail(what + ": external data: '" + full + "': " + code.message());
  if (auto code = llvm::sys::fs::real_path(directory, realDirectory))
    return fail(what + ": external data: '" + directory +
                "': " + code.message());
  realDirectory += path::get_separator();
  if (!llvm::StringRef(wanted).starts_with(realDirectory))
    return fail(what + ": external data: '" + full +
                "' is a link to outside of the model's directory");
  auto buffer = llvm::MemoryBuffer::getFile(full, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail(what + ": external data: '" + full +
                "': " + buffer.getError().message());
  auto mapped = std::make_shared<MappedFile>();
  mapped->path = full.str().str();
  mapped->buffer = std::move(*buffer);
  externalFiles[location] = mapped;
  return std::shared_ptr<const MappedFile>(mapped);
}

Expected<std::shared_ptr<const Model>>
readModel(std::unique_ptr<llvm::MemoryBuffer> buffer, llvm::StringRef path) {
  auto file = std::make_shared<MappedFile>();
  file->path = path.str();
  file->buffer = std::move(buffer);
  return Reader(std::move(file), path).read();
}

Expected<std::shared_ptr<const Model>> readModel(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(buffer.getError(),
                                   path + ": " + buffer.getError().message());
  return readModel(std::move(*buffer), path);
}

} // namespace seqc::onnx
