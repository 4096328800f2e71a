//===- ImportOnnxReduce.cpp - Reductions and normalisations ---------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;

static mlir::Value add(Builder &b, mlir::Value x, mlir::Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::AddFOp::create(b, x, y);
  return arith::AddIOp::create(b, x, y);
}

static mlir::Value multiply(Builder &b, mlir::Value x, mlir::Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::MulFOp::create(b, x, y);
  return arith::MulIOp::create(b, x, y);
}

mlir::Value buildMaximum(Builder &b, ElementType type, mlir::Value x,
                         mlir::Value y) {
  if (isFloat(type))
    return arith::MaximumFOp::create(b, x, y);
  if (isZeroExtended(type))
    return arith::MaxUIOp::create(b, x, y);
  return arith::MaxSIOp::create(b, x, y);
}

static mlir::Value minimum(Builder &b, ElementType type, mlir::Value x,
                           mlir::Value y) {
  if (isFloat(type))
    return arith::MinimumFOp::create(b, x, y);
  if (isZeroExtended(type))
    return arith::MinUIOp::create(b, x, y);
  return arith::MinSIOp::create(b, x, y);
}

mlir::Value buildLimit(Importer &importer, ElementType type, bool largest) {
  Builder &b = importer.b;
  mlir::Type element = importer.getType(type);
  if (auto floats = dyn_cast<FloatType>(element))
    return arith::ConstantOp::create(
        b, b.getFloatAttr(floats, llvm::APFloat::getInf(
                                      floats.getFloatSemantics(), !largest)));
  unsigned width = element.getIntOrFloatBitWidth();
  llvm::APInt limit = isZeroExtended(type)
                          ? (largest ? llvm::APInt::getMaxValue(width)
                                     : llvm::APInt::getMinValue(width))
                          : (largest ? llvm::APInt::getSignedMaxValue(width)
                                     : llvm::APInt::getSignedMinValue(width));
  return arith::ConstantOp::create(b, b.getIntegerAttr(element, limit));
}

static Shape reducedShape(ArrayRef<Dim> shape, ArrayRef<int64_t> axes,
                          bool keepDims) {
  Shape result;
  for (auto [i, dim] : llvm::enumerate(shape)) {
    bool reduced = llvm::is_contained(axes, int64_t(i));
    if (!reduced || keepDims)
      result.push_back(reduced ? Dim(1) : dim);
  }
  return result;
}

/// How many elements each result of a reduction has, as a scalar of `element`.
static mlir::Value buildCount(Importer &importer, ArrayRef<Dim> shape,
                              ArrayRef<int64_t> axes, mlir::Type element) {
  Builder &b = importer.b;
  mlir::Value count = importer.buildIndex(1);
  double constant = 1;
  bool isDynamic = false;
  for (int64_t axis : axes) {
    if (auto extent = shape[axis].getConstant()) {
      constant *= double(*extent);
      continue;
    }
    isDynamic = true;
    count = arith::MulIOp::create(b, count, importer.getExtent(shape[axis]));
  }
  mlir::Value fixed = importer.buildConstant(element, constant);
  if (!isDynamic)
    return fixed;
  count = arith::IndexCastOp::create(b, b.getI64Type(), count);
  return arith::MulFOp::create(b, fixed,
                               arith::SIToFPOp::create(b, element, count));
}

/// A reduced tensor that still has its reduced dimensions, as extents of 1.
static Operand reduceKeeping(Importer &importer, const Operand &operand,
                             ArrayRef<int64_t> axes, mlir::Value initial,
                             BodyBuilder combine) {
  Operand result = operand;
  result.weight = nullptr;
  result.value = importer.buildReduction(operand, axes, initial, combine);
  result.shape = reducedShape(operand.shape, axes, true);
  result.value = importer.buildReshape(
      result.value, reducedShape(operand.shape, axes, false), result.shape);
  return result;
}

