//===- Npy.cpp - NumPy's file format --------------------------------------===//
//
// A file is a magic number, a version, the length of a header, the header (a
// Python dictionary, of which only what NumPy writes is accepted) and the data.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

#include <cstring>

using namespace seqc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

static constexpr StringRef magic("\x93NUMPY", 6);

/// Far beyond what a header of numbers needs.
static constexpr size_t maxHeader = 1 << 16;

namespace {

struct Header {
  StringRef descr;
  bool fortranOrder = false;
  llvm::SmallVector<int64_t, maxArrayRank> shape;
};

/// Parses {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : text(text), rest(text) {}

  Error parse(Header &header);

private:
  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  Error require(StringRef token);
  Error parseString(StringRef &value);
  Error parseBool(bool &value);
  Error parseShape(llvm::SmallVectorImpl<int64_t> &shape);
  Error parseEntry(Header &header);
  Error fail(const char *required);

  StringRef text, rest;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

} // namespace

/// Bytes from outside, made safe to print.
static std::string quote(StringRef bytes) {
  std::string printable;
  llvm::raw_string_ostream os(printable);
  llvm::printEscapedString(bytes.take_front(24), os);
  return "'" + printable + (bytes.size() > 24 ? "...'" : "'");
}

Error HeaderParser::fail(const char *required) {
  rest = rest.ltrim();
  return makeError("required %s at byte %zu of the .npy header, found %s",
                   required, text.size() - rest.size(), quote(rest).c_str());
}

Error HeaderParser::require(StringRef token) {
  if (consume(token))
    return Error::success();
  return fail(("'" + token + "'").str().c_str());
}

Error HeaderParser::parseString(StringRef &value) {
  rest = rest.ltrim();
  char quoteMark = rest.empty() ? '\0' : rest.front();
  if (quoteMark != '\'' && quoteMark != '"')
    return fail("a string");
  size_t end = rest.find(quoteMark, 1);
  if (end == StringRef::npos)
    return fail("a string with an end");
  value = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return Error::success();
}

Error HeaderParser::parseBool(bool &value) {
  if (consume("True")) {
    value = true;
    return Error::success();
  }
  value = false;
  return consume("False") ? Error::success() : fail("True or False");
}

Error HeaderParser::parseShape(llvm::SmallVectorImpl<int64_t> &shape) {
  if (Error error = require("("))
    return error;
  while (!consume(")")) {
    rest = rest.ltrim();
    int64_t extent;
    if (rest.empty() || !llvm::isDigit(rest.front()) ||
        rest.consumeInteger(10, extent))
      return fail("an extent below 2^63");
    shape.push_back(extent);
    if (shape.size() > maxArrayRank)
      return makeError("required at most %zu dimensions, found more",
                       maxArrayRank);
    if (!consume(",") && !rest.ltrim().starts_with(")"))
      return fail("',' or ')'");
  }
  return Error::success();
}

Error HeaderParser::parseEntry(Header &header) {
  StringRef key;
  if (Error error = parseString(key))
    return error;
  if (Error error = require(":"))
    return error;
  bool &seen = key == "descr"           ? hasDescr
               : key == "fortran_order" ? hasOrder
                                        : hasShape;
  if (seen || (&seen == &hasShape && key != "shape"))
    return makeError("required descr, fortran_order and shape in the .npy "
                     "header, each once, found %s",
                     quote(key).c_str());
  seen = true;
  if (key == "descr")
    return parseString(header.descr);
  if (key == "fortran_order")
    return parseBool(header.fortranOrder);
  return parseShape(header.shape);
}

