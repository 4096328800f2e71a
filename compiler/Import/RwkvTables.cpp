//===- RwkvTables.cpp - The tensors of every version of RWKV --------------===//

#include "compiler/Import/RwkvTables.h"

#include "compiler/Import/RwkvModel.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::rwkv;

//===----------------------------------------------------------------------===//
// Channel mixing
//===----------------------------------------------------------------------===//

static Value buildChannelMix(BlockBuilder &block, Value x, Value mixK,
                             Value mixR, seq::UpdateGate sense) {
  SmallVector<int64_t> width = {block.getExtent('C')};
  Value shift0 = block.addState("ffn_shift", width);
  Value receptance = mixR ? block.load("ffn.receptance.weight") : Value();
  auto op = seq::RwkvChannelMixOp::create(
      block.b, x.getType(), block.getStateType(width), x, mixK, mixR,
      block.load("ffn.key.weight"), block.load("ffn.value.weight"), receptance,
      shift0, sense);
  block.setNext(op.getShift());
  return op.getY();
}

/// Of versions 4 and 5.
static Value buildChannelMix4(BlockBuilder &block, Value x) {
  return buildChannelMix(block, x, block.load("ffn.time_mix_k"),
                         block.load("ffn.time_mix_r"),
                         seq::UpdateGate::OpensForNew);
}

static Value buildChannelMix6(BlockBuilder &block, Value x) {
  return buildChannelMix(block, x, block.load("ffn.time_maa_k"),
                         block.load("ffn.time_maa_r"),
                         seq::UpdateGate::KeepsOld);
}

static Value buildChannelMix7(BlockBuilder &block, Value x) {
  return buildChannelMix(block, x, block.load("ffn.x_k"), Value(),
                         seq::UpdateGate::KeepsOld);
}

//===----------------------------------------------------------------------===//
// Time mixing
//===----------------------------------------------------------------------===//

static Value buildTimeMix4(BlockBuilder &block, Value x) {
  SmallVector<int64_t> width = {block.getExtent('C')};
  Type state = block.getStateType(width);
  Value shift0 = block.addState("att_shift", width);
  Value numerator0 = block.addState("att_numerator", width);
  Value denominator0 = block.addState("att_denominator", width);
  Value exponent0 = block.addState("att_exponent", width, -1e38);
  auto op = seq::Rwkv4TimeMixOp::create(
      block.b, TypeRange{x.getType(), state, state, state, state}, x,
      block.load("att.time_mix_r"), block.load("att.time_mix_k"),
      block.load("att.time_mix_v"), block.load("att.receptance.weight"),
      block.load("att.key.weight"), block.load("att.value.weight"),
      block.load("att.output.weight"), block.load("att.time_decay"),
      block.load("att.time_first"), shift0, numerator0, denominator0,
      exponent0);
  block.setNext(op.getResults().drop_front());
  return op.getY();
}

static Value buildTimeMix5(BlockBuilder &block, Value x, Value bonus,
                           Value mixGate, Value gate) {
  int64_t heads = block.getExtent('H'), channels = block.getExtent('N');
  SmallVector<int64_t> width = {block.getExtent('C')};
  SmallVector<int64_t> matrices = {heads, channels, channels};
  Value shift0 = block.addState("att_shift", width);
  Value state0 = block.addState("att_state", matrices);
  auto op = seq::Rwkv5TimeMixOp::create(
      block.b,
      TypeRange{x.getType(), block.getStateType(width),
                block.getStateType(matrices)},
      x, block.load("att.time_mix_r"), block.load("att.time_mix_k"),
      block.load("att.time_mix_v"), mixGate,
      block.load("att.receptance.weight"), block.load("att.key.weight"),
      block.load("att.value.weight"), gate, block.load("att.output.weight"),
      block.load("att.time_decay"), bonus, block.load("att.ln_x.weight"),
      block.load("att.ln_x.bias"), shift0, state0,
      block.b.getF64FloatAttr(1e-5));
  block.setNext(op.getResults().drop_front());
  return op.getY();
}

