//===- Diagonalise.cpp - constant matrices become diagonal ones -----------===//
//
// s' = A s + b with a constant A = V L V^-1 is u' = L u + V^-1 b with u = V^-1
// s: a product of n^2 numbers in every step becomes n of them, and summaries of
// steps become as small. What multiplies b or reads s is multiplied into V.
// Rounding grows with the condition of V, which is why one must ask for it and
// why there is a limit.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/Simplify/Spectrum.h"
#include "passes/Support/CarryGraph.h"
#include "passes/Support/ScanInputs.h"
#include "passes/Support/ScanNotes.h"
#include "passes/Support/WeightEvaluator.h"
#include "passes/Support/WeightExpression.h"
#include "llvm/Support/Format.h"

namespace seqc {
#define GEN_PASS_DEF_DIAGONALISE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// Larger matrices would take the compiler minutes.
static constexpr int64_t largestMatrix = 512;
/// What A may lose by being taken apart, of its largest magnitude.
static constexpr double largestResidual = 1e-6;

namespace {
/// Rebuilds one scan with a diagonal in the place of one carry's matrix.
class Diagonaliser {
public:
  Diagonaliser(seq::ScanOp scan, seq::AffineOp affine, unsigned carry,
               SymbolTable &symbols, WeightEvaluator &evaluator)
      : scan(scan), affine(affine), carry(carry), symbols(symbols),
        evaluator(evaluator) {}

  /// Why the carry's matrix cannot be taken apart; empty if it can.
  std::string judge(double limit);
  /// What is said of the result.
  std::string describe() const;
  seq::ScanOp rebuild();

private:
  using Matrix = std::vector<double>;
  /// A pair of real and imaginary parts; of reals, the first alone.
  using Parts = SmallVector<Value, 2>;

  std::optional<Matrix> getWeight(Value argument);
  Value makeWeight(ArrayRef<int64_t> shape, const Matrix &numbers);
  seq::ScanOperands makeOperands();
  unsigned addInput(seq::ScanOperands &operands, ArrayRef<int64_t> shape,
                    const Matrix &numbers);
  Value multiplyState(ArrayRef<std::pair<Value, const Matrix *>> terms,
                      ArrayRef<seq::IndexEntry> from, int64_t rows,
                      ArrayRef<seq::IndexEntry> to, Type result);
  Parts makeInitial();
  Value makeFinal(ValueRange last, Type type);
  void planInputs(seq::ScanOperands &operands);
  void buildBody(OpBuilder &b, seq::ScanBody body);
  Parts buildGain(OpBuilder &b, IRMapping &mapping, ValueRange inputs);
  Value readState(OpBuilder &b, ValueRange inputs, unsigned first,
                  const Parts &state);
  bool isReadout(Operation *op, Value state);

  seq::ScanOp scan;
  seq::AffineOp affine;
  unsigned carry;
  SymbolTable &symbols;
  WeightEvaluator &evaluator;
  Spectrum spectrum;
  int64_t size = 0;
  bool real = false;
  seq::IndexList carryIndex; ///< Of the new carries.
  /// A product with a weight that makes the gain, or null.
  seq::MatvecOp gainProduct;
  /// The numbers of the new inputs: eigenvalues, to, from, and what products
  /// that read the state are multiplied with.
  unsigned lambda = 0, to = 0, from = 0;
  llvm::DenseMap<Operation *, unsigned> readouts;
};
} // namespace

/// The weight that `argument`, of the body of `scan`, is the whole of, or null.
static seq::LoadWeightOp findLoad(seq::ScanOp scan, Value argument) {
  int64_t number = getInputNumber(scan, argument);
  return number >= 0 && isWholeInput(scan, number)
             ? scan.getInputs()[number].getDefiningOp<seq::LoadWeightOp>()
             : nullptr;
}

/// The numbers of a matrix that is a weight.
std::optional<std::vector<double>> Diagonaliser::getWeight(Value argument) {
  seq::LoadWeightOp load = findLoad(scan, argument);
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!load || !type || type.getRank() != 2 || !type.getElementType().isF32() ||
      !type.hasStaticShape())
    return std::nullopt;
  auto weight = symbols.lookup<seq::WeightOp>(load.getWeight());
  llvm::Expected<WeightEvaluator::Bytes> bytes = evaluator.evaluate(weight);
  if (!bytes) {
    // Emitting the weight says it.
    llvm::consumeError(bytes.takeError());
    return std::nullopt;
  }
  ArrayRef<float> numbers(reinterpret_cast<const float *>(bytes->data()),
                          bytes->size() / sizeof(float));
  return Matrix(numbers.begin(), numbers.end());
}

