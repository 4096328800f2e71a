//===- Dim.h - Symbolic tensor extents --------------------------*- C++ -*-===//
//
// An extent, or an integer computed from extents: a constant plus multiples of
// symbols. What is not affine (a product, a floor division) becomes a symbol of
// its own that remembers its operands, so equal expressions compare equal and
// every expression can be computed again at run time.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_DIM_H
#define SEQC_COMPILER_IMPORT_ONNX_DIM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace seqc::onnx {

class Dim {
public:
  struct Symbol;
  using SymbolRef = std::shared_ptr<const Symbol>;
  struct Term {
    SymbolRef symbol;
    int64_t factor;
  };

  Dim(int64_t constant = 0) : offset(constant) {}

  /// The named dynamic extent, taken to be from 1 to `maxExtent`.
  static Dim getSymbol(llvm::StringRef name);
  /// The named number of a loop's step, from 0 to `last`.
  static Dim getStep(llvm::StringRef name, const Dim &last);

  std::optional<int64_t> getConstant() const {
    return terms.empty() ? std::optional<int64_t>(offset) : std::nullopt;
  }
  bool isConstant() const { return terms.empty(); }
  bool isConstant(int64_t value) const {
    return terms.empty() && offset == value;
  }
  int64_t getOffset() const { return offset; }
  llvm::ArrayRef<Term> getTerms() const { return terms; }

  static constexpr int64_t maxExtent = int64_t(1) << 40;

  /// Bounds that follow from those of every symbol; nothing on overflow.
  std::optional<int64_t> getLowerBound() const { return getBound(false); }
  std::optional<int64_t> getUpperBound() const { return getBound(true); }

  /// What is no larger whatever the extents are, with what a quotient is of in
  /// its place; nothing where no quotient is of a constant that divides it.
  std::optional<Dim> lowerQuotient() const;

  /// Appends what this is a product of: a number, if not 1, and others.
  void collectFactors(llvm::SmallVectorImpl<Dim> &factors) const;

  /// Appends the names of the extents that this depends on.
  void collectNames(std::vector<std::string> &names) const;
  /// Whether this changes from step to step of a loop.
  bool dependsOnStep() const;

  std::string str() const;
  bool operator==(const Dim &other) const;
  bool operator!=(const Dim &other) const { return !(*this == other); }

private:
  friend std::optional<Dim> addScaled(const Dim &, const Dim &, int64_t);
  friend std::optional<Dim> makeDerived(int, const Dim &, const Dim &);
  friend Dim divideExactly(const Dim &, int64_t);
  static Dim makeSingle(std::shared_ptr<Symbol> symbol);
  std::optional<int64_t> getBound(bool upper) const;
  int64_t offset;
  std::vector<Term> terms; // sorted by name, no zero factors
};

/// A symbol is an extent of an input (`Extent`), an operation on two others, or
/// a loop's number of the step, from `lhs` to `rhs`.
struct Dim::Symbol {
  enum Op { Extent, Mul, FloorDiv, Mod, Min, Max, Step };
  std::string name; // canonical: equal names mean equal values
  Op op = Extent;
  Dim lhs, rhs;
};

/// Arithmetic. Nothing is returned on overflow, on division by what may be zero
/// or negative, and when the expression would become unreasonably long.
std::optional<Dim> add(const Dim &lhs, const Dim &rhs);
std::optional<Dim> sub(const Dim &lhs, const Dim &rhs);
std::optional<Dim> mul(const Dim &lhs, const Dim &rhs);
std::optional<Dim> floorDiv(const Dim &lhs, const Dim &rhs);
std::optional<Dim> mod(const Dim &lhs, const Dim &rhs);
std::optional<Dim> min(const Dim &lhs, const Dim &rhs);
std::optional<Dim> max(const Dim &lhs, const Dim &rhs);

/// Whether lhs < rhs (or lhs <= rhs) whatever the extents are; nothing where it
/// depends on them.
std::optional<bool> isLess(const Dim &lhs, const Dim &rhs);
std::optional<bool> isLessEqual(const Dim &lhs, const Dim &rhs);
std::optional<bool> isEqual(const Dim &lhs, const Dim &rhs);

using Shape = llvm::SmallVector<Dim, 4>;

/// "?" and names as they are: "batchx576"; a scalar is "scalar".
std::string toString(llvm::ArrayRef<Dim> shape);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_DIM_H
