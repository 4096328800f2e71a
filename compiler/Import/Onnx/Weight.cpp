//===- Weight.cpp - Constants as lazy views of files ----------------------===//

#include "compiler/Import/Onnx/Weight.h"
#include "compiler/Import/Onnx/Value.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cassert>

namespace seqc::onnx {

/// Bounds the recursion in read() and in destructors, and how much larger than
/// the file a constant can be made by concatenating it with itself.
static constexpr unsigned maxTreeSize = 1000;

std::string toString(ElementType type) {
  static const char *const names[] = {
      "undefined", "f32", "u8",  "i8",  "u16", "i16", "i32",  "i64", "string",
      "bool",      "f16", "f64", "u32", "u64", "c64", "c128", "bf16"};
  if (unsigned(type) < std::size(names))
    return names[unsigned(type)];
  return "type " + std::to_string(unsigned(type));
}

unsigned getByteSize(ElementType type) {
  switch (type) {
  case ElementType::U8:
  case ElementType::I8:
  case ElementType::Bool:
    return 1;
  case ElementType::U16:
  case ElementType::I16:
  case ElementType::F16:
  case ElementType::BF16:
    return 2;
  case ElementType::F32:
  case ElementType::I32:
  case ElementType::U32:
    return 4;
  case ElementType::I64:
  case ElementType::U64:
  case ElementType::F64:
  case ElementType::C64:
    return 8;
  case ElementType::C128:
    return 16;
  default:
    return 0;
  }
}

bool isFloat(ElementType type) {
  return type == ElementType::F32 || type == ElementType::F64 ||
         type == ElementType::F16 || type == ElementType::BF16;
}

bool isInteger(ElementType type) {
  return getByteSize(type) != 0 && !isFloat(type) && type != ElementType::C64 &&
         type != ElementType::C128;
}

bool isInterfaceType(ElementType type) {
  return isFloat(type) ||
         (isInteger(type) && (!isUnsigned(type) || type == ElementType::U8));
}

bool isUnsigned(ElementType type) {
  return type == ElementType::U8 || type == ElementType::U16 ||
         type == ElementType::U32 || type == ElementType::U64;
}

bool isZeroExtended(ElementType type) {
  return isUnsigned(type) || type == ElementType::Bool;
}

std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape) {
  constexpr int64_t limit = int64_t(1) << 46;
  // A zero anywhere makes an empty tensor, whatever the others are.
  if (llvm::is_contained(shape, 0))
    return 0;
  int64_t count = 1;
  for (int64_t extent : shape)
    if (extent < 0 || llvm::MulOverflow(count, extent, count) || count > limit)
      return std::nullopt;
  return count;
}

int64_t Weight::getNumElements() const { return *countElements(shape); }

uint64_t Weight::getNumBytes() const {
  return uint64_t(getNumElements()) * getByteSize(type);
}

static std::shared_ptr<Weight> makeWeight(Weight::Kind kind, ElementType type,
                                          llvm::ArrayRef<int64_t> shape) {
  auto weight = std::make_shared<Weight>();
  weight->kind = kind;
  weight->type = type;
  weight->shape.assign(shape.begin(), shape.end());
  return weight;
}

WeightRef makeFileWeight(std::shared_ptr<const MappedFile> file,
                         uint64_t offset, ElementType type,
                         llvm::ArrayRef<int64_t> shape, llvm::StringRef name) {
  auto weight = makeWeight(Weight::Kind::File, type, shape);
  weight->file = std::move(file);
  weight->offset = offset;
  weight->name = name.str();
  assert(offset + weight->getNumBytes() <=
         weight->file->buffer->getBufferSize());
  return weight;
}

WeightRef makeBytesWeight(std::string bytes, ElementType type,
                          llvm::ArrayRef<int64_t> shape, llvm::StringRef name) {
  auto weight = makeWeight(Weight::Kind::Bytes, type, shape);
  weight->bytes = std::move(bytes);
  weight->name = name.str();
  assert(weight->bytes.size() == weight->getNumBytes());
  return weight;
}

WeightRef makeSplatWeight(std::string element, ElementType type,
                          llvm::ArrayRef<int64_t> shape) {
  auto weight = makeWeight(Weight::Kind::Splat, type, shape);
  weight->bytes = std::move(element);
  return weight;
}

/// A view of `sources`, or null where it would be too large.
static std::shared_ptr<Weight> makeView(Weight::Kind kind,
                                        llvm::ArrayRef<WeightRef> sources,
                                        llvm::ArrayRef<int64_t> shape) {
  auto weight = makeWeight(kind, sources.front()->type, shape);
  for (const WeightRef &source : sources)
    weight->treeSize += source->treeSize;
  if (weight->treeSize > maxTreeSize || !countElements(shape))
    return nullptr;
  weight->sources.assign(sources.begin(), sources.end());
  return weight;
}

WeightRef makeSlice(const WeightRef &source, llvm::ArrayRef<int64_t> starts,
                    llvm::ArrayRef<int64_t> sizes,
                    llvm::ArrayRef<int64_t> steps) {
  if (llvm::ArrayRef<int64_t>(source->shape) == sizes &&
      llvm::all_of(steps, [](int64_t step) { return step > 0; }))
    return source;
  auto weight = makeView(Weight::Kind::Slice, source, sizes);
  if (!weight)
    return nullptr;
  weight->starts.assign(starts.begin(), starts.end());
  weight->steps.assign(steps.begin(), steps.end());
  return weight;
}

