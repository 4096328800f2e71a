//===- WeightEvaluator.cpp - what weights evaluate to ---------------------===//

#include "passes/Support/WeightEvaluator.h"

#include "compiler/Status.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "passes/Support/WeightLayout.h"

#include <cmath>

using namespace mlir;
using namespace seqc;

using Bytes = WeightEvaluator::Bytes;

namespace {
/// A contiguous tensor's extents and the distance of its elements.
struct Layout {
  explicit Layout(Type type)
      : shape(cast<RankedTensorType>(type).getShape()),
        elementBytes(
            getElementBytes(cast<RankedTensorType>(type).getElementType())),
        count(cast<RankedTensorType>(type).getNumElements()),
        strides(shape.size(), elementBytes) {
    for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
      strides[i] = strides[i + 1] * shape[i + 1];
  }

  ArrayRef<int64_t> shape;
  int64_t elementBytes, count;
  SmallVector<int64_t> strides; // bytes
};
} // namespace

/// Copies a box of `shape` elements between two memories whose dimensions are
/// `fromStrides` and `toStrides` bytes apart.
static void copyBox(ArrayRef<int64_t> shape, int64_t elementBytes,
                    const char *from, ArrayRef<int64_t> fromStrides, char *to,
                    ArrayRef<int64_t> toStrides) {
  if (shape.empty()) {
    std::memcpy(to, from, elementBytes);
    return;
  }
  if (shape.size() == 1 && fromStrides[0] == elementBytes &&
      toStrides[0] == elementBytes) {
    std::memcpy(to, from, shape[0] * elementBytes);
    return;
  }
  for (int64_t i = 0; i < shape[0]; ++i)
    copyBox(shape.drop_front(), elementBytes, from + i * fromStrides[0],
            fromStrides.drop_front(), to + i * toStrides[0],
            toStrides.drop_front());
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

llvm::Expected<Bytes> WeightEvaluator::read(seq::WeightDataOp op) {
  std::unique_ptr<llvm::MemoryBuffer> &file = files[op.getFile()];
  if (!file) {
    auto opened = llvm::MemoryBuffer::getFile(op.getFile(), /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
    if (!opened)
      return badInput("cannot read weights from '" + op.getFile() +
                      "': " + opened.getError().message());
    file = std::move(*opened);
  }
  Layout layout(op.getType());
  uint64_t offset = op.getOffset(), size = layout.count * layout.elementBytes;
  uint64_t available = file->getBufferSize();
  if (offset > available || size > available - offset)
    return badInput("'" + op.getFile() + "': a weight needs " +
                    llvm::Twine(size) + " bytes at offset " +
                    llvm::Twine(offset) + ", found a file of " +
                    llvm::Twine(available) + " bytes");
  const char *begin = file->getBufferStart() + offset;
  return Bytes(begin, begin + size);
}

llvm::Expected<Bytes> WeightEvaluator::read(arith::ConstantOp op) {
  Layout layout(op.getType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    int64_t size = layout.count * layout.elementBytes;
    if (!blob || static_cast<int64_t>(blob->getData().size()) != size)
      return badInput("resource '" + resource.getRawHandle().getKey() +
                      "' must hold " + llvm::Twine(size) + " bytes");
    return Bytes(blob->getData().begin(), blob->getData().end());
  }
  auto elements = cast<DenseElementsAttr>(op.getValue());
  Bytes result;
  if (elements.getElementType().isInteger(1)) {
    for (bool value : elements.getValues<bool>())
      result.push_back(value);
    return result;
  }
  ArrayRef<char> raw = elements.getRawData();
  for (int64_t i = 0; i < (elements.isSplat() ? layout.count : 1); ++i)
    result.insert(result.end(), raw.begin(), raw.end());
  return result;
}

//===----------------------------------------------------------------------===//
// Views and layouts
//===----------------------------------------------------------------------===//

Bytes WeightEvaluator::slice(tensor::ExtractSliceOp op) {
  Layout from(op.getSource().getType()), to(op.getType());
  Bytes result(to.count * to.elementBytes);
  // Dropped dimensions have extent 1: copying with the sizes of all of them
  // gives the same bytes.
  SmallVector<int64_t> toStrides(from.shape.size(), to.elementBytes),
      fromStrides;
  ArrayRef<int64_t> sizes = op.getStaticSizes();
  for (int64_t i = static_cast<int64_t>(sizes.size()) - 2; i >= 0; --i)
    toStrides[i] = toStrides[i + 1] * sizes[i + 1];
  int64_t offset = 0;
  for (auto [i, stride] : llvm::enumerate(from.strides)) {
    offset += op.getStaticOffset(i) * stride;
    fromStrides.push_back(op.getStaticStride(i) * stride);
  }
  copyBox(sizes, to.elementBytes, values[op.getSource()].data() + offset,
          fromStrides, result.data(), toStrides);
  return result;
}

Bytes WeightEvaluator::concat(tensor::ConcatOp op) {
  Layout to(op.getType());
  Bytes result(to.count * to.elementBytes);
  char *target = result.data();
  for (Value input : op.getInputs()) {
    Layout from(input.getType());
    copyBox(from.shape, from.elementBytes, values[input].data(), from.strides,
            target, to.strides);
    target += from.shape[op.getDim()] * to.strides[op.getDim()];
  }
  return result;
}

Bytes WeightEvaluator::transpose(linalg::TransposeOp op) {
  Layout from(op.getInput().getType()), to(op.getInit().getType());
  Bytes result(to.count * to.elementBytes);
  SmallVector<int64_t> fromStrides;
  for (int64_t dim : op.getPermutation())
    fromStrides.push_back(from.strides[dim]);
  copyBox(to.shape, to.elementBytes, values[op.getInput()].data(), fromStrides,
          result.data(), to.strides);
  return result;
}

/// W[g..., n, k...] to [n / lanes][k...][g...][lanes], zero past n; in pairs
/// along the last k where the type has them, or in fours of unsigned bytes.
Bytes WeightEvaluator::pack(seq::PackOp op) {
  Layout from(op.getOperand().getType()), to(op.getType());
  Bytes result(to.count * to.elementBytes);
  int64_t contracted = op.getContracted(), lanes = op.getLanes();
  int64_t rows = from.shape.size() - contracted - 1;
  // One box for each row: its k..., then g....
  SmallVector<int64_t> shape(from.shape.take_back(contracted)),
      fromStrides(ArrayRef(from.strides).take_back(contracted)),
      toStrides(ArrayRef(to.strides).slice(1, contracted + rows));
  llvm::append_range(shape, from.shape.take_front(rows));
  llvm::append_range(fromStrides, ArrayRef(from.strides).take_front(rows));
  int64_t together = to.shape.back() / lanes;
  for (int64_t part = 0; part < together; ++part) {
    SmallVector<int64_t> partShape = shape, partStrides = fromStrides;
    int64_t offset = 0;
    if (together > 1) {
      int64_t last = contracted - 1;
      partShape[last] = llvm::divideCeil(shape[last] - part, together);
      partStrides[last] *= together;
      offset = part * fromStrides[last];
    }
    for (int64_t row = 0; row < from.shape[rows]; ++row)
      copyBox(partShape, from.elementBytes,
              values[op.getOperand()].data() + row * from.strides[rows] +
                  offset,
              partStrides,
              result.data() + row / lanes * to.strides.front() +
                  (row % lanes * together + part) * to.elementBytes,
              toStrides);
  }
  if (op.getQuads())
    for (char &byte : result)
      byte ^= '\x80';
  return result;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

APFloat seqc::loadFloat(FloatType type, const char *at) {
  APInt bits(type.getWidth(), 0);
  llvm::LoadIntFromMemory(bits, reinterpret_cast<const uint8_t *>(at),
                          type.getWidth() / 8);
  return APFloat(type.getFloatSemantics(), bits);
}

static void storeFloat(const APFloat &value, char *at) {
  APInt bits = value.bitcastToAPInt();
  llvm::StoreIntToMemory(bits, reinterpret_cast<uint8_t *>(at),
                         bits.getBitWidth() / 8);
}

llvm::Expected<Bytes> WeightEvaluator::combine(Operation *op) {
  Layout layout(op->getResult(0).getType());
  auto type = cast<FloatType>(getElementTypeOrSelf(op->getResult(0).getType()));
  Bytes result(layout.count * layout.elementBytes);
  for (int64_t at = 0, end = result.size(); at < end;
       at += layout.elementBytes) {
    APFloat x = loadFloat(type, values[op->getOperand(0)].data() + at);
    if (isa<arith::NegFOp>(op)) {
      storeFloat(-x, &result[at]);
      continue;
    }
    APFloat y = loadFloat(type, values[op->getOperand(1)].data() + at);
    storeFloat(isa<arith::AddFOp>(op)   ? x + y
               : isa<arith::SubFOp>(op) ? x - y
                                        : x * y,
               &result[at]);
  }
  return result;
}

/// The elements of `bytes`, which are f32.
static ArrayRef<float> asFloats(const Bytes &bytes) {
  return {reinterpret_cast<const float *>(bytes.data()),
          bytes.size() / sizeof(float)};
}

Bytes WeightEvaluator::scaleRows(Value matrix, int64_t contracted) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(matrix.getType()).getShape();
  ArrayRef<float> elements = asFloats(values[matrix]);
  int64_t rows = ShapedType::getNumElements(shape.drop_back(contracted));
  int64_t size = ShapedType::getNumElements(shape.take_back(contracted));
  Bytes result(rows * sizeof(float));
  for (int64_t row = 0; row < rows; ++row) {
    float largest = 0;
    for (float element : elements.slice(row * size, size))
      largest = std::max(largest, std::fabs(element));
    float scale = largest / 127;
    std::memcpy(&result[row * sizeof(float)], &scale, sizeof(float));
  }
  return result;
}

Bytes WeightEvaluator::narrow(seq::NarrowOp op) {
  ArrayRef<float> elements = asFloats(values[op.getOperand()]);
  Layout to(op.getType());
  Bytes result(to.count * to.elementBytes);
  Type type = cast<RankedTensorType>(op.getType()).getElementType();
  if (auto narrow = dyn_cast<FloatType>(type)) {
    for (auto [i, element] : llvm::enumerate(elements)) {
      APFloat value(element);
      bool inexact;
      value.convert(narrow.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &inexact);
      storeFloat(value, &result[i * to.elementBytes]);
    }
    return result;
  }
  Bytes bytes = scaleRows(op.getOperand(), op.getContracted());
  ArrayRef<float> scales = asFloats(bytes);
  for (auto [i, element] : llvm::enumerate(elements)) {
    float scale = scales[i / (to.count / scales.size())];
    // Subnormal scales are rounded themselves: what they give may be beyond.
    float rounded = scale > 0 ? std::nearbyint(element / scale) : 0;
    result[i] = static_cast<char>(std::clamp(rounded, -127.0f, 127.0f));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Initialisers
//===----------------------------------------------------------------------===//

llvm::Expected<Bytes> WeightEvaluator::evaluateOp(Operation *op) {
  if (auto data = dyn_cast<seq::WeightDataOp>(op))
    return read(data);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return read(constant);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return this->slice(slice);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return this->concat(concat);
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return this->transpose(transpose);
  if (auto pack = dyn_cast<seq::PackOp>(op))
    return this->pack(pack);
  if (auto narrow = dyn_cast<seq::NarrowOp>(op))
    return this->narrow(narrow);
  if (auto scale = dyn_cast<seq::RowScaleOp>(op))
    return scaleRows(scale.getOperand(), scale.getContracted());
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return values[op->getOperand(0)];
  if (isa<tensor::EmptyOp>(op))
    return Bytes(); // a transposition's destination
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp>(op))
    return combine(op);
  return unsupported("'" + op->getName().getStringRef() +
                     "' cannot be evaluated in a seq.weight");
}

llvm::Expected<Bytes> WeightEvaluator::evaluate(seq::WeightOp weight) {
  values.clear();
  Block &body = weight.getBody().front();
  for (Operation &op : body.without_terminator()) {
    llvm::Expected<Bytes> value = evaluateOp(&op);
    if (!value)
      return value.takeError();
    values[op.getResult(0)] = std::move(*value);
  }
  return std::move(
      values[cast<seq::YieldOp>(body.getTerminator()).getOuts()[0]]);
}
