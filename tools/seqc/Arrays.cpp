//===- Arrays.cpp - tensors on the command line and in files --------------===//

#include "tools/seqc/Arrays.h"
#include "tools/seqc/Npy.h"
#include "tools/seqc/TensorProto.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileOutputBuffer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace seqc;
using llvm::APFloat;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace {

struct TypeInfo {
  int32_t type;
  StringRef name;
  size_t size;
};

/// The largest array: a mistyped literal or a damaged file must not take the
/// machine down.
constexpr size_t maxArrayBytes = size_t(4) << 30;

} // namespace

static const TypeInfo typeInfos[] = {
    {SEQC_F32, "f32", 4},   {SEQC_F64, "f64", 8}, {SEQC_F16, "f16", 2},
    {SEQC_BF16, "bf16", 2}, {SEQC_I8, "i8", 1},   {SEQC_I16, "i16", 2},
    {SEQC_I32, "i32", 4},   {SEQC_I64, "i64", 8}, {SEQC_U8, "u8", 1},
    {SEQC_BOOL, "bool", 1},
};

static const TypeInfo *findType(int32_t type) {
  for (const TypeInfo &info : typeInfos)
    if (info.type == type)
      return &info;
  return nullptr;
}

StringRef seqc::getTypeName(int32_t type) {
  const TypeInfo *info = findType(type);
  return info ? info->name : "?";
}

std::optional<int32_t> seqc::parseTypeName(StringRef name) {
  for (const TypeInfo &info : typeInfos)
    if (info.name == name)
      return info.type;
  return std::nullopt;
}

size_t seqc::getTypeSize(int32_t type) {
  const TypeInfo *info = findType(type);
  return info ? info->size : 0;
}

