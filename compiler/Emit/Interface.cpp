//===- Interface.cpp - a model's tables and exported functions ------------===//

#include "compiler/Emit/Interface.h"

#include "compiler/Status.h"
#include "compiler/Target/SupportLibrary.h"
#include "seqc/abi.h"
#include "seqc/library.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace seqc;

namespace {
/// Builds one model's interface. The layouts are those of the C structs in
/// seqc/abi.h and Target/Support/support.h, field by field.
class InterfaceBuilder {
public:
  InterfaceBuilder(llvm::Module &module, const ModelInfo &info,
                   const CpuTarget &target, const InterfaceOptions &options)
      : module(module), info(info), target(target), options(options),
        context(module.getContext()), builder(context), ptr(builder.getPtrTy()),
        i32(builder.getInt32Ty()), i64(builder.getInt64Ty()) {}

  llvm::Error build();

private:
  llvm::Error checkKernel();
  llvm::Expected<llvm::Function *> supportFunction(llvm::StringRef name);

  llvm::Constant *constant(llvm::Constant *value, llvm::StringRef name,
                           unsigned align = 0);
  llvm::Constant *structure(llvm::ArrayRef<llvm::Constant *> fields);
  llvm::Constant *string(llvm::StringRef value);
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(ptr); }
  llvm::Constant *int32(uint64_t value) { return builder.getInt32(value); }
  llvm::Constant *int64(uint64_t value) { return builder.getInt64(value); }
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> elements,
                        llvm::StringRef name);
  template <typename Tensors>
  llvm::Constant *tensors(const Tensors &list, llvm::StringRef name);
  llvm::Constant *weights();
  llvm::Constant *stateStarts();
  llvm::Constant *equalExtents();
  llvm::Constant *spirv();
  std::string report();
  llvm::Constant *table();

  /// Begins an exported function.
  llvm::Function *begin(const llvm::Twine &name, llvm::Type *result,
                        llvm::ArrayRef<llvm::Type *> parameters);
  void forward(llvm::Function *function, llvm::Function *support);
  llvm::Value *pointerArray(llvm::ArrayRef<llvm::Value *> pointers);
  void buildTyped(llvm::StringRef suffix, bool takesSteps);
  llvm::Error buildFunctions();
  void addNote();
  void internalize();

  llvm::Module &module;
  const ModelInfo &info;
  const CpuTarget &target;
  const InterfaceOptions &options;
  llvm::LLVMContext &context;
  llvm::IRBuilder<> builder;
  llvm::PointerType *ptr;
  llvm::Type *i32, *i64;
  llvm::GlobalVariable *descriptor = nullptr;
  llvm::Function *invoke = nullptr;
  llvm::StringSet<> exported;
};
} // namespace

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

llvm::Constant *InterfaceBuilder::constant(llvm::Constant *value,
                                           llvm::StringRef name,
                                           unsigned align) {
  auto *global = new llvm::GlobalVariable(
      module, value->getType(), /*isConstant=*/true,
      llvm::GlobalValue::PrivateLinkage, value, info.name + "." + name);
  if (align)
    global->setAlignment(llvm::Align(align));
  return global;
}

llvm::Constant *
InterfaceBuilder::structure(llvm::ArrayRef<llvm::Constant *> fields) {
  return llvm::ConstantStruct::getAnon(context, fields);
}

llvm::Constant *InterfaceBuilder::string(llvm::StringRef value) {
  return constant(llvm::ConstantDataArray::getString(context, value), "string",
                  1);
}

llvm::Constant *
InterfaceBuilder::array(llvm::ArrayRef<llvm::Constant *> elements,
                        llvm::StringRef name) {
  if (elements.empty())
    return null();
  auto *type = llvm::ArrayType::get(elements[0]->getType(), elements.size());
  return constant(llvm::ConstantArray::get(type, elements), name);
}

/// An array of seqc_tensor_desc.
template <typename Tensors>
llvm::Constant *InterfaceBuilder::tensors(const Tensors &list,
                                          llvm::StringRef name) {
  llvm::SmallVector<llvm::Constant *> elements;
  for (const TensorInfo &tensor : list) {
    llvm::SmallVector<uint64_t> shape(tensor.shape.begin(), tensor.shape.end());
    shape.resize(SEQC_MAX_RANK, 0);
    elements.push_back(structure(
        {string(tensor.name), int32(tensor.type), int32(tensor.shape.size()),
         llvm::ConstantDataArray::get(context, llvm::ArrayRef(shape))}));
  }
  return array(elements, name);
}

