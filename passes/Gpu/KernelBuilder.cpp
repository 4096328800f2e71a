//===- KernelBuilder.cpp - one GPU kernel and its call --------------------===//

#include "passes/Gpu/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace seqc;

/// What the params buffer holds before the dispatch's own parameters: the
/// number of invocations, and how many of them are in a row of the grid.
enum : int64_t { PointsParam, RowParam, FirstParam };

Value seqc::findRoot(Operation *user, Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  if (auto argument = dyn_cast<BlockArgument>(memref))
    if (isa<func::FuncOp>(argument.getOwner()->getParentOp()))
      return memref;
  if (memref.getDefiningOp<memref::AllocOp>())
    return memref;
  // The choice between whole buffers, by guards of a schedule, is the host's.
  bool isChoice =
      isa_and_present<arith::SelectOp, scf::IfOp>(memref.getDefiningOp());
  if (isChoice && cast<MemRefType>(memref.getType()).getLayout().isIdentity())
    return memref;
  InFlightDiagnostic error =
      user->emitOpError("needs buffers that are arguments or allocations to "
                        "run on the GPU");
  if (Operation *def = memref.getDefiningOp())
    error << ", found the result of '" << def->getName() << "'";
  return {};
}

KernelBuilder::KernelBuilder(Operation *op, gpu::GPUModuleOp kernels,
                             StringRef name, int32_t workgroupSize)
    : host(op), device(op->getContext()), loc(op->getLoc()), op(op),
      kernels(kernels), name(name), workgroupSize(workgroupSize) {}

/// Whether kernels can access elements of this type.
static bool isStorable(Type type) { return type.isF32() || type.isInteger(32); }

LogicalResult KernelBuilder::begin() {
  MLIRContext *context = op->getContext();
  auto storage =
      spirv::StorageClassAttr::get(context, spirv::StorageClass::StorageBuffer);
  auto flat = [&](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element,
                           MemRefLayoutAttrInterface(), storage);
  };
  SmallVector<Type> types;
  llvm::SmallVector<std::pair<Value, unsigned>> bound;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type)
      continue;
    Value root = findRoot(op, operand);
    if (!root)
      return failure();
    if (!isStorable(type.getElementType()))
      return op->emitOpError("needs buffers of f32 or i32 on the GPU, found ")
             << type.getElementType();
    if (!type.isStrided())
      return op->emitOpError("needs strided buffers, found ") << type;
    auto *it = llvm::find(roots, root);
    bound.push_back({operand, it - roots.begin()});
    if (it == roots.end()) {
      roots.push_back(root);
      types.push_back(flat(type.getElementType()));
    }
  }
  types.push_back(flat(device.getI32Type()));

  device.setInsertionPointToEnd(kernels.getBody());
  kernel = gpu::GPUFuncOp::create(device, loc, name,
                                  device.getFunctionType(types, {}));
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  device.getUnitAttr());
  kernel->setAttr(spirv::getEntryPointABIAttrName(),
                  spirv::getEntryPointABIAttr(context, {workgroupSize, 1, 1}));
  params = kernel.getArguments().back();
  device.setInsertionPointToEnd(&kernel.getBody().front());
  anchor = gpu::ReturnOp::create(device, loc);
  device.setInsertionPoint(anchor);
  for (auto [memref, binding] : bound)
    views[memref].buffer = kernel.getArgument(binding);
  return success();
}

Value KernelBuilder::constant(int64_t value) {
  Value &known = constants[value];
  if (!known) {
    OpBuilder entry(anchor);
    entry.setInsertionPointToStart(anchor->getBlock());
    known = arith::ConstantIndexOp::create(entry, loc, value);
  }
  return known;
}

/// Reads word `index` of the params.
static Value readParam(OpBuilder &builder, Location loc, Value params,
                       Value index) {
  Value word = memref::LoadOp::create(builder, loc, params, index);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), word);
}

Value KernelBuilder::param(OpFoldResult value) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return constant(*known);
  auto hostValue = cast<Value>(value);
  Value &known = knownParams[hostValue];
  if (!known) {
    Value index = constant(FirstParam + paramValues.size());
    OpBuilder entry(anchor);
    known = readParam(entry, loc, params, index);
    paramValues.push_back(hostValue);
  }
  return known;
}

