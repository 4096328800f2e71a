//===- RwkvModel.h - Builds a model from RWKV's tensors ---------*- C++ -*-===//

#ifndef SEQC_COMPILER_IMPORT_RWKVMODEL_H
#define SEQC_COMPILER_IMPORT_RWKVMODEL_H

#include "compiler/Import/RwkvTables.h"
#include "compiler/Import/Safetensors.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"

namespace seqc::rwkv {

/// A model under construction: one function from tokens to logits.
class ModelBuilder {
public:
  ModelBuilder(mlir::ModuleOp module, const Safetensors &file,
               const Version &version);

  /// Checks that the file has the version's tensors and no others; everything
  /// that is wrong, at once.
  llvm::Error check();
  void build(llvm::StringRef name);

  /// The extent that a letter of a shape stands for.
  int64_t getExtent(char letter) const;
  mlir::RankedTensorType getType(llvm::ArrayRef<int64_t> shape) {
    return mlir::RankedTensorType::get(shape, b.getF32Type());
  }

  /// A tensor of the file in the shape of its row; with `index`, that row of
  /// it.
  mlir::Value loadWeight(llvm::StringRef name, llvm::StringRef shape,
                         std::optional<int64_t> index = {});
  /// A new state [batch, extents...]. Its next value is given later, in the
  /// order of the states.
  mlir::Value addState(llvm::StringRef name, llvm::ArrayRef<int64_t> extents,
                       double initial = 0.0);
  void setNext(mlir::Value value) { next.push_back(value); }

  mlir::ImplicitLocOpBuilder b;

private:
  struct State {
    std::string name;
    double initial;
  };

  void checkTensor(llvm::StringRef name, llvm::StringRef shape);
  bool bindExtents(const SafeTensor &tensor, llvm::StringRef shape);
  void checkUnknown();
  void checkHeads();
  mlir::Value buildEmbedding(mlir::Value tokens);
  mlir::Value buildNorm(const llvm::Twine &name, mlir::Value x);
  void finish(mlir::Value logits);
  void describeInterface();

  mlir::ModuleOp module;
  const Safetensors &file;
  const Version &version;
  mlir::SymbolTable symbols;
  int64_t blocks = 0;
  llvm::SmallVector<std::pair<char, int64_t>> extents;
  llvm::StringMap<bool> known;
  std::vector<std::string> problems;
  mlir::func::FuncOp function;
  std::vector<State> states;
  llvm::SmallVector<mlir::Value> next;
};

/// One block of it.
class BlockBuilder {
public:
  BlockBuilder(ModelBuilder &model, const Version &version, int64_t index)
      : model(model), version(version), index(index), b(model.b) {}

  bool isFirst() const { return index == 0; }
  std::string getName(llvm::StringRef name) const;
  /// The block's tensor, or one of its rows.
  mlir::Value load(llvm::StringRef name, std::optional<int64_t> row = {});
  /// `weight` with its dimensions in another order.
  mlir::Value transpose(mlir::Value weight, llvm::ArrayRef<int64_t> order);
  mlir::Value addState(llvm::StringRef name, llvm::ArrayRef<int64_t> extents,
                       double initial = 0.0);
  void setNext(mlir::ValueRange values) {
    for (mlir::Value value : values)
      model.setNext(value);
  }
  int64_t getExtent(char letter) const { return model.getExtent(letter); }
  /// [batch, extents...].
  mlir::RankedTensorType getStateType(llvm::ArrayRef<int64_t> extents);

  ModelBuilder &model;
  const Version &version;
  int64_t index;
  mlir::ImplicitLocOpBuilder &b;
  /// What version 7 hands from the first block to the others.
  mlir::Value firstValues;
};

} // namespace seqc::rwkv

#endif // SEQC_COMPILER_IMPORT_RWKVMODEL_H