llvm::Constant *InterfaceBuilder::weights() {
  if (!options.embedWeights || info.weights.empty())
    return null();
  llvm::StringRef bytes(info.weights.data(), info.weights.size());
  return constant(llvm::ConstantDataArray::getString(context, bytes, false),
                  "weights", 64);
}

/// An array of seqc_state_start.
llvm::Constant *InterfaceBuilder::stateStarts() {
  llvm::SmallVector<llvm::Constant *> elements;
  for (const StateInfo &state : info.states) {
    llvm::Constant *initial = null();
    if (!state.initial.empty()) {
      llvm::StringRef bytes(state.initial.data(), state.initial.size());
      initial =
          constant(llvm::ConstantDataArray::getString(context, bytes, false),
                   "initial", 64);
    }
    elements.push_back(structure(
        {int64(state.batchAxis), int64(state.initial.size()), initial}));
  }
  return array(elements, "starts");
}

/// An array of seqc_extent, two for each pair.
llvm::Constant *InterfaceBuilder::equalExtents() {
  llvm::SmallVector<llvm::Constant *> elements;
  for (const auto &[first, second] : info.equalExtents)
    for (const ExtentInfo &side : {first, second})
      elements.push_back(structure({int32(static_cast<uint32_t>(side.tensor)),
                                    int32(side.axis), int64(side.extent)}));
  return array(elements, "equal_extents");
}

llvm::Constant *InterfaceBuilder::spirv() {
  if (info.spirv.empty())
    return null();
  return constant(
      llvm::ConstantDataArray::get(context, llvm::ArrayRef(info.spirv)),
      "spirv");
}

/// The report, as JSON.
std::string InterfaceBuilder::report() {
  llvm::json::Object object = info.report;
  object["weights_bytes"] = static_cast<int64_t>(info.weights.size());
  object["vector_bits"] = target.vectorBits;
  object["tuned_for"] = target.tuneCpu;
  return llvm::formatv("{0}", llvm::json::Value(std::move(object)));
}

/// The seqc_model_table.
llvm::Constant *InterfaceBuilder::table() {
  llvm::SmallVector<llvm::Constant *> dimNames;
  for (const std::string &dim : info.dims)
    dimNames.push_back(string(dim));
  std::string targetName = target.triple.str();
  for (const std::string &feature : target.features)
    targetName += "+" + feature;
  auto function = [&](llvm::StringRef suffix) {
    return module.getFunction((info.name + suffix).str());
  };
  return constant(
      structure({int32(SEQC_ABI_MAJOR),
                 int32(SEQC_ABI_MINOR),
                 int64(sizeof(seqc_model_table)),
                 string(info.name),
                 string(targetName),
                 string(llvm::join(target.features, ",")),
                 string(report()),
                 int64(info.hash),
                 int32(info.dims.size()),
                 int32(info.inputs.size()),
                 int32(info.outputs.size()),
                 int32(info.states.size()),
                 array(dimNames, "dim_names"),
                 tensors(info.inputs, "inputs"),
                 tensors(info.outputs, "outputs"),
                 tensors(info.states, "states"),
                 int64(info.weights.size()),
                 weights(),
                 function("_workspace_size"),
                 function("_state_size"),
                 function("_state_reset"),
                 function("_invoke"),
                 info.vulkanPlan.empty() ? null() : string(info.vulkanPlan),
                 spirv(),
                 int64(info.spirv.size()),
                 int64(info.equalExtents.size()),
                 equalExtents(),
                 int64(info.dims.size() - info.numGivenDims),
                 function("_derive_dims")}),
      "table");
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

llvm::Function *
InterfaceBuilder::begin(const llvm::Twine &name, llvm::Type *result,
                        llvm::ArrayRef<llvm::Type *> parameters) {
  exported.insert(name.str());
  auto *type = llvm::FunctionType::get(result, parameters, false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, name, module);
  function->setDoesNotThrow();
  builder.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function));
  return function;
}

