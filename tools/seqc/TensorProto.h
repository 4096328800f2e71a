//===- TensorProto.h - ONNX's files of one tensor ---------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_TENSORPROTO_H
#define SEQC_TOOLS_SEQC_TENSORPROTO_H

#include "tools/seqc/Arrays.h"

namespace seqc {

/// Parses a serialised onnx.TensorProto that contains its data.
llvm::Expected<Array> parseTensorProto(llvm::StringRef bytes);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_TENSORPROTO_H
