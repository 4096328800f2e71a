//===- seq-lsp-server.cpp - models in an editor ---------------------------===//
//
// MLIR's language server with the dialects that a model's text may use:
// diagnostics, definitions, uses and types where they are written.
//
//===----------------------------------------------------------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<seqc::seq::SeqDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