/// Ends a function that calls `support` with the descriptor and its own
/// arguments.
void InterfaceBuilder::forward(llvm::Function *function,
                               llvm::Function *support) {
  llvm::SmallVector<llvm::Value *> arguments = {descriptor};
  for (llvm::Argument &argument : function->args())
    arguments.push_back(&argument);
  llvm::Value *result = builder.CreateCall(support, arguments);
  if (result->getType()->isVoidTy())
    builder.CreateRetVoid();
  else
    builder.CreateRet(result);
}

llvm::Value *
InterfaceBuilder::pointerArray(llvm::ArrayRef<llvm::Value *> pointers) {
  if (pointers.empty())
    return null();
  auto *type = llvm::ArrayType::get(ptr, pointers.size());
  llvm::Value *array = builder.CreateAlloca(type);
  for (auto [index, pointer] : llvm::enumerate(pointers))
    builder.CreateStore(
        pointer, builder.CreateConstInBoundsGEP2_64(type, array, 0, index));
  return array;
}

/// NAME_step and NAME_run: one parameter for each tensor.
///   (context, dims, [steps,] inputs..., [state,] outputs...)
void InterfaceBuilder::buildTyped(llvm::StringRef suffix, bool takesSteps) {
  size_t numInputs = info.inputs.size(), numOutputs = info.outputs.size();
  bool hasState = !info.states.empty();
  llvm::SmallVector<llvm::Type *> parameters = {ptr, ptr};
  if (takesSteps)
    parameters.push_back(i64);
  parameters.append(numInputs + hasState + numOutputs, ptr);
  llvm::Function *function = begin(info.name + suffix, i32, parameters);

  llvm::SmallVector<llvm::Value *> arguments;
  for (llvm::Argument &argument : function->args())
    arguments.push_back(&argument);
  llvm::ArrayRef<llvm::Value *> rest(arguments);
  llvm::Value *callContext = rest[0], *dims = rest[1];
  rest = rest.drop_front(2);
  llvm::Value *steps = int64(1);
  if (takesSteps) {
    steps = rest.front();
    rest = rest.drop_front();
  }
  llvm::Value *inputs = pointerArray(rest.take_front(numInputs));
  llvm::Value *outputs = pointerArray(rest.take_back(numOutputs));
  llvm::Value *state = hasState ? rest[numInputs] : null();
  builder.CreateRet(builder.CreateCall(
      invoke, {descriptor, callContext, dims, steps, inputs, state, outputs}));
}

llvm::Expected<llvm::Function *>
InterfaceBuilder::supportFunction(llvm::StringRef name) {
  llvm::Function *function = module.getFunction(name);
  if (!function || function->isDeclaration())
    return failed("the support code must define '" + name + "', found none");
  return function;
}

