//===- OperandMemory.h - where a value of a body lies in memory -*- C++ -*-===//
//
// One description for operands of a scan, packed weights and workspace: each
// dimension of a memref says what indexes it. Loads and stores of elements and
// of vectors of lanes follow from it.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_OPERANDMEMORY_H
#define SEQC_PASSES_LOWER_OPERANDMEMORY_H

#include "dialects/Seq/IndexList.h"
#include "mlir/IR/Builders.h"

namespace seqc {

/// One domain point (or, without a lane symbol, all that the lanes cover).
struct RowContext {
  llvm::SmallVector<mlir::Value> domain;
  mlir::Value time;
  mlir::Value blockStep; ///< Step within the time block.
  mlir::Value place;     ///< Of its vectors in fixed point.
};

/// One vector of lanes.
struct TileContext {
  mlir::Value base; ///< Index of the first lane.
  mlir::Value tile; ///< base / lanes.
  mlir::Value mask; ///< Null where every lane is inside.
  mlir::Value size; ///< Number of elements along the lanes, with a mask.
  int64_t slot = 0; ///< Place among those that share registers.
};

/// A body value's index: a number, an SSA index, or the lanes (null).
using BodyIndex = llvm::ArrayRef<mlir::OpFoldResult>;

struct OperandMemory {
  /// What indexes one dimension of the memref.
  struct Axis {
    enum Kind {
      Domain,     ///< a domain symbol
      Time,       ///< (t - number) floordiv stride
      BlockStep,  ///< the step within the time block
      Body,       ///< a dimension of the body's value
      Window,     ///< domain symbol times stride, plus a body dimension
      Tile,       ///< which `stride` vectors of lanes, that lie side by side
      Slot,       ///< which vector of those that share registers
      LaneOffset, ///< the lanes of `stride` vectors
      Fixed       ///< `value`
    } kind;
    int64_t number = 0; ///< Of the symbol or the body's dimension; the lag.
    int64_t stride = 1;
    mlir::Value value = {};
  };

  mlir::Value memref = {};
  llvm::SmallVector<Axis> axes = {};
  /// The domain symbol along the lanes, or -1.
  int64_t laneSymbol = -1;
  /// For each window in order, the dimension of the body's value inside it.
  llvm::SmallVector<int64_t> windowDims = {};
  /// A shifted read that may be of a step before the first one: such rows lie
  /// here, the latest last.
  mlir::Value history = {};
  /// What loads give where memory holds a narrower type, else null.
  mlir::Type element = {};
  /// The body's dimension whose neighbours share words of 32 bits, or -1.
  int64_t pairedDim = -1;
  /// Whether words hold four neighbours along the body's last dimension, which
  /// counts the words. For `loadWords`.
  bool quads = false;
  /// Whether lanes beyond the mask exist in memory too.
  bool padded = false;
  /// Whether neighbours among the vectors of lanes are neighbours in memory.
  bool hasTilesSideBySide() const {
    return !axes.empty() && axes.back().kind == Axis::LaneOffset &&
           axes.back().stride > 1;
  }
  /// Where this is true, whole vectors are aligned and go past the caches.
  mlir::Value pastCaches = {};

  /// The memory of a scan's operand, sliced by `list`.
  static OperandMemory sliced(mlir::Value memref,
                              llvm::ArrayRef<seq::IndexEntry> list,
                              int64_t laneSymbol);
};

/// Emits loads and stores.
class MemoryEmitter {
public:
  MemoryEmitter(int64_t lanes) : lanes(lanes) {}

  /// The element, or the vector of lanes, at `index`.
  mlir::Value load(mlir::OpBuilder &b, mlir::Location loc,
                   const OperandMemory &memory, const RowContext &row,
                   const TileContext &tile, BodyIndex index) const;
  void store(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
             const OperandMemory &memory, const RowContext &row,
             const TileContext &tile, BodyIndex index) const;

  /// The words of all lanes, as the `together` elements that each holds.
  mlir::Value loadWords(mlir::OpBuilder &b, mlir::Location loc,
                        const OperandMemory &memory, const RowContext &row,
                        const TileContext &tile, BodyIndex index,
                        int64_t together) const;

  /// Whether vectors of lanes along the last dimension of `memref`, of floats,
  /// begin at multiples of their size in memory; null for any other.
  mlir::Value isAligned(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value memref) const;

  /// Asks for the cache line of what `load` would read.
  void prefetch(mlir::OpBuilder &b, mlir::Location loc,
                const OperandMemory &memory, const RowContext &row,
                const TileContext &tile, BodyIndex index, bool isWrite = false,
                uint32_t locality = nearest) const;

  /// Prefetches into the first cache, or the second.
  static constexpr uint32_t nearest = 3, near = 2;

  int64_t lanes;

private:
  mlir::Value loadStored(mlir::OpBuilder &b, mlir::Location loc,
                         const OperandMemory &memory, const RowContext &row,
                         const TileContext &tile, BodyIndex index) const;
  mlir::Value loadPaired(mlir::OpBuilder &b, mlir::Location loc,
                         const OperandMemory &memory, const RowContext &row,
                         const TileContext &tile, BodyIndex index) const;
  mlir::Value loadShifted(mlir::OpBuilder &b, mlir::Location loc,
                          const OperandMemory &memory, const RowContext &row,
                          const TileContext &tile, BodyIndex index) const;
  void storeVector(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                   const OperandMemory &memory, mlir::ValueRange indices) const;
  struct Address {
    llvm::SmallVector<mlir::Value> indices;
    int64_t laneAxis = -1; ///< The memref's dimension along the lanes.
    bool contiguous = false;
  };
  Address resolve(mlir::OpBuilder &b, mlir::Location loc,
                  const OperandMemory &memory, const RowContext &row,
                  const TileContext &tile, BodyIndex index) const;
  /// The address of lane `lane`, kept inside the tensor where masked.
  llvm::SmallVector<mlir::Value>
  laneAddress(mlir::OpBuilder &b, mlir::Location loc, const Address &address,
              const TileContext &tile, int64_t lane) const;
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_OPERANDMEMORY_H