Error HeaderParser::parse(Header &header) {
  if (Error error = require("{"))
    return error;
  while (!consume("}")) {
    if (Error error = parseEntry(header))
      return error;
    if (!consume(",") && !rest.ltrim().starts_with("}"))
      return fail("',' or '}'");
  }
  if (!rest.trim().empty())
    return fail("the end");
  if (!hasDescr || !hasOrder || !hasShape)
    return makeError("required descr, fortran_order and shape in the .npy "
                     "header, found %s",
                     quote(text).c_str());
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

static const std::pair<StringRef, int32_t> npyTypes[] = {
    {"f4", SEQC_F32}, {"f8", SEQC_F64}, {"f2", SEQC_F16},
    {"i1", SEQC_I8},  {"i2", SEQC_I16}, {"i4", SEQC_I32},
    {"i8", SEQC_I64}, {"u1", SEQC_U8},  {"b1", SEQC_BOOL}};

static Expected<int32_t> parseDescr(StringRef descr) {
  for (auto [name, type] : npyTypes) {
    StringRef order = descr;
    if (!order.consume_back(name) || order.size() != 1)
      continue;
    if (order == "<" || order == "=" || getTypeSize(type) == 1)
      return type;
    if (order == ">")
      return makeError("required little-endian data, found '%s'",
                       descr.str().c_str());
  }
  return makeError("required elements of type f2, f4, f8, i1, i2, i4, i8, u1 "
                   "or b1, found %s",
                   quote(descr).c_str());
}

static StringRef getDescr(int32_t type) {
  for (auto [name, candidate] : npyTypes)
    if (candidate == type)
      return name;
  return "";
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Splits a file into the text of its header and the data.
static Error splitFile(StringRef bytes, StringRef &header, StringRef &data) {
  if (!bytes.starts_with(magic))
    return makeError("required a .npy file, found one that begins with %s",
                     quote(bytes.take_front(6)).c_str());
  if (bytes.size() < 10)
    return makeError("required at least 10 bytes, found %zu", bytes.size());
  unsigned version = (unsigned char)bytes[6];
  if (version < 1 || version > 3)
    return makeError("required version 1 to 3 of the .npy format, found %u",
                     version);
  size_t begin = version == 1 ? 10 : 12;
  if (bytes.size() < begin)
    return makeError("required at least %zu bytes, found %zu", begin,
                     bytes.size());
  size_t length = version == 1
                      ? llvm::support::endian::read16le(bytes.data() + 8)
                      : llvm::support::endian::read32le(bytes.data() + 8);
  if (length > maxHeader)
    return makeError("required a .npy header of at most %zu bytes, found %zu",
                     maxHeader, length);
  if (bytes.size() - begin < length)
    return makeError("required a .npy header of %zu bytes, found %zu", length,
                     bytes.size() - begin);
  header = bytes.substr(begin, length);
  data = bytes.drop_front(begin + length);
  return Error::success();
}

/// Moves data from Fortran order to C order.
static void transposeToC(Array &array) {
  size_t width = getTypeSize(array.type), rank = array.shape.size();
  llvm::SmallVector<size_t> strides(rank), index(rank);
  size_t stride = width;
  for (size_t axis = 0; axis < rank; ++axis) {
    strides[axis] = stride;
    stride *= size_t(array.shape[axis]);
  }
  ArrayBytes source = array.data;
  size_t offset = 0;
  for (size_t i = 0, e = array.size(); i != e; ++i) {
    std::memcpy(array.data.data() + i * width, source.data() + offset, width);
    for (size_t axis = rank; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < size_t(array.shape[axis]))
        break;
      offset -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

Expected<Array> seqc::parseNpy(StringRef bytes) {
  StringRef headerText, data;
  Header header;
  if (Error error = splitFile(bytes, headerText, data))
    return error;
  if (Error error = HeaderParser(headerText).parse(header))
    return error;
  Expected<int32_t> type = parseDescr(header.descr);
  if (!type)
    return type.takeError();
  Expected<Array> array = wrapData(*type, header.shape, data);
  if (array && header.fortranOrder)
    transposeToC(*array);
  return array;
}

std::string seqc::formatNpy(const Array &array) {
  if (array.type == SEQC_BF16)
    if (Expected<Array> wide = convertArray(array, SEQC_F32))
      return formatNpy(*wide);
  std::string header = "{'descr': '";
  header += getTypeSize(array.type) == 1 ? '|' : '<';
  header +=
      getDescr(array.type).str() + "', 'fortran_order': False, 'shape': (";
  for (auto [i, extent] : llvm::enumerate(array.shape))
    header += (i ? ", " : "") + std::to_string(extent);
  header += array.shape.size() == 1 ? ",), }" : "), }";
  // NumPy aligns the data to 64 bytes and ends the header with a newline.
  size_t begin = magic.size() + 4;
  header.append(63 - (begin + header.size()) % 64, ' ');
  header += '\n';
  std::string file = magic.str() + std::string("\x01\x00", 2);
  file += char(header.size() & 0xff);
  file += char(header.size() >> 8);
  return file + header + std::string(array.data.begin(), array.data.end());
}
