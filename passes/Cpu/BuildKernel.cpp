//===- BuildKernel.cpp - the model's function gets its C interface --------===//
//
// The interface itself is described beside seqc_kernel in
// compiler/Target/Support/support.h.
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Passes.h"
#include "passes/Support/ModelFunction.h"
#include "passes/Support/WeightLayout.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace seqc {
#define GEN_PASS_DEF_BUILDKERNEL
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// The kernel's parameters, in order.
enum Parameter : unsigned {
  Thread,
  Threads,
  Sync,
  Weights,
  Workspace,
  Dims,
  Inputs,
  States,
  Outputs,
  NumParameters
};

/// Turns one function into a kernel.
class KernelBuilder {
public:
  KernelBuilder(ModuleOp module, func::FuncOp function)
      : module(module), function(function), b(function.getContext()),
        loc(function.getLoc()), converter(function.getContext()),
        ptr(LLVM::LLVMPointerType::get(function.getContext())),
        i64(b.getI64Type()) {}

  void run();

private:
  void begin();
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(value));
  }
  Value loadElement(Type type, Value array, int64_t i);
  Value buildMemref(MemRefType type, Value pointer, ValueRange extents);
  Value buildTensor(MemRefType type, ArrayRef<int64_t> shape, Value array,
                    unsigned position);
  void replaceArguments();
  void replaceThreadOps();
  void declare(StringRef name, Type type);
  void replaceWeights();

  ModuleOp module;
  func::FuncOp function, kernel;
  OpBuilder b;
  Location loc;
  LLVMTypeConverter converter;
  Type ptr, i64;
  SmallVector<Value> parameters;
  /// Erased at the end: the builder stands before the first op.
  SmallVector<Operation *> replaced;
};
} // namespace

/// Creates the kernel and moves the body into it; the parameters stand behind
/// the old arguments until those are gone.
void KernelBuilder::begin() {
  SmallVector<Type> types(NumParameters, ptr);
  types[Thread] = types[Threads] = i64;
  b.setInsertionPoint(function);
  kernel =
      func::FuncOp::create(b, loc, (function.getSymName() + "_kernel").str(),
                           b.getFunctionType(types, {}));
  kernel.getBody().takeBody(function.getBody());
  Block &body = kernel.getBody().front();
  for (Type type : types)
    parameters.push_back(body.addArgument(type, loc));
  b.setInsertionPointToStart(&body);
}

Value KernelBuilder::loadElement(Type type, Value array, int64_t i) {
  Value address =
      LLVM::GEPOp::create(b, loc, ptr, type, array,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  return LLVM::LoadOp::create(b, loc, type, address);
}

/// The memref of contiguous memory at `pointer`.
Value KernelBuilder::buildMemref(MemRefType type, Value pointer,
                                 ValueRange extents) {
  auto descriptor =
      MemRefDescriptor::poison(b, loc, converter.convertType(type));
  descriptor.setAllocatedPtr(b, loc, pointer);
  descriptor.setAlignedPtr(b, loc, pointer);
  descriptor.setConstantOffset(b, loc, 0);
  Value stride = constant(1);
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    descriptor.setSize(b, loc, i, extents[i]);
    descriptor.setStride(b, loc, i, stride);
    if (i > 0)
      stride = LLVM::MulOp::create(b, loc, stride, extents[i]);
  }
  return UnrealizedConversionCastOp::create(b, loc, type, Value(descriptor))
      .getResult(0);
}

/// The memref of the tensor that is number `position` of its kind.
Value KernelBuilder::buildTensor(MemRefType type, ArrayRef<int64_t> shape,
                                 Value array, unsigned position) {
  SmallVector<Value> extents;
  for (int64_t extent : shape)
    extents.push_back(extent >= 0
                          ? constant(extent)
                          : loadElement(i64, parameters[Dims], -1 - extent));
  return buildMemref(type, loadElement(ptr, array, position), extents);
}

void KernelBuilder::replaceArguments() {
  Block &body = kernel.getBody().front();
  unsigned count = function.getNumArguments();
  unsigned positions[NumParameters] = {};
  for (unsigned i = 0; i < count; ++i) {
    auto type = cast<MemRefType>(body.getArgument(i).getType());
    StringRef kind =
        function.getArgAttrOfType<StringAttr>(i, argumentKindAttr).getValue();
    if (kind == workspaceKind) {
      // Its extent is the caller's business.
      Value extent = constant(std::numeric_limits<int64_t>::max());
      body.getArgument(i).replaceAllUsesWith(
          buildMemref(type, parameters[Workspace], extent));
      continue;
    }
    Parameter array = kind == inputKind   ? Inputs
                      : kind == stateKind ? States
                                          : Outputs;
    auto shape =
        function.getArgAttrOfType<DenseI64ArrayAttr>(i, argumentShapeAttr);
    body.getArgument(i).replaceAllUsesWith(buildTensor(
        type, shape.asArrayRef(), parameters[array], positions[array]++));
  }
  body.eraseArguments(0, count);
}

