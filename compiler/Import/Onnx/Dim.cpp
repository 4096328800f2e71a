//===- Dim.cpp - Symbolic tensor extents ----------------------------------===//

#include "compiler/Import/Onnx/Dim.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <numeric>

namespace seqc::onnx {

using Symbol = Dim::Symbol;
using Term = Dim::Term;

/// Longer expressions are not formed: repeated squaring would double a name
/// without end.
static constexpr size_t maxNameLength = 400;

Dim Dim::makeSingle(std::shared_ptr<Symbol> symbol) {
  Dim dim;
  dim.terms.push_back({std::move(symbol), 1});
  return dim;
}

Dim Dim::getSymbol(llvm::StringRef name) {
  auto symbol = std::make_shared<Symbol>();
  symbol->name = name.str();
  return makeSingle(std::move(symbol));
}

Dim Dim::getStep(llvm::StringRef name, const Dim &last) {
  auto symbol = std::make_shared<Symbol>();
  symbol->name = name.str();
  symbol->op = Symbol::Step;
  symbol->rhs = last;
  return makeSingle(std::move(symbol));
}

/// Bounds of lhs * rhs, for factors that are not negative.
static std::optional<int64_t> multiplyBounds(std::optional<int64_t> lhs,
                                             std::optional<int64_t> rhs) {
  int64_t product;
  if (!lhs || !rhs || *lhs < 0 || *rhs < 0 ||
      llvm::MulOverflow(*lhs, *rhs, product))
    return std::nullopt;
  return product;
}

static std::optional<int64_t> getSymbolBound(const Symbol &symbol, bool upper) {
  auto bound = [&](const Dim &dim) {
    return upper ? dim.getUpperBound() : dim.getLowerBound();
  };
  switch (symbol.op) {
  case Symbol::Extent:
    return upper ? Dim::maxExtent : 1;
  case Symbol::Step:
    return upper ? symbol.rhs.getUpperBound() : symbol.lhs.getLowerBound();
  case Symbol::Mod:
    return upper ? symbol.rhs.getUpperBound() : 0;
  case Symbol::FloorDiv: // the divisor is at least 1
    if (symbol.lhs.getLowerBound().value_or(-1) >= 0)
      return upper ? symbol.lhs.getUpperBound() : 0;
    return std::nullopt;
  case Symbol::Mul:
    if (symbol.lhs.getLowerBound().value_or(-1) >= 0 &&
        symbol.rhs.getLowerBound().value_or(-1) >= 0)
      return multiplyBounds(bound(symbol.lhs), bound(symbol.rhs));
    return std::nullopt;
  case Symbol::Min:
  case Symbol::Max: {
    auto lhs = bound(symbol.lhs), rhs = bound(symbol.rhs);
    if (lhs && rhs)
      return symbol.op == Symbol::Min ? std::min(*lhs, *rhs)
                                      : std::max(*lhs, *rhs);
    // One side alone bounds a minimum from above, a maximum from below.
    if ((symbol.op == Symbol::Min) == upper)
      return lhs ? lhs : rhs;
    return std::nullopt;
  }
  }
  return std::nullopt;
}

std::optional<int64_t> Dim::getBound(bool upper) const {
  int64_t bound = offset;
  for (const Term &term : terms) {
    // The last step is where the extents say, which may be other terms.
    if (term.symbol->op == Symbol::Step) {
      bool last = upper == (term.factor > 0);
      Dim number;
      number.terms.push_back(term);
      auto bounded = addScaled(*this, number, -1);
      if (bounded)
        bounded = addScaled(
            *bounded, last ? term.symbol->rhs : term.symbol->lhs, term.factor);
      return bounded ? bounded->getBound(upper) : std::nullopt;
    }
    std::optional<int64_t> symbolBound =
        getSymbolBound(*term.symbol, upper == (term.factor > 0));
    int64_t product;
    if (!symbolBound || llvm::MulOverflow(term.factor, *symbolBound, product) ||
        llvm::AddOverflow(bound, product, bound))
      return std::nullopt;
  }
  return bound;
}

std::optional<Dim> Dim::lowerQuotient() const {
  for (const Term &term : terms) {
    if (term.symbol->op != Symbol::FloorDiv)
      continue;
    std::optional<int64_t> divisor = term.symbol->rhs.getConstant();
    if (!divisor || *divisor < 1 || term.factor % *divisor != 0)
      continue;
    // e - n + 1 <= n (e floordiv n) <= e
    Dim quotient;
    quotient.terms.push_back(term);
    std::optional<Dim> rest = addScaled(*this, quotient, -1);
    std::optional<Dim> number = term.factor > 0
                                    ? sub(term.symbol->lhs, Dim(*divisor - 1))
                                    : std::optional<Dim>(term.symbol->lhs);
    return rest && number ? addScaled(*rest, *number, term.factor / *divisor)
                          : std::nullopt;
  }
  return std::nullopt;
}

void Dim::collectNames(std::vector<std::string> &names) const {
  for (const Term &term : terms) {
    if (term.symbol->op == Symbol::Extent) {
      if (!llvm::is_contained(names, term.symbol->name))
        names.push_back(term.symbol->name);
      continue;
    }
    term.symbol->lhs.collectNames(names);
    term.symbol->rhs.collectNames(names);
  }
}

bool Dim::dependsOnStep() const {
  return llvm::any_of(terms, [](const Term &term) {
    return term.symbol->op == Symbol::Step ||
           term.symbol->lhs.dependsOnStep() || term.symbol->rhs.dependsOnStep();
  });
}

std::string Dim::str() const {
  if (terms.empty())
    return std::to_string(offset);
  std::string text;
  for (const Term &term : terms) {
    // Written through unsigned arithmetic: -INT64_MIN does not exist.
    uint64_t magnitude =
        term.factor < 0 ? 0 - uint64_t(term.factor) : uint64_t(term.factor);
    if (text.empty())
      text += term.factor < 0 ? "-" : "";
    else
      text += term.factor < 0 ? " - " : " + ";
    if (magnitude != 1)
      text += std::to_string(magnitude) + "*";
    text += term.symbol->name;
  }
  if (offset > 0)
    text += " + " + std::to_string(offset);
  if (offset < 0)
    text += " - " + std::to_string(0 - uint64_t(offset));
  return text;
}

bool Dim::operator==(const Dim &other) const {
  return offset == other.offset &&
         std::equal(terms.begin(), terms.end(), other.terms.begin(),
                    other.terms.end(), [](const Term &a, const Term &b) {
                      return a.factor == b.factor &&
                             a.symbol->name == b.symbol->name;
                    });
}

/// lhs + factor * rhs, merging two sorted lists of terms.
std::optional<Dim> addScaled(const Dim &lhs, const Dim &rhs, int64_t factor) {
  Dim result;
  int64_t scaled;
  if (llvm::MulOverflow(rhs.offset, factor, scaled) ||
      llvm::AddOverflow(lhs.offset, scaled, result.offset))
    return std::nullopt;
  size_t i = 0, j = 0, length = 0;
  while (i < lhs.terms.size() || j < rhs.terms.size()) {
    int order =
        i == lhs.terms.size() ? 1
        : j == rhs.terms.size()
            ? -1
            : lhs.terms[i].symbol->name.compare(rhs.terms[j].symbol->name);
    Term term = order <= 0 ? lhs.terms[i] : Term{rhs.terms[j].symbol, 0};
    if (order >= 0 && (llvm::MulOverflow(rhs.terms[j].factor, factor, scaled) ||
                       llvm::AddOverflow(term.factor, scaled, term.factor)))
      return std::nullopt;
    i += order <= 0;
    j += order >= 0;
    length += term.symbol->name.size();
    if (term.factor != 0)
      result.terms.push_back(std::move(term));
  }
  if (length > maxNameLength)
    return std::nullopt;
  return result;
}

/// The symbol for `op(lhs, rhs)`, named so that equal operations are equal.
std::optional<Dim> makeDerived(int op, const Dim &lhs, const Dim &rhs) {
  static const char *const spelling[] = {"",      "*",   " floordiv ",
                                         " mod ", "min", "max"};
  auto parenthesized = [](const Dim &dim) {
    return dim.isConstant() ? dim.str() : "(" + dim.str() + ")";
  };
  auto symbol = std::make_shared<Symbol>();
  symbol->op = Symbol::Op(op);
  symbol->lhs = lhs;
  symbol->rhs = rhs;
  bool commutes = op == Symbol::Mul || op == Symbol::Min || op == Symbol::Max;
  if (commutes && rhs.str() < lhs.str())
    std::swap(symbol->lhs, symbol->rhs);
  if (op == Symbol::Min || op == Symbol::Max)
    symbol->name = std::string(spelling[op]) + "(" + symbol->lhs.str() + ", " +
                   symbol->rhs.str() + ")";
  else
    symbol->name =
        parenthesized(symbol->lhs) + spelling[op] + parenthesized(symbol->rhs);
  if (symbol->name.size() > maxNameLength)
    return std::nullopt;
  // Brackets keep "a*(b mod c)" apart from "(a*b) mod c" in longer sums.
  if (op == Symbol::FloorDiv || op == Symbol::Mod || op == Symbol::Mul)
    symbol->name = "(" + symbol->name + ")";
  return Dim::makeSingle(std::move(symbol));
}

std::optional<Dim> add(const Dim &lhs, const Dim &rhs) {
  return addScaled(lhs, rhs, 1);
}

std::optional<Dim> sub(const Dim &lhs, const Dim &rhs) {
  return addScaled(lhs, rhs, -1);
}

/// Whether every coefficient of `dim` is a multiple of `divisor`.
static bool isMultiple(const Dim &dim, int64_t divisor) {
  return dim.getOffset() % divisor == 0 &&
         llvm::all_of(dim.getTerms(), [&](const Term &term) {
           return term.factor % divisor == 0;
         });
}

/// Divides every coefficient, each a multiple of `divisor`.
Dim divideExactly(const Dim &dim, int64_t divisor) {
  Dim quotient = dim;
  quotient.offset /= divisor;
  for (Term &term : quotient.terms)
    term.factor /= divisor;
  return quotient;
}

/// The largest number that divides every coefficient.
static int64_t getContent(const Dim &dim) {
  auto distance = [](int64_t number) {
    return number < 0 ? 0 - uint64_t(number) : uint64_t(number);
  };
  uint64_t content = distance(dim.getOffset());
  for (const Term &term : dim.getTerms())
    content = std::gcd(content, distance(term.factor));
  // Only the least integer there is has no positive counterpart.
  return content > uint64_t(INT64_MAX) ? 1 : int64_t(content);
}

void Dim::collectFactors(llvm::SmallVectorImpl<Dim> &factors) const {
  int64_t content = isConstant() ? 1 : getContent(*this);
  if (content != 1) {
    factors.push_back(content);
    return divideExactly(*this, content).collectFactors(factors);
  }
  const Symbol *symbol =
      offset == 0 && terms.size() == 1 && terms[0].factor == 1
          ? terms[0].symbol.get()
          : nullptr;
  if (!symbol || symbol->op != Symbol::Mul) {
    factors.push_back(*this);
    return;
  }
  symbol->lhs.collectFactors(factors);
  symbol->rhs.collectFactors(factors);
}

std::optional<Dim> mul(const Dim &lhs, const Dim &rhs) {
  if (auto factor = rhs.getConstant())
    return addScaled(Dim(0), lhs, *factor);
  if (auto factor = lhs.getConstant())
    return addScaled(Dim(0), rhs, *factor);
  // One form for all orders: numbers first, then factors by their names.
  llvm::SmallVector<Dim> factors;
  lhs.collectFactors(factors);
  rhs.collectFactors(factors);
  llvm::sort(factors,
             [](const Dim &a, const Dim &b) { return a.str() < b.str(); });
  int64_t number = 1;
  std::optional<Dim> product;
  for (const Dim &factor : factors) {
    if (factor.isConstant()) {
      if (llvm::MulOverflow(number, factor.getOffset(), number))
        return std::nullopt;
      continue;
    }
    product = product ? makeDerived(Symbol::Mul, *product, factor) : factor;
    if (!product)
      return std::nullopt;
  }
  return addScaled(Dim(0), *product, number);
}

std::optional<Dim> floorDiv(const Dim &lhs, const Dim &rhs) {
  if (lhs == rhs && rhs.getLowerBound().value_or(0) > 0)
    return Dim(1);
  auto divisor = rhs.getConstant();
  if (divisor && *divisor <= 0)
    return std::nullopt;
  if (divisor && lhs.isConstant())
    return Dim(llvm::divideFloorSigned(lhs.getOffset(), *divisor));
  if (divisor && isMultiple(lhs, *divisor))
    return divideExactly(lhs, *divisor);
  if (rhs.getLowerBound().value_or(0) <= 0)
    return std::nullopt;
  return makeDerived(Symbol::FloorDiv, lhs, rhs);
}

std::optional<Dim> mod(const Dim &lhs, const Dim &rhs) {
  auto divisor = rhs.getConstant();
  if (divisor && *divisor <= 0)
    return std::nullopt;
  if (divisor && isMultiple(lhs, *divisor))
    return Dim(0);
  if (divisor && lhs.isConstant())
    return Dim(lhs.getOffset() -
               llvm::divideFloorSigned(lhs.getOffset(), *divisor) * *divisor);
  if (rhs.getLowerBound().value_or(0) <= 0)
    return std::nullopt;
  return makeDerived(Symbol::Mod, lhs, rhs);
}

std::optional<Dim> min(const Dim &lhs, const Dim &rhs) {
  if (isLessEqual(lhs, rhs).value_or(false))
    return lhs;
  if (isLessEqual(rhs, lhs).value_or(false))
    return rhs;
  return makeDerived(Symbol::Min, lhs, rhs);
}

std::optional<Dim> max(const Dim &lhs, const Dim &rhs) {
  if (isLessEqual(lhs, rhs).value_or(false))
    return rhs;
  if (isLessEqual(rhs, lhs).value_or(false))
    return lhs;
  return makeDerived(Symbol::Max, lhs, rhs);
}

std::optional<bool> isLess(const Dim &lhs, const Dim &rhs) {
  if (auto atLeast = isLessEqual(rhs, lhs))
    return !*atLeast;
  return std::nullopt;
}

/// Whether `dim`, if there is one, is `least` or more whatever the extents are.
static bool isAtLeast(std::optional<Dim> dim, int64_t least) {
  // Of more quotients within each other nothing is found out.
  constexpr unsigned mostQuotients = 8;
  for (unsigned i = 0; dim && i <= mostQuotients; ++i) {
    if (dim->getLowerBound().value_or(least - 1) >= least)
      return true;
    dim = dim->lowerQuotient();
  }
  return false;
}

std::optional<bool> isLessEqual(const Dim &lhs, const Dim &rhs) {
  if (lhs.isConstant() && rhs.isConstant())
    return lhs.getOffset() <= rhs.getOffset();
  if (isAtLeast(sub(rhs, lhs), 0))
    return true;
  if (isAtLeast(sub(lhs, rhs), 1))
    return false;
  return std::nullopt;
}

std::optional<bool> isEqual(const Dim &lhs, const Dim &rhs) {
  if (lhs == rhs)
    return true;
  if (isLess(lhs, rhs).value_or(false) || isLess(rhs, lhs).value_or(false))
    return false;
  return std::nullopt;
}

std::string toString(llvm::ArrayRef<Dim> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (const Dim &dim : shape) {
    std::string one = dim.str();
    if (one.find(' ') != std::string::npos)
      one = "(" + one + ")";
    text += (text.empty() ? "" : "x") + one;
  }
  return text;
}

} // namespace seqc::onnx