std::string seqc::describeType(int32_t type, ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (extent < 0 ? std::string("?") : std::to_string(extent)) + "x";
  return text + getTypeName(type).str();
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

template <typename T> static T load(const char *place) {
  T value;
  std::memcpy(&value, place, sizeof value);
  return value;
}

template <typename T> static void store(char *place, T value) {
  std::memcpy(place, &value, sizeof value);
}

static double loadHalf(const llvm::fltSemantics &semantics, const char *place) {
  return APFloat(semantics, llvm::APInt(16, load<uint16_t>(place)))
      .convertToDouble();
}

static void storeHalf(const llvm::fltSemantics &semantics, char *place,
                      double value) {
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  store(place, uint16_t(rounded.bitcastToAPInt().getZExtValue()));
}

size_t Array::size() const { return data.size() / getTypeSize(type); }

bool Array::isInteger() const {
  return type != SEQC_F32 && type != SEQC_F64 && type != SEQC_F16 &&
         type != SEQC_BF16;
}

double Array::getNumber(size_t index) const {
  const char *place = data.data() + index * getTypeSize(type);
  switch (type) {
  case SEQC_F32:
    return load<float>(place);
  case SEQC_F64:
    return load<double>(place);
  case SEQC_F16:
    return loadHalf(APFloat::IEEEhalf(), place);
  case SEQC_BF16:
    return loadHalf(APFloat::BFloat(), place);
  default:
    return double(getInteger(index));
  }
}

int64_t Array::getInteger(size_t index) const {
  const char *place = data.data() + index * getTypeSize(type);
  switch (type) {
  case SEQC_I8:
    return load<int8_t>(place);
  case SEQC_I16:
    return load<int16_t>(place);
  case SEQC_I32:
    return load<int32_t>(place);
  case SEQC_I64:
    return load<int64_t>(place);
  default:
    return load<uint8_t>(place);
  }
}

/// The conversion of a number that does not fit would be undefined.
template <typename T> static T clampTo(double value) {
  if (!(value > double(std::numeric_limits<T>::min())))
    return std::numeric_limits<T>::min();
  if (value >= double(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  return T(value);
}

void Array::setNumber(size_t index, double value) {
  char *place = data.data() + index * getTypeSize(type);
  switch (type) {
  case SEQC_F32:
    return store(place, float(value));
  case SEQC_F64:
    return store(place, value);
  case SEQC_F16:
    return storeHalf(APFloat::IEEEhalf(), place, value);
  case SEQC_BF16:
    return storeHalf(APFloat::BFloat(), place, value);
  case SEQC_I8:
    return store(place, clampTo<int8_t>(value));
  case SEQC_I16:
    return store(place, clampTo<int16_t>(value));
  case SEQC_I32:
    return store(place, clampTo<int32_t>(value));
  case SEQC_I64:
    return store(place, clampTo<int64_t>(value));
  case SEQC_U8:
    return store(place, clampTo<uint8_t>(value));
  default:
    return store(place, uint8_t(value != 0));
  }
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

Expected<size_t> seqc::getByteSize(int32_t type, ArrayRef<int64_t> shape) {
  if (shape.size() > maxArrayRank)
    return makeError("required at most %zu dimensions, found %zu", maxArrayRank,
                     shape.size());
  uint64_t size = getTypeSize(type);
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return makeError("required extents of at least 0, found %lld",
                       (long long)extent);
    empty |= extent == 0;
    bool overflow = false;
    // An absurd extent is refused even beside a zero.
    if (extent > 0)
      size = llvm::SaturatingMultiply(size, uint64_t(extent), &overflow);
    if (overflow || size > uint64_t(std::numeric_limits<int64_t>::max()))
      return makeError("required a size below 2^63 bytes, found %s",
                       describeType(type, shape).c_str());
  }
  return empty ? 0 : size_t(size);
}

static Error checkAllocation(int32_t type, ArrayRef<int64_t> shape,
                             size_t bytes) {
  if (bytes > maxArrayBytes)
    return makeError("required at most %zu bytes, found %s (%zu bytes)",
                     maxArrayBytes, describeType(type, shape).c_str(), bytes);
  return Error::success();
}

Expected<Array> seqc::makeArray(int32_t type, ArrayRef<int64_t> shape) {
  Expected<size_t> bytes = getByteSize(type, shape);
  if (!bytes)
    return bytes.takeError();
  if (Error error = checkAllocation(type, shape, *bytes))
    return error;
  Array array;
  array.type = type;
  array.shape.assign(shape.begin(), shape.end());
  array.data.resize(*bytes);
  return array;
}

Expected<Array> seqc::wrapData(int32_t type, ArrayRef<int64_t> shape,
                               StringRef data) {
  Expected<size_t> bytes = getByteSize(type, shape);
  if (!bytes)
    return bytes.takeError();
  if (data.size() != *bytes)
    return makeError("required %zu bytes of data for %s, found %zu", *bytes,
                     describeType(type, shape).c_str(), data.size());
  if (Error error = checkAllocation(type, shape, *bytes))
    return error;
  if (type == SEQC_BOOL)
    for (unsigned char value : data.bytes())
      if (value > 1)
        return makeError("required booleans that are 0 or 1, found %d",
                         int(value));
  Array array;
  array.type = type;
  array.shape.assign(shape.begin(), shape.end());
  array.data.assign(data.begin(), data.end());
  return array;
}

Expected<Array> seqc::convertArray(const Array &array, int32_t type) {
  Expected<Array> result = makeArray(type, array.shape);
  if (result)
    for (size_t i = 0, e = array.size(); i != e; ++i)
      result->setNumber(i, array.getNumber(i));
  return result;
}

//===----------------------------------------------------------------------===//
// Literals
//===----------------------------------------------------------------------===//

/// Parses one value into the scalar `target`.
static Error parseValue(StringRef text, Array &target) {
  if (target.isInteger()) {
    int64_t value;
    if (text.getAsInteger(10, value))
      return makeError("required an integer, found '%s'", text.str().c_str());
    if (target.type == SEQC_I64)
      store(target.data.data(), value);
    else
      target.setNumber(0, double(value));
    if (target.getInteger(0) != value)
      return makeError("required a value of type %s, found %s",
                       getTypeName(target.type).str().c_str(),
                       text.str().c_str());
    return Error::success();
  }
  double value;
  // LLVM's parser knows neither.
  StringRef magnitude = text.ltrim("+-");
  if (magnitude == "inf")
    value = std::copysign(std::numeric_limits<double>::infinity(),
                          text.starts_with("-") ? -1.0 : 1.0);
  else if (magnitude == "nan")
    value = std::numeric_limits<double>::quiet_NaN();
  else if (text.empty() || text.getAsDouble(value))
    return makeError("required a number, found '%s'", text.str().c_str());
  target.setNumber(0, value);
  return Error::success();
}

/// `2x3xf32`: extents and a type.
static Error parseTypeAndShape(StringRef text, int32_t &type,
                               llvm::SmallVectorImpl<int64_t> &shape) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, 'x');
  std::optional<int32_t> named = parseTypeName(parts.pop_back_val());
  bool valid = named.has_value();
  for (StringRef part : parts) {
    int64_t extent;
    valid &= !part.getAsInteger(10, extent) && extent >= 0;
    shape.push_back(extent);
  }
  if (!valid)
    return makeError("required a type such as 2x3xf32 (f32, f64, f16, bf16, "
                     "i8, i16, i32, i64, u8 or bool), found '%s'",
                     text.str().c_str());
  type = *named;
  return Error::success();
}

Expected<Array> seqc::parseLiteral(StringRef text) {
  auto [typeText, valueText] = text.split('=');
  if (typeText.size() == text.size())
    return makeError("required @FILE or TYPE=VALUE such as 2x3xf32=0.5, found "
                     "'%s'",
                     text.str().c_str());
  int32_t type = SEQC_F32;
  llvm::SmallVector<int64_t> shape;
  if (Error error = parseTypeAndShape(typeText, type, shape))
    return error;
  Expected<Array> array = makeArray(type, shape);
  if (!array)
    return array.takeError();
  llvm::SmallVector<StringRef> values;
  valueText.split(values, ',');
  size_t size = array->size();
  if (values.size() != 1 && values.size() != size)
    return makeError("required 1 value or %zu values, found %zu", size,
                     values.size());
  Array value = *makeArray(type, {});
  size_t width = value.data.size();
  for (size_t i = 0, e = std::max(size, values.size()); i != e; ++i) {
    if (i < values.size())
      if (Error error = parseValue(values[i], value))
        return error;
    if (i < size)
      std::memcpy(array->data.data() + i * width, value.data.data(), width);
  }
  return array;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static Error inFile(StringRef path, Error error) {
  return makeError("%s: %s", path.str().c_str(),
                   llvm::toString(std::move(error)).c_str());
}

Expected<Array> seqc::readArray(StringRef path) {
  llvm::sys::fs::file_status status;
  // Some devices never end.
  if (!llvm::sys::fs::status(path, status) &&
      status.type() == llvm::sys::fs::file_type::character_file)
    return makeError("%s: required a file, found a device", path.str().c_str());
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("%s: cannot read: %s", path.str().c_str(),
                     buffer.getError().message().c_str());
  StringRef bytes = (*buffer)->getBuffer();
  Expected<Array> array =
      path.ends_with(".pb") ? parseTensorProto(bytes) : parseNpy(bytes);
  if (!array)
    return inFile(path, array.takeError());
  array->path = path.str();
  return array;
}

Error seqc::writeArray(StringRef path, const Array &array) {
  std::string bytes = formatNpy(array);
  auto buffer = llvm::FileOutputBuffer::create(path, bytes.size());
  if (!buffer)
    return inFile(path, buffer.takeError());
  std::memcpy((*buffer)->getBufferStart(), bytes.data(), bytes.size());
  if (Error error = (*buffer)->commit())
    return inFile(path, std::move(error));
  return Error::success();
}
