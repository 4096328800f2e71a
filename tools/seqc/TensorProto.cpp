//===- TensorProto.cpp - ONNX's files of one tensor -----------------------===//
//
// A tensor's elements are either raw little-endian bytes or a list of numbers
// of a wider type, depending on the element type.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/TensorProto.h"

#include "onnx.pb.h"

#include <climits>
#include <cstring>

using namespace seqc;
using llvm::Expected;
using llvm::StringRef;

static Expected<int32_t> getType(const onnx::TensorProto &proto) {
  switch (proto.data_type()) {
  case onnx::TensorProto::FLOAT:
    return SEQC_F32;
  case onnx::TensorProto::DOUBLE:
    return SEQC_F64;
  case onnx::TensorProto::FLOAT16:
    return SEQC_F16;
  case onnx::TensorProto::BFLOAT16:
    return SEQC_BF16;
  case onnx::TensorProto::INT8:
    return SEQC_I8;
  case onnx::TensorProto::INT16:
    return SEQC_I16;
  case onnx::TensorProto::INT32:
    return SEQC_I32;
  case onnx::TensorProto::INT64:
    return SEQC_I64;
  case onnx::TensorProto::UINT8:
    return SEQC_U8;
  case onnx::TensorProto::BOOL:
    return SEQC_BOOL;
  default:
    return makeError("required a tensor of floating-point numbers, integers "
                     "(i8, i16, i32, i64, u8) or booleans, found ONNX element "
                     "type %d",
                     int(proto.data_type()));
  }
}

/// The low bytes of every element of a list, as the narrower type has them.
template <typename List>
static std::string narrow(const List &list, size_t width) {
  std::string data;
  data.reserve(size_t(list.size()) * width);
  for (auto value : list)
    data.append(reinterpret_cast<const char *>(&value), width);
  return data;
}

/// The elements where they are not raw: each type has one list that holds it.
static std::string getListed(const onnx::TensorProto &proto, int32_t type) {
  switch (type) {
  case SEQC_F32:
    return narrow(proto.float_data(), 4);
  case SEQC_F64:
    return narrow(proto.double_data(), 8);
  case SEQC_I64:
    return narrow(proto.int64_data(), 8);
  default:
    return narrow(proto.int32_data(), getTypeSize(type));
  }
}

Expected<Array> seqc::parseTensorProto(StringRef bytes) {
  onnx::TensorProto proto;
  if (bytes.size() > INT_MAX)
    return makeError("required a TensorProto below 2 GiB, found %zu bytes",
                     bytes.size());
  if (!proto.ParseFromArray(bytes.data(), int(bytes.size())))
    return makeError("required an ONNX TensorProto, found bytes that are not "
                     "one: truncated, damaged or of another format");
  // Protobuf reads nearly anything; a tensor always says what it is of.
  if (!proto.has_data_type())
    return makeError("required an ONNX TensorProto with a data_type, found "
                     "none");
  Expected<int32_t> type = getType(proto);
  if (!type)
    return type.takeError();
  if (proto.data_location() == onnx::TensorProto::EXTERNAL ||
      proto.external_data_size() > 0)
    return makeError("required a TensorProto that contains its data, found one "
                     "that refers to another file");
  if (proto.has_segment())
    return makeError("required a whole TensorProto, found a segment of one");
  llvm::SmallVector<int64_t> shape(proto.dims().begin(), proto.dims().end());
  if (proto.has_raw_data())
    return wrapData(*type, shape, proto.raw_data());
  return wrapData(*type, shape, getListed(proto, *type));
}