std::string Diagonaliser::judge(double limit) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto state = dyn_cast<RankedTensorType>(affine.getState().getType());
  if (!state || state.getRank() != 1 || !state.getElementType().isF32())
    return "the state must be a vector of f32";
  size = state.getDimSize(0);
  seq::IndexList list = scan.getCarryIndex(carry);
  if (!scan.getHistories().empty() || list.back().kind != seq::IndexEntry::All)
    return "the state must lie whole and innermost, beside no history";
  if (size > largestMatrix) {
    os << "a matrix of at most " << largestMatrix
       << " rows was required, found " << size;
    return text;
  }
  std::optional<Matrix> matrix = getWeight(affine.getDecay());
  if (!matrix)
    return "the matrix must be a weight whose numbers the compiler has";
  if (!llvm::all_of(*matrix, [](double x) { return std::isfinite(x); }))
    return "the matrix has numbers that are not finite";
  spectrum = findSpectrum(*matrix, size);
  if (!(spectrum.condition <= limit) ||
      !(spectrum.residual <= largestResidual)) {
    os << "its eigenvectors must have a condition number of at most "
       << llvm::format("%g", limit) << ", found "
       << llvm::format("%.3g", spectrum.condition)
       << (spectrum.condition > 1e12 ? ": the matrix is defective, or nearly so"
                                     : "");
    return text;
  }
  real = spectrum.isReal();
  return text;
}

std::string Diagonaliser::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  double radius = 0;
  for (int64_t i = 0; i < spectrum.count; ++i)
    radius = std::max(radius, std::hypot(spectrum.real[i], spectrum.imag[i]));
  os << "diagonalised: carry " << carry << ", " << size << " x " << size
     << ", as " << spectrum.count << (real ? " real" : " complex")
     << " numbers; condition of the eigenvectors "
     << llvm::format("%.3g", spectrum.condition) << ", largest |eigenvalue| "
     << llvm::format("%.4g", radius);
  return text;
}

/// A `seq.weight` of f32, loaded before the scan.
Value Diagonaliser::makeWeight(ArrayRef<int64_t> shape, const Matrix &numbers) {
  OpBuilder b(scan);
  auto type = RankedTensorType::get(shape, b.getF32Type());
  SmallVector<float> rounded(numbers.begin(), numbers.end());
  auto constant = arith::ConstantOp::create(
      b, scan.getLoc(), DenseElementsAttr::get(type, ArrayRef<float>(rounded)));
  seq::WeightOp weight = outlineWeight(constant, "diagonal", symbols);
  constant.erase();
  return seq::LoadWeightOp::create(b, scan.getLoc(), type, weight.getSymName());
}

unsigned Diagonaliser::addInput(seq::ScanOperands &operands,
                                ArrayRef<int64_t> shape,
                                const Matrix &numbers) {
  seq::IndexList whole(shape.size(), seq::IndexEntry::all());
  operands.inputs.push_back({makeWeight(shape, numbers), whole});
  return operands.inputs.size() - 1;
}

static Value multiplyVector(OpBuilder &b, Location loc, Value matrix,
                            Value vector) {
  auto type = cast<RankedTensorType>(matrix.getType());
  return seq::MatvecOp::create(
      b, loc, RankedTensorType::get(type.getDimSize(0), type.getElementType()),
      matrix, vector);
}