static Value buildTimeMix51(BlockBuilder &block, Value x) {
  return buildTimeMix5(block, x, block.load("att.time_first"), Value(),
                       Value());
}

static Value buildTimeMix52(BlockBuilder &block, Value x) {
  return buildTimeMix5(block, x, block.load("att.time_faaaa"),
                       block.load("att.time_mix_g"),
                       block.load("att.gate.weight"));
}

/// The narrow matrices of version 6 stand to the right of a row vector: w1 [C,
/// 5 M] has those of w, k, v, r and g side by side.
static Value buildTimeMix6(BlockBuilder &block, Value x) {
  int64_t heads = block.getExtent('H'), channels = block.getExtent('N');
  int64_t all = block.getExtent('C'), narrow = block.getExtent('M');
  SmallVector<int64_t> width = {all};
  SmallVector<int64_t> matrices = {heads, channels, channels};
  Value shift0 = block.addState("att_shift", width);
  Value state0 = block.addState("att_state", matrices);
  auto mix = [&](llvm::StringRef name) {
    return block.load(("att.time_maa_" + name).str());
  };
  Value mix1 = tensor::ExpandShapeOp::create(
      block.b, block.model.getType({all, 5, narrow}), mix("w1"),
      SmallVector<ReassociationIndices>{{0}, {1, 2}});
  auto op = seq::Rwkv6TimeMixOp::create(
      block.b,
      TypeRange{x.getType(), block.getStateType(width),
                block.getStateType(matrices)},
      x, mix("x"), mix("w"), mix("k"), mix("v"), mix("r"), mix("g"),
      block.transpose(mix1, {1, 2, 0}), block.transpose(mix("w2"), {0, 2, 1}),
      block.load("att.receptance.weight"), block.load("att.key.weight"),
      block.load("att.value.weight"), block.load("att.gate.weight"),
      block.load("att.output.weight"), block.load("att.time_decay"),
      block.transpose(block.load("att.time_decay_w1"), {1, 0}),
      block.transpose(block.load("att.time_decay_w2"), {1, 0}),
      block.load("att.time_faaaa"), block.load("att.ln_x.weight"),
      block.load("att.ln_x.bias"), shift0, state0,
      block.b.getF64FloatAttr(64e-5));
  block.setNext(op.getResults().drop_front());
  return op.getY();
}