llvm::Error InterfaceBuilder::buildFunctions() {
  llvm::Expected<llvm::Function *> workspaceSize =
      supportFunction("seqc_support_workspace_size");
  llvm::Expected<llvm::Function *> stateSize =
      supportFunction("seqc_support_state_size");
  llvm::Expected<llvm::Function *> stateReset =
      supportFunction("seqc_support_state_reset");
  llvm::Expected<llvm::Function *> deriveDims =
      supportFunction("seqc_support_derive_dims");
  llvm::Expected<llvm::Function *> invokeModel =
      supportFunction("seqc_support_invoke");
  if (llvm::Error error = llvm::joinErrors(
          llvm::joinErrors(workspaceSize.takeError(), stateSize.takeError()),
          llvm::joinErrors(stateReset.takeError(),
                           llvm::joinErrors(deriveDims.takeError(),
                                            invokeModel.takeError()))))
    return error;
  invoke = *invokeModel;

  llvm::Type *none = builder.getVoidTy();
  forward(begin(info.name + "_workspace_size", i64, {ptr, i32}),
          *workspaceSize);
  forward(begin(info.name + "_state_size", i64, {ptr}), *stateSize);
  forward(begin(info.name + "_state_reset", none, {ptr, i64, ptr}),
          *stateReset);
  forward(begin(info.name + "_derive_dims", i32, {ptr}), *deriveDims);
  forward(begin(info.name + "_invoke", i32, {ptr, ptr, i64, ptr, ptr, ptr}),
          *invokeModel);
  begin(info.name + "_weights_size", i64, {});
  builder.CreateRet(int64(info.weights.size()));
  buildTyped("_run", /*takesSteps=*/!info.states.empty());
  if (!info.states.empty())
    buildTyped("_step", /*takesSteps=*/false);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

/// The functions the pipelines end with.
llvm::Error InterfaceBuilder::checkKernel() {
  llvm::Type *none = builder.getVoidTy();
  llvm::SmallVector<std::pair<std::string, llvm::FunctionType *>> expected = {
      {info.symbol + "_kernel",
       llvm::FunctionType::get(
           none, {i64, i64, ptr, ptr, ptr, ptr, ptr, ptr, ptr}, false)},
      {info.symbol + "_workspace_bytes",
       llvm::FunctionType::get(i64, {ptr, i64}, false)}};
  if (info.numGivenDims < info.dims.size())
    expected.push_back({info.symbol + "_derive_extents",
                        llvm::FunctionType::get(none, {ptr}, false)});
  for (auto &[name, type] : expected) {
    llvm::Function *function = module.getFunction(name);
    if (!function || function->isDeclaration())
      return failed("the module must define '" + name + "', found none");
    if (function->getFunctionType() != type)
      return failed("'" + name + "' must have the type the emitter documents");
  }
  // Inlining it into the region would let its arithmetic move across the
  // switch to flushed denormals.
  module.getFunction(expected[0].first)->addFnAttr(llvm::Attribute::NoInline);
  return llvm::Error::success();
}

/// The seqc_library_note; its checksum is known once the library is linked.
void InterfaceBuilder::addNote() {
  llvm::StringRef owner(SEQC_NOTE_OWNER "\0\0\0\0",
                        sizeof(seqc_library_note::owner));
  auto bytes = [&](llvm::StringRef text) {
    return llvm::ConstantDataArray::getString(context, text, false);
  };
  llvm::Constant *note =
      constant(structure({int32(sizeof SEQC_NOTE_OWNER), int32(16),
                          int32(SEQC_NOTE_TYPE), bytes(owner),
                          bytes(SEQC_NOTE_MAGIC), int32(0), int32(0)}),
               "note", 4);
  llvm::cast<llvm::GlobalVariable>(note)->setSection(".note.seqc");
  llvm::appendToUsed(module, {llvm::cast<llvm::GlobalVariable>(note)});
}

void InterfaceBuilder::internalize() {
  llvm::internalizeModule(module, [&](const llvm::GlobalValue &value) {
    return exported.contains(value.getName());
  });
  for (llvm::Function &function : module)
    if (exported.contains(function.getName()))
      function.setVisibility(llvm::GlobalValue::DefaultVisibility);
}

llvm::Error InterfaceBuilder::build() {
  if (llvm::Error error = checkKernel())
    return error;
  if (llvm::Error error = linkSupportLibrary(module))
    return error;
  auto *descriptorType = llvm::StructType::get(ptr, ptr, ptr, ptr, ptr, i64);
  descriptor = new llvm::GlobalVariable(
      module, descriptorType, /*isConstant=*/true,
      llvm::GlobalValue::PrivateLinkage, nullptr, info.name + ".descriptor");
  if (llvm::Error error = buildFunctions())
    return error;
  llvm::Constant *tableConstant = table();
  descriptor->setInitializer(llvm::ConstantStruct::get(
      descriptorType,
      {tableConstant, module.getFunction(info.symbol + "_kernel"),
       module.getFunction(info.symbol + "_workspace_bytes"),
       info.numGivenDims < info.dims.size()
           ? module.getFunction(info.symbol + "_derive_extents")
           : null(),
       stateStarts(), int64(std::max<int64_t>(info.block, 1))}));
  begin(info.name + "_model", ptr, {});
  builder.CreateRet(tableConstant);
  if (options.sharedLibrary) {
    begin("seqc_model", ptr, {});
    builder.CreateRet(tableConstant);
    addNote();
  }
  internalize();
  return llvm::Error::success();
}

llvm::Error seqc::addInterface(llvm::Module &module, const ModelInfo &info,
                               const CpuTarget &target,
                               const InterfaceOptions &options) {
  return InterfaceBuilder(module, info, target, options).build();
}
