//===- TimeForms.h - how values of a model depend on its time ---*- C++ -*-===//
//
// A function of a whole sequence can be cut into pieces where row t of every
// result needs no row after t, and where what a row needs of earlier ones is
// the carries and histories of scans or the rows that a padding goes back. This
// follows the dimension of time through a function and names the op that does
// otherwise.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SEQUENCE_TIMEFORMS_H
#define SEQC_PASSES_SEQUENCE_TIMEFORMS_H

#include "compiler/ModelInfo.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc {

/// How a value depends on time.
struct TimeForm {
  enum Kind {
    Invariant, ///< Not at all.
    Uniform,   ///< All rows along `axis` are the same.
    Rows,      ///< Row i along `axis` is known at time i - `lead`.
    First,     ///< Of what a state was before the sequence.
    Last       ///< Of what carries are after it.
  };
  Kind kind = Invariant;
  int64_t axis = -1;
  int64_t lead = 0;
  int64_t extra = 0; ///< Rows, beyond the number of steps.
  /// What made `lead` negative: it reads later steps.
  mlir::Operation *reader = nullptr;

  bool hasAxis() const { return kind == Uniform || kind == Rows; }
  /// Row i is known at time i - `value`, as `op` has it.
  void setLead(int64_t value, mlir::Operation *op) {
    lead = value;
    reader = lead >= 0 ? nullptr : reader ? reader : op;
  }
};

/// Follows time through one function.
class TimeForms {
public:
  TimeForms(mlir::func::FuncOp function, const ModelInfo &info,
            llvm::StringRef time)
      : function(function), info(info), time(time) {}

  /// Fails with a diagnostic on what keeps the function from being cut.
  llvm::LogicalResult run();

  TimeForm get(mlir::Value value) const { return forms.lookup(value); }
  /// Makes `value` stand for `old`.
  void replace(mlir::Value old, mlir::Value value) { forms[value] = get(old); }

  /// Scans over time, and paddings whose front is rows of earlier steps.
  llvm::SmallVector<seq::ScanOp> scans;
  llvm::SmallVector<mlir::tensor::PadOp> paddings;
  /// Slices that take the last row.
  llvm::DenseSet<mlir::Operation *> picks;
  /// How many rows a padding goes back.
  int64_t getDepth(mlir::tensor::PadOp op) const;

private:
  llvm::LogicalResult refuse(mlir::Operation *op, const llvm::Twine &why);
  llvm::LogicalResult refuseLater(mlir::Operation *op, int64_t lead);
  std::optional<int64_t> getOffset(mlir::OpFoldResult extent) const;
  llvm::LogicalResult checkNumbers(mlir::Operation *op);
  llvm::LogicalResult visitArguments();
  llvm::LogicalResult visit(mlir::Operation *op);
  llvm::LogicalResult visitIndex(mlir::Operation *op);
  llvm::LogicalResult visitEmpty(mlir::tensor::EmptyOp op);
  llvm::LogicalResult visitFill(mlir::linalg::FillOp op);
  /// What an op reads of the steps: in which loop, and how early it is known.
  struct Loop {
    int64_t loop = -1;
    TimeForm rows{TimeForm::Rows};
    bool hasRows = false, hasState = false;

    /// Reads rows of `form` that are known `lead` steps before.
    void add(const TimeForm &form, int64_t lead, mlir::Operation *op) {
      if (!hasRows || lead < rows.lead) {
        rows.reader = form.reader;
        rows.setLead(lead, op);
      }
      hasRows = true;
    }
  };
  llvm::LogicalResult visitReads(mlir::linalg::GenericOp op, Loop &found);
  llvm::LogicalResult visitGeneric(mlir::linalg::GenericOp op);
  llvm::LogicalResult checkCaptures(mlir::linalg::GenericOp op, unsigned loop,
                                    bool hasRows);
  llvm::LogicalResult visitExpand(mlir::tensor::ExpandShapeOp op);
  llvm::LogicalResult visitCollapse(mlir::tensor::CollapseShapeOp op);
  llvm::LogicalResult visitSlice(mlir::tensor::ExtractSliceOp op);
  llvm::LogicalResult visitInsert(mlir::tensor::InsertSliceOp op);
  llvm::LogicalResult visitPad(mlir::tensor::PadOp op);
  llvm::LogicalResult visitScan(seq::ScanOp op);
  llvm::LogicalResult checkBodyReads(seq::ScanOp op);
  llvm::LogicalResult visitInputs(
      seq::ScanOp op, Loop &found,
      llvm::function_ref<llvm::FailureOr<int64_t>(const TimeForm &,
                                                  const seq::IndexEntry &)>
          getLead);
  llvm::LogicalResult visitTimeScan(seq::ScanOp op);
  llvm::LogicalResult visitRowScan(seq::ScanOp op, int64_t symbol);
  llvm::LogicalResult visitOther(mlir::Operation *op);
  llvm::LogicalResult checkResults();

  mlir::func::FuncOp function;
  const ModelInfo &info;
  llvm::StringRef time;
  llvm::DenseMap<mlir::Value, TimeForm> forms;
  /// Indices that are the number of steps and so many more.
  llvm::DenseMap<mlir::Value, int64_t> extents;
  /// Numbers that depend on the number of steps in another way.
  llvm::DenseSet<mlir::Value> odd;
};

} // namespace seqc

#endif // SEQC_PASSES_SEQUENCE_TIMEFORMS_H
