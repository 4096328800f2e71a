//===- Transition.cpp - what transitions share ----------------------------===//

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

ArrayRef<int64_t> seqc::seq::getStateShape(Type type) {
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    return shaped.getShape();
  return {};
}

Type seqc::seq::getRowsType(Type type) {
  ArrayRef<int64_t> shape = getStateShape(type);
  if (shape.empty())
    return {};
  return RankedTensorType::get(shape.front(), getElementTypeOrSelf(type));
}

Type seqc::seq::getRowType(Type type) {
  ArrayRef<int64_t> shape = getStateShape(type);
  if (shape.empty())
    return {};
  Type element = getElementTypeOrSelf(type);
  if (shape.size() == 1)
    return element;
  return RankedTensorType::get(shape.drop_front(), element);
}

LogicalResult seqc::seq::expectLeading(Operation *op, StringRef name, Type part,
                                       Type whole) {
  ArrayRef<int64_t> few = getStateShape(part), all = getStateShape(whole);
  if (getElementTypeOrSelf(part) == getElementTypeOrSelf(whole) &&
      few.size() <= all.size() && all.take_front(few.size()) == few)
    return success();
  return op->emitOpError() << "needs " << name << " with leading dimensions of "
                           << whole << ", found " << part;
}

LogicalResult seqc::seq::expectStatic(Type type, std::string &reason) {
  if (!ShapedType::isDynamicShape(getStateShape(type)))
    return success();
  reason = "summaries need extents that are known";
  return failure();
}

BodySemantics seqc::seq::getLeadingSemantics(Operation *op) {
  BodySemantics space = getElementwiseSemantics(op);
  MLIRContext *context = op->getContext();
  unsigned rank = space.extents.size();
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank, context);
  for (auto [operand, map] : llvm::zip(op->getOperands(), space.operandMaps))
    map = AffineMap::get(
        rank, 0,
        all.getResults().take_front(getStateShape(operand.getType()).size()),
        context);
  return space;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value seqc::seq::buildRepeated(OpBuilder &b, Location loc, Value value,
                               Type type) {
  if (value.getType() == type)
    return value;
  auto shaped = cast<RankedTensorType>(type);
  int64_t rank = getStateShape(value.getType()).size();
  if (rank == 0)
    return tensor::SplatOp::create(b, loc, value, shaped);
  auto added = llvm::to_vector(llvm::seq<int64_t>(rank, shaped.getRank()));
  return BroadcastOp::create(b, loc, type, value, added);
}

Value seqc::seq::buildMatrixProduct(OpBuilder &b, Location loc,
                                    Semiring semiring, Value matrix,
                                    Value state) {
  auto attr = SemiringAttr::get(b.getContext(), semiring);
  Type type = state.getType();
  if (getStateShape(type).size() == 1)
    return MatvecOp::create(b, loc, type, matrix, state, attr);
  return MatmulOp::create(b, loc, type, matrix, state, attr);
}

Value seqc::seq::buildRowsTimes(OpBuilder &b, Location loc, Value rows,
                                Value state) {
  auto left = cast<RankedTensorType>(rows.getType());
  auto right = cast<RankedTensorType>(state.getType());
  SmallVector<int64_t> shape(left.getShape().drop_back());
  llvm::append_range(shape, right.getShape().drop_front());
  Type type = left.clone(shape);
  auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  if (left.getRank() == 1)
    return VecmatOp::create(b, loc, type, rows, state);
  if (right.getRank() == 1)
    return MatvecOp::create(b, loc, type, rows, state, plus);
  return MatmulOp::create(b, loc, type, rows, state, plus);
}

Value seqc::seq::buildScaledRows(OpBuilder &b, Location loc, Value rows,
                                 Value scale) {
  auto type = cast<RankedTensorType>(rows.getType());
  if (!isa<RankedTensorType>(scale.getType()))
    scale = tensor::SplatOp::create(b, loc, scale, type);
  else if (type.getRank() > 1)
    scale = BroadcastOp::create(
        b, loc, type, scale,
        llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() - 1)));
  return arith::MulFOp::create(b, loc, rows, scale);
}

Value seqc::seq::buildSemiringProduct(OpBuilder &b, Location loc,
                                      Semiring semiring, Value x, Value y) {
  if (semiring == Semiring::PlusTimes)
    return arith::MulFOp::create(b, loc, x, y);
  return arith::AddFOp::create(b, loc, x, y);
}

Value seqc::seq::buildSemiringSum(OpBuilder &b, Location loc, Semiring semiring,
                                  Value x, Value y) {
  switch (semiring) {
  case Semiring::PlusTimes:
    return arith::AddFOp::create(b, loc, x, y);
  case Semiring::MaxPlus:
    return arith::MaximumFOp::create(b, loc, x, y);
  case Semiring::LogPlus: {
    Value one = buildConstantLike(b, loc, getElementTypeOrSelf(x.getType()),
                                  getOne(semiring));
    return AffineOp::create(b, loc, x.getType(), one, x, y, UnitAttr(),
                            SemiringAttr::get(b.getContext(), semiring),
                            UnitAttr());
  }
  }
  llvm_unreachable("every semiring has a sum");
}

double seqc::seq::getOne(Semiring semiring) {
  return semiring == Semiring::PlusTimes ? 1.0 : 0.0;
}

double seqc::seq::getZero(Semiring semiring) {
  return semiring == Semiring::PlusTimes
             ? 0.0
             : -std::numeric_limits<double>::infinity();
}

Value seqc::seq::buildIdentityMatrix(OpBuilder &b, Location loc,
                                     Semiring semiring, Type type) {
  auto shaped = cast<RankedTensorType>(type);
  auto element = cast<FloatType>(shaped.getElementType());
  int64_t extent = shaped.getDimSize(0);
  SmallVector<Attribute> numbers(extent * extent,
                                 b.getFloatAttr(element, getZero(semiring)));
  for (int64_t i = 0; i < extent; ++i)
    numbers[i * (extent + 1)] = b.getFloatAttr(element, getOne(semiring));
  return arith::ConstantOp::create(b, loc,
                                   DenseElementsAttr::get(shaped, numbers));
}

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

ParseResult seqc::seq::parseValueList(
    OpAsmParser &parser,
    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &values) {
  return parser.parseOperandList(values, OpAsmParser::Delimiter::Paren);
}

ParseResult seqc::seq::parseDecayType(OpAsmParser &parser, Type &decay,
                                      Type &state) {
  if (parser.parseType(decay))
    return failure();
  state = decay;
  if (failed(parser.parseOptionalComma()))
    return success();
  return parser.parseType(state);
}

void seqc::seq::printDecayType(OpAsmPrinter &printer, Type decay, Type state) {
  if (decay != state)
    printer << decay << ", ";
  printer << state;
}
