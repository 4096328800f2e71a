//===- RaiseTransition.cpp - an affine update becomes a transition --------===//

#include "passes/Simplify/RaiseTransition.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Support/CarryGraph.h"

using namespace mlir;
using namespace seqc;

/// What `moved` multiplies `state` by, without following from carry `number`;
/// null if it is no such product.
static Value findDecay(OpBuilder &b, const CarryGraph &graph, unsigned number,
                       Value moved, Value state) {
  if (moved == state)
    return seq::buildConstantLike(b, moved.getLoc(), state.getType(), 1.0);
  auto product = moved.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {};
  Value lhs = product.getLhs(), rhs = product.getRhs();
  if (rhs != state)
    std::swap(lhs, rhs);
  return rhs == state && !graph.getCarriesOf(lhs).test(number) ? lhs : Value();
}

/// Replaces `op`, a s + b for the state s, by the transition.
static void replaceByAffine(OpBuilder &b, Operation *op, Value decay,
                            Value state, Value gain) {
  auto plus = seq::SemiringAttr::get(b.getContext(), seq::Semiring::PlusTimes);
  Value next = seq::AffineOp::create(b, op->getLoc(), state.getType(), decay,
                                     state, gain, UnitAttr(), plus, UnitAttr());
  op->replaceAllUsesWith(ValueRange{next});
  op->erase();
}

/// Writes a (s + b) as a s + a b. A loop that a trace unrolled may well be cut
/// between the sum and the product.
static void raiseProduct(const CarryGraph &graph, unsigned number,
                         arith::MulFOp product, Value state) {
  Value lhs = product.getLhs(), rhs = product.getRhs();
  for (auto [decay, factor] : {std::pair(lhs, rhs), std::pair(rhs, lhs)}) {
    auto sum = factor.getDefiningOp<arith::AddFOp>();
    if (!sum || graph.getCarriesOf(decay).test(number))
      continue;
    Value gain = sum.getLhs() == state ? sum.getRhs() : sum.getLhs();
    if (graph.getCarriesOf(gain).test(number) ||
        (sum.getLhs() != state && sum.getRhs() != state))
      continue;
    OpBuilder b(product);
    Value scaled = arith::MulFOp::create(b, product.getLoc(), decay, gain);
    return replaceByAffine(b, product, decay, state, scaled);
  }
}

void seqc::raiseTransition(seq::ScanOp scan, unsigned number) {
  CarryGraph graph(scan);
  Value state = scan.getCarryArguments()[number];
  Value next = scan.getYield().getCarries()[number];
  if (auto product = next.getDefiningOp<arith::MulFOp>())
    return raiseProduct(graph, number, product, state);
  auto sum = next.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return;
  OpBuilder b(sum);
  Value lhs = sum.getLhs(), rhs = sum.getRhs();
  for (auto [moved, gain] : {std::pair(lhs, rhs), std::pair(rhs, lhs)}) {
    if (graph.getCarriesOf(gain).test(number))
      continue;
    Value decay = findDecay(b, graph, number, moved, state);
    if (!decay)
      continue;
    return replaceByAffine(b, sum, decay, state, gain);
  }
}