/// A matrix [rows, ...] times the vectors of a value, less a second such term,
/// at every point of the domain. `from` slices the values; `to` says where the
/// results lie in a tensor of the type `result`.
Value Diagonaliser::multiplyState(
    ArrayRef<std::pair<Value, const Matrix *>> terms,
    ArrayRef<seq::IndexEntry> from, int64_t rows, ArrayRef<seq::IndexEntry> to,
    Type result) {
  OpBuilder b(scan);
  Location loc = scan.getLoc();
  seq::ScanOperands operands(loc);
  operands.domain = llvm::to_vector(scan.getDomain());
  operands.time = arith::ConstantIndexOp::create(b, loc, 1);
  for (auto [value, matrix] : terms) {
    operands.inputs.push_back({value, seq::IndexList(from)});
    addInput(operands, {rows, static_cast<int64_t>(matrix->size()) / rows},
             *matrix);
  }
  SmallVector<OpFoldResult> extents = {b.getIndexAttr(1)};
  seq::IndexList list = {seq::IndexEntry::time()};
  for (const seq::IndexEntry &entry : to) {
    list.push_back(entry);
    extents.push_back(entry.kind == seq::IndexEntry::Domain
                          ? getAsOpFoldResult(scan.getDomain()[entry.symbol])
                          : OpFoldResult(b.getIndexAttr(rows)));
  }
  operands.outs = {
      {tensor::EmptyOp::create(b, loc, extents, b.getF32Type()), list}};
  auto product = seq::ScanOp::create(
      b, loc, operands,
      [](OpBuilder &nested, Location loc, seq::ScanBody body) {
        Value sum = multiplyVector(nested, loc, body.inputs[1], body.inputs[0]);
        if (body.inputs.size() > 2)
          sum = arith::SubFOp::create(
              nested, loc, sum,
              multiplyVector(nested, loc, body.inputs[3], body.inputs[2]));
        seq::YieldOp::create(nested, loc, sum, ValueRange());
      });
  SmallVector<ReassociationIndices> groups = {{0, 1}};
  for (int64_t i = 2, rank = list.size(); i < rank; ++i)
    groups.push_back({i});
  Value collapsed =
      tensor::CollapseShapeOp::create(b, loc, product->getResult(0), groups);
  if (!result || collapsed.getType() == result)
    return collapsed;
  return tensor::CastOp::create(b, loc, result, collapsed);
}

Diagonaliser::Parts Diagonaliser::makeInitial() {
  Value initial = scan.getCarries()[carry];
  seq::IndexList list = scan.getCarryIndex(carry);
  Parts parts = {multiplyState({{initial, &spectrum.toReal}}, list,
                               spectrum.count, carryIndex, Type())};
  if (!real)
    parts.push_back(multiplyState({{initial, &spectrum.toImag}}, list,
                                  spectrum.count, carryIndex, Type()));
  return parts;
}

/// The last state, from the parts `last`.
Value Diagonaliser::makeFinal(ValueRange last, Type type) {
  SmallVector<std::pair<Value, const Matrix *>> terms = {
      {last[0], &spectrum.fromReal}};
  if (!real)
    terms.push_back({last[1], &spectrum.fromImag});
  return multiplyState(terms, carryIndex, size, scan.getCarryIndex(carry),
                       type);
}

/// Whether `op` is a product of a weight with `state`.
bool Diagonaliser::isReadout(Operation *op, Value state) {
  auto product = dyn_cast<seq::MatvecOp>(op);
  return product && product.getVector() == state &&
         product.getSemiring() == seq::Semiring::PlusTimes &&
         getWeight(product.getMatrix()).has_value();
}

/// Adds the new weights: what comes from or goes to a product with another
/// weight is multiplied into it.
void Diagonaliser::planInputs(seq::ScanOperands &operands) {
  int64_t count = spectrum.count;
  auto addPair = [&](ArrayRef<int64_t> shape, const Matrix &first,
                     const Matrix &second) {
    unsigned number = addInput(operands, shape, first);
    if (!real)
      addInput(operands, shape, second);
    return number;
  };
  lambda = addPair({count}, spectrum.real, spectrum.imag);
  gainProduct = affine.getGain().getDefiningOp<seq::MatvecOp>();
  std::optional<Matrix> factor;
  if (gainProduct && gainProduct.getSemiring() == seq::Semiring::PlusTimes)
    factor = getWeight(gainProduct.getMatrix());
  if (factor) {
    int64_t columns = factor->size() / size;
    to = addPair({count, columns},
                 multiply(spectrum.toReal, *factor, count, size, columns),
                 multiply(spectrum.toImag, *factor, count, size, columns));
  } else {
    gainProduct = nullptr;
    to = addPair({count, size}, spectrum.toReal, spectrum.toImag);
  }
  from = addPair({size, count}, spectrum.fromReal, spectrum.fromImag);
  for (Value state : {affine.getResult(), affine.getState()})
    for (Operation *user : state.getUsers()) {
      if (readouts.count(user) || !isReadout(user, state))
        continue;
      Matrix matrix = *getWeight(cast<seq::MatvecOp>(user).getMatrix());
      int64_t rows = matrix.size() / size;
      readouts[user] = addPair(
          {rows, count}, multiply(matrix, spectrum.fromReal, rows, size, count),
          multiply(matrix, spectrum.fromImag, rows, size, count));
    }
}