WeightRef makeConcat(llvm::ArrayRef<WeightRef> sources, int64_t axis) {
  if (sources.size() == 1)
    return sources.front();
  llvm::SmallVector<int64_t, 4> shape = sources.front()->shape;
  for (const WeightRef &source : sources.drop_front())
    shape[axis] += source->shape[axis];
  auto weight = makeView(Weight::Kind::Concat, sources, shape);
  if (!weight)
    return nullptr;
  weight->axis = axis;
  return weight;
}

WeightRef makeTranspose(const WeightRef &source,
                        llvm::ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return source;
  llvm::SmallVector<int64_t, 4> shape;
  for (int64_t axis : permutation)
    shape.push_back(source->shape[axis]);
  auto weight = makeView(Weight::Kind::Transpose, source, shape);
  if (!weight)
    return nullptr;
  weight->permutation.assign(permutation.begin(), permutation.end());
  return weight;
}

WeightRef makeReshape(const WeightRef &source, llvm::ArrayRef<int64_t> shape) {
  if (llvm::ArrayRef<int64_t>(source->shape) == shape)
    return source;
  // A reshape of a reshape is one reshape, and a splat has no layout.
  if (source->kind == Weight::Kind::Splat)
    return makeSplatWeight(source->bytes, source->type, shape);
  WeightRef base =
      source->kind == Weight::Kind::Reshape ? source->sources.front() : source;
  return makeView(Weight::Kind::Reshape, base, shape);
}

/// Copies the elements base + sum(index[i] * strides[i]) for every index of
/// `shape`, in row-major order.
static std::string copyStrided(const std::string &source, size_t size,
                               llvm::ArrayRef<int64_t> shape, int64_t base,
                               llvm::ArrayRef<int64_t> strides) {
  std::string result;
  int64_t count = *countElements(shape);
  result.reserve(count * size);
  llvm::SmallVector<int64_t, 4> index(shape.size(), 0);
  int64_t position = base;
  for (int64_t n = 0; n < count; ++n) {
    result.append(source, position * size, size);
    for (size_t i = shape.size(); i-- > 0;) {
      position += strides[i];
      if (++index[i] < shape[i])
        break;
      position -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
  return result;
}

static std::string readSlice(const Weight &weight) {
  const Weight &source = *weight.sources.front();
  llvm::SmallVector<int64_t, 4> strides = getStrides(source.shape);
  int64_t base = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    base += weight.starts[i] * strides[i];
    strides[i] *= weight.steps[i];
  }
  return copyStrided(source.read(), getByteSize(weight.type), weight.shape,
                     base, strides);
}

static std::string readTranspose(const Weight &weight) {
  const Weight &source = *weight.sources.front();
  llvm::SmallVector<int64_t, 4> from = getStrides(source.shape), strides;
  for (int64_t axis : weight.permutation)
    strides.push_back(from[axis]);
  return copyStrided(source.read(), getByteSize(weight.type), weight.shape, 0,
                     strides);
}

static std::string readConcat(const Weight &weight) {
  size_t inner = getByteSize(weight.type), outer = 1;
  for (size_t i = 0; i < weight.shape.size(); ++i)
    (int64_t(i) < weight.axis ? outer : inner) *=
        int64_t(i) == weight.axis ? 1 : weight.shape[i];
  llvm::SmallVector<std::string> parts;
  for (const WeightRef &source : weight.sources)
    parts.push_back(source->read());
  std::string result;
  result.reserve(weight.getNumBytes());
  for (size_t row = 0; row < outer; ++row)
    for (auto [source, part] : llvm::zip_equal(weight.sources, parts)) {
      size_t size = inner * source->shape[weight.axis];
      result.append(part, row * size, size);
    }
  return result;
}

std::string Weight::read() const {
  if (getNumElements() == 0)
    return {};
  switch (kind) {
  case Kind::File:
    return file->buffer->getBuffer().substr(offset, getNumBytes()).str();
  case Kind::Bytes:
    return bytes;
  case Kind::Splat: {
    std::string result;
    result.reserve(getNumBytes());
    for (int64_t i = 0, e = getNumElements(); i < e; ++i)
      result += bytes;
    return result;
  }
  case Kind::Slice:
    return readSlice(*this);
  case Kind::Concat:
    return readConcat(*this);
  case Kind::Transpose:
    return readTranspose(*this);
  case Kind::Reshape:
    return sources.front()->read();
  }
  return {};
}

std::string toString(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return llvm::join(
      llvm::map_range(shape, [](int64_t n) { return std::to_string(n); }), "x");
}

std::string toString(const Weight &weight) {
  std::string shape = toString(llvm::ArrayRef<int64_t>(weight.shape));
  auto operand = [&] { return toString(*weight.sources.front()); };
  switch (weight.kind) {
  case Weight::Kind::File:
  case Weight::Kind::Bytes:
    return (weight.name.empty() ? "constant" : "@" + weight.name) + "[" +
           shape + "]";
  case Weight::Kind::Splat:
    return "splat[" + shape + "]";
  case Weight::Kind::Slice:
    return "slice(" + operand() + " from " + toString(weight.starts) +
           " size " + shape + " by " + toString(weight.steps) + ")";
  case Weight::Kind::Concat:
    return "concat(" +
           llvm::join(
               llvm::map_range(weight.sources,
                               [](const WeightRef &w) { return toString(*w); }),
               ", ") +
           " axis " + std::to_string(weight.axis) + ")";
  case Weight::Kind::Transpose:
    return "transpose(" + operand() + " by " + toString(weight.permutation) +
           ")";
  case Weight::Kind::Reshape:
    return "reshape(" + operand() + " to " + shape + ")";
  }
  return {};
}

} // namespace seqc::onnx
