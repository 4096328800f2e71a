//===- SeqDialect.td - the seq dialect ---------------------*- tablegen -*-===//
#ifndef SEQ_DIALECT_TD
#define SEQ_DIALECT_TD

include "mlir/IR/OpBase.td"

def Seq_Dialect : Dialect {
  let name = "seq";
  let cppNamespace = "::seqc::seq";
  let summary = "Recurrences, scans and the cells made of them.";
  let description = [{
    A sequence layer is one `seq.scan`: domain dimensions that are independent,
    one time dimension, carries (the state) and a body that is one step. Named
    cells (`seq.lstm`, `seq.selective_scan`) expand to it; the passes know only
    the scan, the transitions that may update a carry, and the algebra that a
    body is written in.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
}

class Seq_Op<string mnemonic, list<Trait> traits = []>
    : Op<Seq_Dialect, mnemonic, traits>;

#endif // SEQ_DIALECT_TD