/// The product of the real part less that of the imaginary one.
Value Diagonaliser::readState(OpBuilder &b, ValueRange inputs, unsigned first,
                              const Parts &state) {
  Location loc = scan.getLoc();
  Value sum = multiplyVector(b, loc, inputs[first], state[0]);
  if (real)
    return sum;
  return arith::SubFOp::create(
      b, loc, sum, multiplyVector(b, loc, inputs[first + 1], state[1]));
}

Diagonaliser::Parts Diagonaliser::buildGain(OpBuilder &b, IRMapping &mapping,
                                            ValueRange inputs) {
  Value vector = mapping.lookupOrDefault(gainProduct ? gainProduct.getVector()
                                                     : Value(affine.getGain()));
  Parts parts;
  for (unsigned part = 0; part < (real ? 1 : 2); ++part)
    parts.push_back(
        multiplyVector(b, scan.getLoc(), inputs[to + part], vector));
  return parts;
}

/// The old body with the matrix' update replaced.
void Diagonaliser::buildBody(OpBuilder &b, seq::ScanBody body) {
  Location loc = scan.getLoc();
  unsigned added = real ? 1 : 2;
  Parts before(body.carries.slice(carry, added)), after;
  IRMapping mapping;
  mapping.map(scan.getDomainArguments(), body.domain);
  mapping.map(Value(scan.getTimeArgument()), body.time);
  for (auto [from, to] : llvm::zip(scan.getInputArguments(), body.inputs))
    mapping.map(from, to);
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (i != carry)
      mapping.map(Value(argument), body.carries[i < carry ? i : i + added - 1]);
  auto readPlainly = [&](Value state, const Parts &parts) {
    if (llvm::any_of(state.getUsers(),
                     [&](Operation *user) {
                       return user != affine && !readouts.count(user) &&
                              !isa<seq::YieldOp>(user);
                     }) ||
        llvm::is_contained(scan.getYield().getOuts(), state))
      mapping.map(state, readState(b, body.inputs, from, parts));
  };
  readPlainly(affine.getState(), before);
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (auto found = readouts.find(&op); found != readouts.end()) {
      auto product = cast<seq::MatvecOp>(op);
      const Parts &parts =
          product.getVector() == affine.getResult() ? after : before;
      mapping.map(op.getResult(0),
                  readState(b, body.inputs, found->second, parts));
      continue;
    }
    if (&op != affine) {
      b.clone(op, mapping);
      continue;
    }
    Parts gain = buildGain(b, mapping, body.inputs);
    Type type = gain[0].getType();
    if (real)
      after.push_back(seq::AffineOp::create(
          b, loc, type, body.inputs[lambda], before[0], gain[0], UnitAttr(),
          seq::SemiringAttr::get(b.getContext(), seq::Semiring::PlusTimes),
          UnitAttr()));
    else
      llvm::append_range(after,
                         seq::ComplexAffineOp::create(
                             b, loc, TypeRange{type, type}, body.inputs[lambda],
                             body.inputs[lambda + 1], before[0], before[1],
                             gain[0], gain[1], UnitAttr())
                             ->getResults());
    readPlainly(affine.getResult(), after);
  }
  SmallVector<Value> outs, carries;
  for (Value out : scan.getYield().getOuts())
    outs.push_back(mapping.lookupOrDefault(out));
  for (auto [i, value] : llvm::enumerate(scan.getYield().getCarries()))
    if (i == carry)
      llvm::append_range(carries, after);
    else
      carries.push_back(mapping.lookupOrDefault(value));
  seq::YieldOp::create(b, loc, outs, carries);
}