static Operand sumKeeping(Importer &importer, const Operand &operand,
                          ArrayRef<int64_t> axes) {
  return reduceKeeping(
      importer, operand, axes,
      importer.buildConstant(importer.getType(operand.type), int64_t(0)),
      [](Builder &b, ValueRange x) { return add(b, x[1], x[0]); });
}

static Operand apply(Importer &importer, const Operand &like,
                     ArrayRef<Operand> operands, BodyBuilder body) {
  Operand result = like;
  result.weight = nullptr;
  result.value = importer.buildElementwise(
      like.shape, importer.getType(like.type), operands, body);
  return result;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static Operand reduce(NodeImporter &node, llvm::StringRef op,
                      const Operand &data) {
  Importer &importer = node.importer;
  ArrayRef<int64_t> axes = node.resolved.axes;
  mlir::Type element = importer.getType(data.type);
  ElementType type = data.type;
  if (op == "ReduceMax" || op == "ReduceMin" || op == "GlobalMaxPool") {
    bool isMin = op == "ReduceMin";
    return reduceKeeping(importer, data, axes,
                         buildLimit(importer, type, isMin),
                         [&](Builder &b, ValueRange x) {
                           return isMin ? minimum(b, type, x[1], x[0])
                                        : buildMaximum(b, type, x[1], x[0]);
                         });
  }
  if (op == "ReduceL1")
    return reduceKeeping(importer, data, axes,
                         importer.buildConstant(element, int64_t(0)),
                         [&](Builder &b, ValueRange x) {
                           mlir::Value size = x[0];
                           if (isFloat(type))
                             size = math::AbsFOp::create(b, size);
                           else if (!isZeroExtended(type))
                             size = math::AbsIOp::create(b, size);
                           return add(b, x[1], size);
                         });
  if (op == "ReduceProd")
    return reduceKeeping(
        importer, data, axes, importer.buildConstant(element, int64_t(1)),
        [](Builder &b, ValueRange x) { return multiply(b, x[1], x[0]); });
  if (op == "ReduceSumSquare" || op == "ReduceL2")
    return reduceKeeping(importer, data, axes,
                         importer.buildConstant(element, int64_t(0)),
                         [](Builder &b, ValueRange x) {
                           return add(b, x[1], multiply(b, x[0], x[0]));
                         });
  return sumKeeping(importer, data, axes);
}

/// max + log(sum exp(x - max)), in which nothing overflows.
static Operand reduceLogSumExp(NodeImporter &node, const Operand &data) {
  Importer &importer = node.importer;
  Operand largest = reduce(node, "ReduceMax", data);
  Operand powers = apply(importer, data, {data, largest},
                         [](Builder &b, ValueRange x) -> mlir::Value {
                           return math::ExpOp::create(
                               b, arith::SubFOp::create(b, x[0], x[1]));
                         });
  Operand sum = sumKeeping(importer, powers, node.resolved.axes);
  return apply(importer, sum, {sum, largest}, [](Builder &b, ValueRange x) {
    return add(b, math::LogOp::create(b, x[0]), x[1]);
  });
}

static Error importReduce(NodeImporter &node) {
  Importer &importer = node.importer;
  llvm::StringRef op = node.folded.node->opType;
  Operand data = node.getInput(0);
  Operand result = op == "ReduceLogSumExp" ? reduceLogSumExp(node, data)
                                           : reduce(node, op, data);
  if (op == "ReduceLogSum")
    result = apply(importer, result, result,
                   [](Builder &b, ValueRange x) -> mlir::Value {
                     return math::LogOp::create(b, x[0]);
                   });
  if (op == "ReduceL2")
    result = apply(importer, result, result,
                   [](Builder &b, ValueRange x) -> mlir::Value {
                     return math::SqrtOp::create(b, x[0]);
                   });
  if (op == "ReduceMean" || op == "GlobalAveragePool") {
    mlir::Value count = buildCount(importer, data.shape, node.resolved.axes,
                                   importer.getType(data.type));
    result = apply(importer, result, result,
                   [&](Builder &b, ValueRange x) -> mlir::Value {
                     return arith::DivFOp::create(b, x[0], count);
                   });
  }
  node.setOutput(0, importer.materialize(
                        importer.reshape(result, node.getOutputInfo().shape)));
  return Error::success();
}

/// The index along `axis` of the largest or smallest element, the first or last
/// of equals: one pass that carries the best element and its index.
static mlir::Value buildArg(Importer &importer, const Operand &data,
                            int64_t axis, bool isMax, bool last) {
  Builder &b = importer.b;
  size_t rank = data.shape.size();
  Shape shape = reducedShape(data.shape, axis, false);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[axis] = utils::IteratorType::reduction;
  AffineMap whole = AffineMap::getMultiDimIdentityMap(rank, b.getContext());
  AffineMap reduced = whole.dropResult(unsigned(axis));
  mlir::Value initial = buildLimit(importer, data.type, !isMax);
  mlir::Value best = importer.buildFilled(shape, initial);
  mlir::Value index = importer.buildFilled(
      shape, importer.buildConstant(b.getI64Type(), int64_t(0)));
  auto op = linalg::GenericOp::create(
      b, TypeRange{best.getType(), index.getType()}, importer.materialize(data),
      ValueRange{best, index}, ArrayRef<AffineMap>{whole, reduced, reduced},
      iterators, [&](OpBuilder &nested, Location loc, ValueRange x) {
        Builder inner(loc, nested);
        using F = arith::CmpFPredicate;
        using I = arith::CmpIPredicate;
        mlir::Value better;
        if (isFloat(data.type)) {
          better = arith::CmpFOp::create(inner,
                                         isMax ? (last ? F::OGE : F::OGT)
                                               : (last ? F::OLE : F::OLT),
                                         x[0], x[1]);
        } else {
          bool u = isZeroExtended(data.type);
          I strict = isMax ? (u ? I::ugt : I::sgt) : (u ? I::ult : I::slt);
          I loose = isMax ? (u ? I::uge : I::sge) : (u ? I::ule : I::sle);
          better =
              arith::CmpIOp::create(inner, last ? loose : strict, x[0], x[1]);
        }
        mlir::Value here = arith::IndexCastOp::create(
            inner, inner.getI64Type(), linalg::IndexOp::create(inner, axis));
        linalg::YieldOp::create(
            inner,
            ValueRange{arith::SelectOp::create(inner, better, x[0], x[1]),
                       arith::SelectOp::create(inner, better, here, x[2])});
      });
  return op.getResult(1);
}

static Error importArgReduce(NodeImporter &node) {
  Operand data = node.getInput(0);
  int64_t axis = node.resolved.axes.front();
  mlir::Value index =
      buildArg(node.importer, data, axis, node.folded.node->opType == "ArgMax",
               node.context.getInt("select_last_index", 0) != 0);
  node.setOutput(0, node.importer.buildReshape(
                        index, reducedShape(data.shape, axis, false),
                        node.getOutputInfo().shape));
  return Error::success();
}

/// 1 at the first largest element along the axis, 0 elsewhere.
static Error importHardmax(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand data = node.getInput(0);
  int64_t axis = node.resolved.axes.front();
  Operand index = data;
  index.weight = nullptr;
  index.type = ElementType::I64;
  index.shape = reducedShape(data.shape, axis, true);
  index.value = importer.buildReshape(
      buildArg(importer, data, axis, /*isMax=*/true, /*last=*/false),
      reducedShape(data.shape, axis, false), index.shape);
  mlir::Type element = node.getOutputElement();
  mlir::Value one = importer.buildConstant(element, 1.0);
  mlir::Value zero = importer.buildConstant(element, 0.0);
  node.setOutput(0, importer.buildElementwise(
                        data.shape, element, index,
                        [&](Builder &b, ValueRange x) -> mlir::Value {
                          mlir::Value here = arith::IndexCastOp::create(
                              b, b.getI64Type(),
                              linalg::IndexOp::create(b, axis));
                          mlir::Value hot = arith::CmpIOp::create(
                              b, arith::CmpIPredicate::eq, here, x[0]);
                          return arith::SelectOp::create(b, hot, one, zero);
                        }));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

/// exp(x - max) / sum, or x - max - log(sum).
static Error importSoftmax(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand data = node.getInput(0);
  data.value = importer.materialize(data);
  data.weight = nullptr;
  ArrayRef<int64_t> axes = node.resolved.axes;
  Operand most = reduceKeeping(
      importer, data, axes, buildLimit(importer, data.type, false),
      [](Builder &b, ValueRange x) -> mlir::Value {
        return arith::MaximumFOp::create(b, x[1], x[0]);
      });
  auto subtract = [](Builder &b, ValueRange x) -> mlir::Value {
    return arith::SubFOp::create(b, x[0], x[1]);
  };
  auto exponential = [](Builder &b, ValueRange x) -> mlir::Value {
    return math::ExpOp::create(b, x[0]);
  };
  Operand shifted = apply(importer, data, {data, most}, subtract);
  Operand powers = apply(importer, data, shifted, exponential);
  Operand sum = sumKeeping(importer, powers, axes);
  Operand result;
  if (node.folded.node->opType == "LogSoftmax") {
    Operand logarithm =
        apply(importer, sum, sum, [](Builder &b, ValueRange x) -> mlir::Value {
          return math::LogOp::create(b, x[0]);
        });
    result = apply(importer, data, {shifted, logarithm}, subtract);
  } else {
    result = apply(importer, data, {powers, sum},
                   [](Builder &b, ValueRange x) -> mlir::Value {
                     return arith::DivFOp::create(b, x[0], x[1]);
                   });
  }
  node.setOutput(0, result.value);
  return Error::success();
}

namespace {
/// Data without its mean, and what it is divided by to have the variance 1.
struct Normalized {
  Operand centred, mean, inverse;
};
} // namespace

static Normalized normalize(NodeImporter &node, const Operand &data) {
  Importer &importer = node.importer;
  ArrayRef<int64_t> axes = node.resolved.axes;
  mlir::Type element = importer.getType(data.type);
  mlir::Value count = buildCount(importer, data.shape, axes, element);
  auto divide = [&](Builder &b, ValueRange x) -> mlir::Value {
    return arith::DivFOp::create(b, x[0], count);
  };
  Normalized result;
  result.mean = sumKeeping(importer, data, axes);
  result.mean = apply(importer, result.mean, result.mean, divide);
  result.centred = apply(importer, data, {data, result.mean},
                         [](Builder &b, ValueRange x) -> mlir::Value {
                           return arith::SubFOp::create(b, x[0], x[1]);
                         });
  Operand variance = reduceKeeping(
      importer, result.centred, axes, importer.buildConstant(element, 0.0),
      [](Builder &b, ValueRange x) {
        return add(b, x[1], multiply(b, x[0], x[0]));
      });
  mlir::Value one = importer.buildConstant(element, 1.0);
  mlir::Value epsilon =
      importer.buildConstant(element, node.context.getFloat("epsilon", 1e-5f));
  result.inverse = apply(
      importer, variance, variance,
      [&](Builder &b, ValueRange x) -> mlir::Value {
        mlir::Value shifted = arith::AddFOp::create(b, divide(b, x), epsilon);
        return arith::DivFOp::create(b, one, math::SqrtOp::create(b, shifted));
      });
  return result;
}

/// x * inverse * scale + bias; the bias may be missing.
static Operand scaleAndShift(Importer &importer, const Operand &like,
                             ArrayRef<Operand> operands) {
  return apply(importer, like, operands, [](Builder &b, ValueRange x) {
    mlir::Value y = multiply(b, multiply(b, x[0], x[1]), x[2]);
    return x.size() > 3 ? add(b, y, x[3]) : y;
  });
}

static Error importLayerNormalization(NodeImporter &node) {
  Operand data = node.getInput(0);
  bool statistics = node.hasOutput(1) || node.hasOutput(2);
  if (data.type != ElementType::F32 &&
      (data.type != ElementType::F64 || statistics))
    return node.refuse("data of " + toString(data.type) +
                       " is not supported, only f32 (and f64 without the "
                       "statistics)");
  Normalized normalized = normalize(node, data);
  SmallVector<Operand> operands = {normalized.centred, normalized.inverse,
                                   node.getInput(1)};
  if (node.hasInput(2))
    operands.push_back(node.getInput(2));
  node.setOutput(0, scaleAndShift(node.importer, data, operands).value);
  node.setOutput(1, normalized.mean.value);
  node.setOutput(2, normalized.inverse.value);
  return Error::success();
}

/// One number for each channel, as a tensor that broadcasts to the data.
static Operand getChannels(NodeImporter &node, unsigned input) {
  Operand operand = node.getInput(input);
  Shape column(node.getInputInfo(0).shape.size() - 1, Dim(1));
  column[0] = operand.shape[0];
  return node.importer.reshape(operand, column);
}

static Error importInstanceNormalization(NodeImporter &node) {
  Operand data = node.getInput(0);
  Normalized normalized = normalize(node, data);
  node.setOutput(0, scaleAndShift(node.importer, data,
                                  {normalized.centred, normalized.inverse,
                                   getChannels(node, 1), getChannels(node, 2)})
                        .value);
  return Error::success();
}

/// With the statistics of training, which are operands.
static Error importBatchNormalization(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand data = node.getInput(0), variance = getChannels(node, 4);
  mlir::Type element = importer.getType(data.type);
  mlir::Value one = importer.buildConstant(element, 1.0);
  mlir::Value epsilon =
      importer.buildConstant(element, node.context.getFloat("epsilon", 1e-5f));
  Operand inverse = apply(
      importer, variance, variance,
      [&](Builder &b, ValueRange x) -> mlir::Value {
        mlir::Value shifted = arith::AddFOp::create(b, x[0], epsilon);
        return arith::DivFOp::create(b, one, math::SqrtOp::create(b, shifted));
      });
  Operand centred = apply(importer, data, {data, getChannels(node, 3)},
                          [](Builder &b, ValueRange x) -> mlir::Value {
                            return arith::SubFOp::create(b, x[0], x[1]);
                          });
  node.setOutput(0, scaleAndShift(importer, data,
                                  {centred, inverse, getChannels(node, 1),
                                   getChannels(node, 2)})
                        .value);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getReduceImporters() {
  static const OpImporter importers[] = {
      {"ArgMax", importArgReduce},
      {"ArgMin", importArgReduce},
      {"BatchNormalization", importBatchNormalization},
      {"GlobalAveragePool", importReduce},
      {"GlobalMaxPool", importReduce},
      {"Hardmax", importHardmax},
      {"InstanceNormalization", importInstanceNormalization},
      {"LayerNormalization", importLayerNormalization},
      {"LogSoftmax", importSoftmax},
      {"ReduceL1", importReduce},
      {"ReduceL2", importReduce},
      {"ReduceLogSum", importReduce},
      {"ReduceLogSumExp", importReduce},
      {"ReduceMax", importReduce},
      {"ReduceMean", importReduce},
      {"ReduceMin", importReduce},
      {"ReduceProd", importReduce},
      {"ReduceSum", importReduce},
      {"ReduceSumSquare", importReduce},
      {"Softmax", importSoftmax},
  };
  return importers;
}

} // namespace seqc::onnx
