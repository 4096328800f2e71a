//===- Npy.h - NumPy's file format ------------------------------*- C++ -*-===//
//
// Versions 1 to 3 of the .npy format: little-endian numbers and booleans.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_NPY_H
#define SEQC_TOOLS_SEQC_NPY_H

#include "tools/seqc/Arrays.h"

namespace seqc {

/// Parses a whole file. Fortran order is turned into C order.
llvm::Expected<Array> parseNpy(llvm::StringRef bytes);

/// The bytes of a file of version 1. The format has no bf16: it is widened to
/// f32, which loses nothing.
std::string formatNpy(const Array &array);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_NPY_H