seq::ScanOp Diagonaliser::rebuild() {
  for (unsigned symbol = 0; symbol < scan.getDomain().size(); ++symbol)
    carryIndex.push_back(seq::IndexEntry::domain(symbol));
  carryIndex.push_back(seq::IndexEntry::all());
  seq::ScanOperands operands = scan.getScanOperands();
  Parts initial = makeInitial();
  operands.carries.erase(operands.carries.begin() + carry);
  for (Value part : llvm::reverse(initial))
    operands.carries.insert(operands.carries.begin() + carry,
                            {part, carryIndex});
  planInputs(operands);
  OpBuilder b(scan);
  auto fresh =
      seq::ScanOp::create(b, scan.getLoc(), operands,
                          [&](OpBuilder &nested, Location, seq::ScanBody body) {
                            buildBody(nested, body);
                          });
  fresh->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  unsigned outs = scan.getOuts().size(), next = 0;
  for (auto [i, result] : llvm::enumerate(scan->getResults())) {
    if (i != outs + carry) {
      result.replaceAllUsesWith(fresh->getResult(next++));
      continue;
    }
    if (!result.use_empty())
      result.replaceAllUsesWith(makeFinal(
          fresh->getResults().slice(next, initial.size()), result.getType()));
    next += initial.size();
  }
  scan.erase();
  return dropUnusedInputs(fresh);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct Diagonalise : public seqc::impl::DiagonaliseBase<Diagonalise> {
  using DiagonaliseBase::DiagonaliseBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    WeightEvaluator evaluator;
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) { scans.push_back(scan); });
    if (condition == 0) {
      llvm::for_each(scans, noteMatrices);
      return;
    }
    bool found = false;
    for (seq::ScanOp scan : scans)
      found |= runOnScan(scan, symbols, evaluator);
    eraseUnusedWeights(symbols);
    if (!found)
      getOperation().emitWarning(
          "nothing to make diagonal: no state is updated by a matrix alone");
  }

  /// Says where a weight might become diagonal.
  static void noteMatrices(seq::ScanOp scan) {
    CarryGraph graph(scan);
    for (const CarryComponent &component : graph.getComponents())
      if (seq::AffineOp affine = findMatrix(scan, component))
        if (findLoad(scan, affine.getDecay()))
          addNote(scan, nameCarries(component.carries) +
                            ": a constant matrix; --diagonalise may make it "
                            "one number for each of its rows");
  }

  /// Takes the carries of `scan` one by one: each makes another scan of it.
  /// Returns whether a matrix updates one.
  bool runOnScan(seq::ScanOp scan, SymbolTable &symbols,
                 WeightEvaluator &evaluator) {
    bool found = false;
    SmallVector<std::string> kept;
    for (seq::ScanOp next = scan; next;) {
      scan = std::exchange(next, nullptr);
      kept.clear();
      CarryGraph graph(scan);
      for (const CarryComponent &component : graph.getComponents()) {
        auto affine = findMatrix(scan, component);
        if (!affine)
          continue;
        found = true;
        Diagonaliser worker(scan, affine, component.carries.front(), symbols,
                            evaluator);
        std::string why = worker.judge(condition);
        if (!why.empty()) {
          kept.push_back(nameCarries(component.carries) +
                         " keeps its matrix: " + why);
          continue;
        }
        next = worker.rebuild();
        addNote(next, worker.describe());
        break;
      }
    }
    for (const std::string &text : kept) {
      scan.emitWarning(text);
      addNote(scan, text);
    }
    return found;
  }

  /// The op that updates one carry by a matrix and nothing else.
  static seq::AffineOp findMatrix(seq::ScanOp scan,
                                  const CarryComponent &component) {
    if (component.kind != CarryComponent::Kind::Associative ||
        component.carries.size() != 1)
      return nullptr;
    seq::TransitionOpInterface transition = component.transition;
    auto affine = dyn_cast_or_null<seq::AffineOp>(
        transition ? transition.getOperation() : nullptr);
    bool isWanted = affine && affine.getFull() &&
                    affine.getSemiring() == seq::Semiring::PlusTimes &&
                    getConstantIntValue(scan.getTime()) != 1;
    return isWanted ? affine : nullptr;
  }
};
} // namespace