static Value buildTimeMix7(BlockBuilder &block, Value x) {
  int64_t heads = block.getExtent('H'), channels = block.getExtent('N');
  SmallVector<int64_t> width = {block.getExtent('C')};
  SmallVector<int64_t> matrices = {heads, channels, channels};
  Value shift0 = block.addState("att_shift", width);
  Value state0 = block.addState("att_state", matrices);
  auto mix = [&](int64_t row) { return block.load("att.x_rwkvag", row); };
  auto residual = [&](llvm::StringRef name) {
    return block.isFirst() ? Value() : block.load(name);
  };
  auto op = seq::Rwkv7TimeMixOp::create(
      block.b,
      TypeRange{x.getType(), block.getStateType(width),
                block.getStateType(matrices), x.getType()},
      x, mix(0), mix(1), mix(2), mix(3), mix(4), mix(5),
      block.load("att.receptance.weight"), block.load("att.key.weight"),
      block.load("att.value.weight"), block.load("att.output.weight"),
      block.load("att.w0"), block.load("att.w1"), block.load("att.w2"),
      block.load("att.a0"), block.load("att.a1"), block.load("att.a2"),
      block.load("att.g1"), block.load("att.g2"), block.firstValues,
      residual("att.v0"), residual("att.v1"), residual("att.v2"),
      block.load("att.k_k"), block.load("att.k_a"), block.load("att.r_k"),
      block.load("att.ln_x.weight"), block.load("att.ln_x.bias"), shift0,
      state0, block.b.getF64FloatAttr(64e-5));
  block.setNext({op.getShift(), op.getState()});
  if (block.isFirst())
    block.firstValues = op.getV();
  return op.getY();
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static constexpr TensorRow common[] = {
    {"ln0.weight", "C", Blocks::First},
    {"ln0.bias", "C", Blocks::First},
    {"ln1.weight", "C"},
    {"ln1.bias", "C"},
    {"ln2.weight", "C"},
    {"ln2.bias", "C"},
    {"att.receptance.weight", "C C"},
    {"att.key.weight", "C C"},
    {"att.value.weight", "C C"},
    {"att.output.weight", "C C"},
    {"ffn.key.weight", "F C"},
    {"ffn.value.weight", "C F"},
};

/// Of versions 4 and 5.
static constexpr TensorRow mixing[] = {
    {"att.time_mix_k", "C"}, {"att.time_mix_v", "C"},
    {"att.time_mix_r", "C"}, {"ffn.time_mix_k", "C"},
    {"ffn.time_mix_r", "C"}, {"ffn.receptance.weight", "C C"},
};

static constexpr TensorRow tensors4[] = {
    {"att.time_decay", "C"},
    {"att.time_first", "C"},
};

static constexpr TensorRow tensors51[] = {
    {"att.time_decay", "H 1 1"},
    {"att.time_first", "H 1 1"},
    {"att.ln_x.weight", "C"},
    {"att.ln_x.bias", "C"},
};

static constexpr TensorRow tensors52[] = {
    {"att.time_decay", "H N 1"}, {"att.time_faaaa", "H N 1"},
    {"att.time_mix_g", "C"},     {"att.gate.weight", "C C"},
    {"att.ln_x.weight", "C"},    {"att.ln_x.bias", "C"},
};

static constexpr TensorRow tensors6[] = {
    {"att.time_maa_x", "1 1 C"},  {"att.time_maa_w", "1 1 C"},
    {"att.time_maa_k", "1 1 C"},  {"att.time_maa_v", "1 1 C"},
    {"att.time_maa_r", "1 1 C"},  {"att.time_maa_g", "1 1 C"},
    {"att.time_maa_w1", "C 5M"},  {"att.time_maa_w2", "5 M C"},
    {"att.time_decay", "1 1 C"},  {"att.time_decay_w1", "C D"},
    {"att.time_decay_w2", "D C"}, {"att.time_faaaa", "H N"},
    {"att.gate.weight", "C C"},   {"att.ln_x.weight", "C"},
    {"att.ln_x.bias", "C"},       {"ffn.time_maa_k", "1 1 C"},
    {"ffn.time_maa_r", "1 1 C"},  {"ffn.receptance.weight", "C C"},
};

static constexpr TensorRow tensors7[] = {
    {"att.x_rwkvag", "6 1 C"},
    {"att.w0", "1 1 C"},
    {"att.w1", "R C"},
    {"att.w2", "C R"},
    {"att.a0", "1 1 C"},
    {"att.a1", "R C"},
    {"att.a2", "C R"},
    {"att.g1", "R C"},
    {"att.g2", "C R"},
    {"att.v0", "1 1 C", Blocks::AboveFirst},
    {"att.v1", "R C", Blocks::AboveFirst},
    {"att.v2", "C R", Blocks::AboveFirst},
    {"att.k_k", "1 1 C"},
    {"att.k_a", "1 1 C"},
    {"att.r_k", "H N"},
    {"att.ln_x.weight", "C"},
    {"att.ln_x.bias", "C"},
    {"ffn.x_k", "1 1 C"},
};

llvm::ArrayRef<Version> rwkv::getVersions() {
  static const Version versions[] = {
      {"RWKV-7",
       "att.x_rwkvag",
       {common, tensors7},
       buildTimeMix7,
       buildChannelMix7},
      {"RWKV-6",
       "att.time_maa_x",
       {common, tensors6},
       buildTimeMix6,
       buildChannelMix6},
      {"RWKV-5.2",
       "att.time_faaaa",
       {common, mixing, tensors52},
       buildTimeMix52,
       buildChannelMix4},
      {"RWKV-5.1",
       "att.ln_x.weight",
       {common, mixing, tensors51},
       buildTimeMix51,
       buildChannelMix4},
      {"RWKV-4",
       "att.time_first",
       {common, mixing, tensors4},
       buildTimeMix4,
       buildChannelMix4},
  };
  return versions;
}
