//===- Einsum.cpp - The equation of an Einsum -----------------------------===//

#include "compiler/Import/Onnx/Einsum.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// A letter as its character, the i-th last dimension of an ellipsis as 256 +
/// i.
using EinsumTerm = llvm::SmallVector<unsigned, 4>;

/// `ellipsis` is how many dimensions one stands for.
static Expected<EinsumTerm> parseTerm(const OpContext &context, StringRef text,
                                      size_t ellipsis) {
  EinsumTerm term;
  bool hasEllipsis = false;
  while (!text.empty()) {
    if (!hasEllipsis && text.consume_front("...")) {
      hasEllipsis = true;
      for (size_t i = ellipsis; i-- > 0;)
        term.push_back(256 + unsigned(i));
      continue;
    }
    if (!llvm::isAlpha(text.front()))
      return context.fail("attribute 'equation': expected letters and one "
                          "ellipsis, found '" +
                          text + "'");
    term.push_back(static_cast<unsigned char>(text.front()));
    text = text.drop_front();
  }
  return term;
}

/// The dimensions of an ellipsis, then the letters that occur once.
static EinsumTerm makeImplicitResult(llvm::ArrayRef<EinsumTerm> operands,
                                     size_t ellipsis) {
  EinsumTerm result;
  for (size_t i = ellipsis; i-- > 0;)
    result.push_back(256 + unsigned(i));
  for (unsigned letter = 0; letter < 256; ++letter) {
    size_t uses = 0;
    for (const EinsumTerm &term : operands)
      uses += llvm::count(term, letter);
    if (uses == 1)
      result.push_back(letter);
  }
  return result;
}

/// Numbers the dimensions and finds their extents.
static Expected<EinsumPlan> makePlan(const OpContext &context,
                                     llvm::ArrayRef<EinsumTerm> operands,
                                     const EinsumTerm &result) {
  EinsumPlan plan;
  llvm::SmallVector<unsigned> order(result.begin(), result.end());
  plan.numResultDims = order.size();
  for (const EinsumTerm &term : operands)
    for (unsigned dim : term)
      if (!llvm::is_contained(order, dim))
        order.push_back(dim);
  llvm::SmallVector<std::optional<Dim>> extents(order.size());
  for (auto [i, term] : llvm::enumerate(operands)) {
    auto &numbers = plan.operands.emplace_back();
    for (auto [dim, extent] :
         llvm::zip_equal(term, context.getInput(i)->shape)) {
      unsigned number = llvm::find(order, dim) - order.begin();
      numbers.push_back(number);
      if (!extents[number])
        extents[number] = extent;
      else if (Error error = context.requireEqual(
                   *extents[number], extent, "the operands of the equation"))
        return std::move(error);
    }
  }
  for (const std::optional<Dim> &extent : extents) {
    if (!extent)
      return context.fail("attribute 'equation': the result has a dimension "
                          "that no operand has");
    plan.extents.push_back(*extent);
  }
  return plan;
}

Expected<EinsumPlan> planEinsum(const OpContext &context) {
  std::string equation;
  for (char c : context.getString("equation", ""))
    if (c != ' ')
      equation += c;
  auto [lhs, rhs] = StringRef(equation).split("->");
  bool isExplicit = StringRef(equation).contains("->");
  llvm::SmallVector<StringRef> texts;
  lhs.split(texts, ',');
  if (texts.size() != context.getNumInputs())
    return context.fail("attribute 'equation': expected " +
                        Twine(context.getNumInputs()) + " operands, found " +
                        Twine(texts.size()));
  llvm::SmallVector<EinsumTerm> operands;
  size_t widest = 0;
  for (auto [i, text] : llvm::enumerate(texts)) {
    size_t rank = context.getInput(i)->shape.size(), ellipsis = 0;
    size_t letters = llvm::count_if(text, llvm::isAlpha);
    if (text.contains("...") && rank >= letters)
      ellipsis = rank - letters;
    auto term = parseTerm(context, text, ellipsis);
    if (!term)
      return term.takeError();
    if (term->size() != rank)
      return context.fail("attribute 'equation': expected " + Twine(rank) +
                          " dimensions of operand " + Twine(i) + ", found '" +
                          text + "'");
    widest = std::max(widest, ellipsis);
    operands.push_back(std::move(*term));
  }
  if (!isExplicit)
    return makePlan(context, operands, makeImplicitResult(operands, widest));
  auto result = parseTerm(context, rhs, widest);
  if (!result)
    return result.takeError();
  for (unsigned dim : *result)
    if (llvm::count(*result, dim) > 1)
      return context.fail("attribute 'equation': the result has a dimension "
                          "twice");
  return makePlan(context, operands, *result);
}

} // namespace seqc::onnx