SmallVector<Value> KernelBuilder::beginPoints(ArrayRef<OpFoldResult> extents,
                                              int64_t fastest) {
  Value total = arith::ConstantIndexOp::create(host, loc, 1);
  for (OpFoldResult extent : extents)
    total = arith::MulIOp::create(
        host, loc, total, getValueOrCreateConstantIndexOp(host, loc, extent));
  points = total;

  SmallVector<Value> sizes;
  for (OpFoldResult extent : extents)
    sizes.push_back(param(extent));
  Value count = readParam(device, loc, params, constant(PointsParam));
  Value row = readParam(device, loc, params, constant(RowParam));
  Value x = gpu::GlobalIdOp::create(device, loc, gpu::Dimension::x);
  Value y = gpu::GlobalIdOp::create(device, loc, gpu::Dimension::y);
  // Everything the kernel reads from its params stands before this.
  anchor = x.getDefiningOp();
  Value point = arith::AddIOp::create(
      device, loc, arith::MulIOp::create(device, loc, y, row), x);
  Value inside = arith::CmpIOp::create(device, loc, arith::CmpIPredicate::ult,
                                       point, count);
  auto guard = scf::IfOp::create(device, loc, inside, /*withElse=*/false);
  device.setInsertionPointToStart(guard.thenBlock());

  SmallVector<int64_t> order;
  for (int64_t d = extents.size() - 1; d >= 0; --d)
    order.insert(d == fastest ? order.begin() : order.end(), d);
  SmallVector<Value> indices(extents.size());
  for (auto [i, d] : llvm::enumerate(order)) {
    if (i + 1 == order.size()) {
      indices[d] = point;
      break;
    }
    indices[d] = arith::RemUIOp::create(device, loc, point, sizes[d]);
    point = arith::DivUIOp::create(device, loc, point, sizes[d]);
  }
  return indices;
}

const KernelBuilder::View &KernelBuilder::view(Value memref) {
  View &view = views.find(memref)->second;
  if (view.offset)
    return view;
  auto type = cast<MemRefType>(memref.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  memref::ExtractStridedMetadataOp metadata;
  auto resolve = [&](int64_t known, auto dynamic) {
    if (!ShapedType::isDynamic(known))
      return constant(known);
    if (!metadata)
      metadata = memref::ExtractStridedMetadataOp::create(host, loc, memref);
    return param(Value(dynamic()));
  };
  view.offset = resolve(offset, [&] { return metadata.getOffset(); });
  for (auto [d, stride] : llvm::enumerate(strides))
    view.strides.push_back(
        resolve(stride, [&, d = d] { return metadata.getStrides()[d]; }));
  return view;
}

Value KernelBuilder::address(const View &view, ArrayRef<Value> indices) {
  Value sum = view.offset;
  for (auto [index, stride] : llvm::zip_equal(indices, view.strides)) {
    Value term = device.createOrFold<arith::MulIOp>(loc, index, stride);
    sum = device.createOrFold<arith::AddIOp>(loc, sum, term);
  }
  return sum;
}

Value KernelBuilder::load(Value memref, ArrayRef<Value> indices) {
  const View &source = view(memref);
  Value position = address(source, indices);
  return memref::LoadOp::create(device, loc, source.buffer, position);
}

void KernelBuilder::store(Value element, Value memref,
                          ArrayRef<Value> indices) {
  const View &target = view(memref);
  Value position = address(target, indices);
  memref::StoreOp::create(device, loc, element, target.buffer, position);
}

FailureOr<Value> KernelBuilder::capture(Value value) {
  if (value.getType().isIndex())
    return param(value);
  TypedAttr constantValue;
  if (matchPattern(value, m_Constant(&constantValue)) &&
      value.getType().isIntOrFloat()) {
    OpBuilder entry(anchor);
    return Value(arith::ConstantOp::create(entry, loc, constantValue));
  }
  return op->emitOpError("reads a value of type ")
         << value.getType()
         << " from outside, where the GPU takes constants and indices";
}

void KernelBuilder::finish() {
  SmallVector<Value> operands = {points};
  llvm::append_range(operands, roots);
  llvm::append_range(operands, paramValues);
  OpBuilder declarations(kernels);
  auto declaration = func::FuncOp::create(
      declarations, loc, name,
      declarations.getFunctionType(ValueRange(operands).getTypes(), {}));
  declaration.setPrivate();
  declaration->setAttr(
      kernelAttr,
      SymbolRefAttr::get(host.getStringAttr(kernels.getName()),
                         {FlatSymbolRefAttr::get(kernel.getOperation())}));
  func::CallOp::create(host, loc, declaration, operands);
  op->erase();
}
