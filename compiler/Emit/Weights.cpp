//===- Weights.cpp - the bytes of a model's weights -----------------------===//

#include "compiler/Emit/Weights.h"

#include "compiler/Status.h"
#include "passes/Support/WeightEvaluator.h"
#include "passes/Support/WeightLayout.h"

#include <cmath>

using namespace mlir;
using namespace seqc;

using Bytes = WeightEvaluator::Bytes;

llvm::Expected<Bytes> seqc::takeWeights(ModuleOp module) {
  Bytes blob;
  WeightEvaluator evaluator;
  SmallVector<WeightSlot> slots = getWeightLayout(module);
  for (WeightSlot slot : slots) {
    llvm::Expected<Bytes> value = evaluator.evaluate(slot.op);
    if (!value)
      return value.takeError();
    blob.resize(slot.offset);
    blob.insert(blob.end(), value->begin(), value->end());
  }
  for (WeightSlot slot : slots)
    slot.op.erase();
  return blob;
}

/// The elements of one slot of `state`; none where that is not known.
static std::optional<int64_t> countSlot(const StateInfo &state) {
  int64_t slot = 1;
  for (auto [axis, extent] : llvm::enumerate(state.shape)) {
    if (static_cast<int64_t>(axis) == state.batchAxis)
      continue;
    if (extent < 0)
      return std::nullopt;
    slot *= extent;
  }
  return slot;
}

llvm::Error seqc::evaluateInitialValues(ModuleOp module, ModelInfo &info) {
  WeightEvaluator evaluator;
  for (StateInfo &state : info.states) {
    if (state.initialWeight.empty())
      continue;
    std::optional<int64_t> slot = countSlot(state);
    auto weight = module.lookupSymbol<seq::WeightOp>(state.initialWeight);
    if (!weight || !slot)
      return badInput("state '" + state.name + "': 'seq.initial' must be a " +
                      "seq.weight of a batch slot whose extents are " +
                      "constants, found '@" + state.initialWeight + "'");
    llvm::Expected<Bytes> value = evaluator.evaluate(weight);
    if (!value)
      return value.takeError();
    int64_t bytes = *slot * elementBytes(state.type);
    if (static_cast<int64_t>(value->size()) != bytes)
      return badInput("state '" + state.name + "': 'seq.initial' must have " +
                      "the " + llvm::Twine(bytes) + " bytes of one batch " +
                      "slot, found " + llvm::Twine(value->size()));
    state.initial = std::move(*value);
  }
  return llvm::Error::success();
}

/// The elements of `bytes`, which are f32.
static ArrayRef<float> asFloats(const Bytes &bytes) {
  return {reinterpret_cast<const float *>(bytes.data()),
          bytes.size() / sizeof(float)};
}

/// `op` stands in the weight that `evaluator` evaluated last.
static NarrowedWeight measure(WeightEvaluator &evaluator, seq::NarrowOp op) {
  Type type = cast<RankedTensorType>(op.getType()).getElementType();
  ArrayRef<float> exact = asFloats(evaluator.getValue(op.getOperand()));
  const Bytes &stored = evaluator.getValue(op.getResult());
  Bytes bytes = evaluator.scaleRows(op.getOperand(), op.getContracted());
  ArrayRef<float> scales = asFloats(bytes);
  NarrowedWeight result;
  result.name = op->getParentOfType<seq::WeightOp>().getSymName().str();
  llvm::raw_string_ostream(result.type) << type;
  result.bytes = stored.size() + (type.isInteger() ? bytes.size() : 0);
  result.originalBytes = exact.size() * sizeof(float);
  double errors = 0, squares = 0, largestError = 0, largest = 0;
  for (auto [i, value] : llvm::enumerate(exact)) {
    double found;
    if (auto narrow = dyn_cast<FloatType>(type)) {
      APFloat number = loadFloat(narrow, &stored[i * narrow.getWidth() / 8]);
      bool inexact;
      number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                     &inexact);
      found = number.convertToDouble();
    } else {
      found = static_cast<signed char>(stored[i]) *
              double(scales[i / (exact.size() / scales.size())]);
    }
    double error = std::fabs(found - value);
    errors += error * error;
    squares += double(value) * value;
    largestError = std::max(largestError, error);
    largest = std::max(largest, std::fabs(double(value)));
  }
  result.relativeRms = squares > 0 ? std::sqrt(errors / squares) : 0;
  result.largest = largest > 0 ? largestError / largest : 0;
  return result;
}

llvm::Expected<std::vector<NarrowedWeight>>
seqc::measureNarrowing(ModuleOp module) {
  std::vector<NarrowedWeight> result;
  WeightEvaluator evaluator;
  for (auto weight : module.getOps<seq::WeightOp>())
    for (auto op : weight.getBody().getOps<seq::NarrowOp>()) {
      if (llvm::Error error = evaluator.evaluate(weight).takeError())
        return std::move(error);
      result.push_back(measure(evaluator, op));
    }
  return result;
}
