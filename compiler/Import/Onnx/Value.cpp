//===- Value.cpp - What is known of a value while folding -----------------===//

#include "compiler/Import/Onnx/Value.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>
#include <limits>

namespace seqc::onnx {

std::optional<std::vector<int64_t>> Elements::getConstantInts() const {
  std::vector<int64_t> constants;
  constants.reserve(ints.size());
  for (const Dim &dim : ints) {
    if (!dim.isConstant())
      return std::nullopt;
    constants.push_back(dim.getOffset());
  }
  return constants;
}

bool Elements::isConstant() const {
  return llvm::all_of(ints, [](const Dim &dim) { return dim.isConstant(); });
}

std::optional<llvm::SmallVector<int64_t, 4>> Value::getStaticShape() const {
  llvm::SmallVector<int64_t, 4> extents;
  for (const Dim &dim : shape) {
    if (!dim.isConstant())
      return std::nullopt;
    extents.push_back(dim.getOffset());
  }
  return extents;
}

static const llvm::fltSemantics &getSemantics(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return llvm::APFloat::IEEEhalf();
  case ElementType::BF16:
    return llvm::APFloat::BFloat();
  case ElementType::F32:
    return llvm::APFloat::IEEEsingle();
  default:
    return llvm::APFloat::IEEEdouble();
  }
}

static llvm::APFloat convert(ElementType type, double value) {
  llvm::APFloat result(value);
  bool losesInfo;
  result.convert(getSemantics(type), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return result;
}

double roundTo(ElementType type, double value) {
  return convert(type, value).convertToDouble();
}

bool fits(ElementType type, int64_t value) {
  switch (type) {
  case ElementType::Bool:
    return value == 0 || value == 1;
  case ElementType::I8:
    return value >= INT8_MIN && value <= INT8_MAX;
  case ElementType::U8:
    return value >= 0 && value <= UINT8_MAX;
  case ElementType::I16:
    return value >= INT16_MIN && value <= INT16_MAX;
  case ElementType::U16:
    return value >= 0 && value <= UINT16_MAX;
  case ElementType::I32:
    return value >= INT32_MIN && value <= INT32_MAX;
  case ElementType::U32:
    return value >= 0 && value <= UINT32_MAX;
  case ElementType::I64:
    return true;
  default:
    return false;
  }
}

template <typename Stored>
static void loadInts(const std::string &bytes, Elements &elements) {
  for (size_t i = 0; i < bytes.size(); i += sizeof(Stored)) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i, sizeof(stored));
    elements.ints.push_back(int64_t(stored));
  }
}

static void loadFloats(const std::string &bytes, ElementType type,
                       Elements &elements) {
  unsigned size = getByteSize(type);
  for (size_t i = 0; i < bytes.size(); i += size) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + i, size);
    elements.floats.push_back(
        llvm::APFloat(getSemantics(type), llvm::APInt(size * 8, bits))
            .convertToDouble());
  }
}

ElementsRef loadElements(const Weight &weight) {
  if (weight.getNumElements() > maxFoldedElements)
    return nullptr;
  auto elements = std::make_shared<Elements>();
  std::string bytes = weight.read();
  switch (weight.type) {
  case ElementType::Bool:
    for (char byte : bytes)
      elements->ints.push_back(byte != 0);
    return elements;
  case ElementType::U8:
    loadInts<uint8_t>(bytes, *elements);
    return elements;
  case ElementType::I8:
    loadInts<int8_t>(bytes, *elements);
    return elements;
  case ElementType::U16:
    loadInts<uint16_t>(bytes, *elements);
    return elements;
  case ElementType::I16:
    loadInts<int16_t>(bytes, *elements);
    return elements;
  case ElementType::U32:
    loadInts<uint32_t>(bytes, *elements);
    return elements;
  case ElementType::I32:
    loadInts<int32_t>(bytes, *elements);
    return elements;
  case ElementType::I64:
    loadInts<int64_t>(bytes, *elements);
    return elements;
  default:
    if (!isFloat(weight.type))
      return nullptr; // u64 does not fit a Dim; complex numbers are not folded
    loadFloats(bytes, weight.type, *elements);
    return elements;
  }
}

std::string packElement(ElementType type, int64_t value) {
  if (isFloat(type))
    return packElement(type, double(value));
  return std::string(reinterpret_cast<const char *>(&value), getByteSize(type));
}

std::string packElement(ElementType type, double value) {
  uint64_t bits = convert(type, value).bitcastToAPInt().getZExtValue();
  return std::string(reinterpret_cast<const char *>(&bits), getByteSize(type));
}

WeightRef getConstant(const Value &value) {
  if (value.weight || !value.known || !value.known->isConstant())
    return value.weight;
  std::string bytes;
  for (const Dim &dim : value.known->ints)
    bytes += packElement(value.type, dim.getOffset());
  for (double element : value.known->floats)
    bytes += packElement(value.type, element);
  return makeBytesWeight(std::move(bytes), value.type, *value.getStaticShape(),
                         "");
}

llvm::SmallVector<int64_t, 4> getStrides(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t, 4> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  return strides;
}

ElementsRef takeStrided(const Elements &source, llvm::ArrayRef<int64_t> shape,
                        int64_t base, llvm::ArrayRef<int64_t> strides) {
  auto result = std::make_shared<Elements>();
  llvm::SmallVector<int64_t, 4> index(shape.size(), 0);
  int64_t position = base;
  for (int64_t n = 0, e = *countElements(shape); n < e; ++n) {
    if (source.ints.empty())
      result->floats.push_back(source.floats[position]);
    else
      result->ints.push_back(source.ints[position]);
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

} // namespace seqc::onnx
