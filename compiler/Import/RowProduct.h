//===- RowProduct.h - A constant matrix times many vectors ------*- C++ -*-===//
//
// Becomes a `seq.scan` without carries whose body is one `seq.matvec` and whose
// domain are the vectors: the passes that pack and tile the matrices of a
// recurrent layer then serve dense layers and convolutions, too.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ROWPRODUCT_H
#define SEQC_COMPILER_IMPORT_ROWPRODUCT_H

#include "compiler/Import/OnnxImporter.h"
#include "dialects/Seq/SeqOps.h"

namespace seqc::onnx {

/// y[d..., :] = alpha * W x[d...] + bias, with `index` slicing x and `outIndex`
/// the result, in which the entry for all of a dimension is W's rows.
struct RowProduct {
  Operand matrix; // [rows, contracted...]
  Operand x;
  seq::IndexList index;
  Shape shape; // of the result
  seq::IndexList outIndex;
  Shape domain;
  double alpha = 1.0;
  std::optional<Operand> bias; // [rows]
};

mlir::Value buildRowProduct(Importer &importer, const RowProduct &product);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ROWPRODUCT_H