void KernelBuilder::replaceThreadOps() {
  Value values[] = {
      arith::IndexCastOp::create(b, loc, b.getIndexType(), parameters[Thread]),
      arith::IndexCastOp::create(b, loc, b.getIndexType(),
                                 parameters[Threads])};
  StringRef barrier = "seqc_barrier", take = "seqc_take";
  Type index = b.getIndexType();
  kernel.walk([&](Operation *op) {
    if (isa<seq::BarrierOp>(op)) {
      OpBuilder at(op);
      LLVM::CallOp::create(at, op->getLoc(), TypeRange(), barrier,
                           parameters[Sync]);
    } else if (auto taking = dyn_cast<seq::TakeOp>(op)) {
      OpBuilder at(op);
      Location loc = op->getLoc();
      Value count = arith::IndexCastOp::create(at, loc, i64, taking.getCount());
      Value last = arith::IndexCastOp::create(at, loc, i64, taking.getLast());
      Value backwards =
          arith::ExtUIOp::create(at, loc, i64, taking.getBackwards());
      auto call =
          LLVM::CallOp::create(at, loc, i64, take,
                               ValueRange{parameters[Sync], parameters[Thread],
                                          count, last, backwards});
      op->getResult(0).replaceAllUsesWith(
          arith::IndexCastOp::create(at, loc, index, call.getResult()));
    } else if (isa<seq::ThreadIdOp>(op)) {
      op->getResult(0).replaceAllUsesWith(values[0]);
    } else if (isa<seq::NumThreadsOp>(op)) {
      op->getResult(0).replaceAllUsesWith(values[1]);
    } else {
      return;
    }
    replaced.push_back(op);
  });
  Type nothing = LLVM::LLVMVoidType::get(b.getContext());
  declare(barrier, LLVM::LLVMFunctionType::get(nothing, {ptr}));
  declare(take, LLVM::LLVMFunctionType::get(i64, {ptr, i64, i64, i64, i64}));
}

/// What the kernel may call of the support code.
void KernelBuilder::declare(StringRef name, Type type) {
  if (module.lookupSymbol(name))
    return;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(kernel);
  LLVM::LLVMFuncOp::create(b, loc, name, type);
}

/// Passes that lay a weight out anew leave the old one behind.
static void eraseUnusedWeights(ModuleOp module) {
  llvm::StringSet<> used;
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(&module.getBodyRegion());
  if (!uses) // some op may use any of them
    return;
  for (SymbolTable::SymbolUse use : *uses)
    used.insert(use.getSymbolRef().getRootReference());
  for (auto weight : llvm::make_early_inc_range(module.getOps<seq::WeightOp>()))
    if (!used.contains(weight.getSymName()))
      weight.erase();
}

void KernelBuilder::replaceWeights() {
  eraseUnusedWeights(module);
  llvm::StringMap<SmallVector<seq::LoadWeightOp>> loads;
  kernel.walk(
      [&](seq::LoadWeightOp op) { loads[op.getWeight()].push_back(op); });
  for (WeightSlot slot : getWeightLayout(module)) {
    Value memory; // made once, for the first use
    for (seq::LoadWeightOp op : loads.lookup(slot.op.getSymName())) {
      auto type = cast<MemRefType>(op.getResult().getType());
      if (!memory) {
        SmallVector<Value> extents;
        for (int64_t extent : type.getShape())
          extents.push_back(constant(extent));
        Value pointer =
            LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), parameters[Weights],
                                ArrayRef<LLVM::GEPArg>{constant(slot.offset)});
        memory = buildMemref(type, pointer, extents);
      }
      op.replaceAllUsesWith(memory);
      replaced.push_back(op);
    }
  }
}

void KernelBuilder::run() {
  begin();
  replaceArguments();
  replaceThreadOps();
  replaceWeights();
  for (Operation *op : replaced)
    op->erase();
  function.erase();
}

static LogicalResult checkArguments(func::FuncOp function) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (!function.getArgAttr(i, argumentKindAttr))
      return function.emitError("argument ")
             << i << " must have '" << argumentKindAttr << "', found none";
  return success();
}

namespace {
struct BuildKernel : public seqc::impl::BuildKernelBase<BuildKernel> {
  void runOnOperation() override {
    FailureOr<func::FuncOp> function = findModelFunction(getOperation());
    if (failed(function) || failed(checkArguments(*function)))
      return signalPassFailure();
    KernelBuilder(getOperation(), *function).run();
  }
};
} // namespace
