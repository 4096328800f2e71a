//===- SeqAttrs.td - attributes of the seq dialect ---------*- tablegen -*-===//
#ifndef SEQ_ATTRS_TD
#define SEQ_ATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "dialects/Seq/SeqDialect.td"

def Seq_Form : I32EnumAttr<"Form", "how a scan is executed", [
    I32EnumAttrCase<"Naive", 0, "naive">,
    I32EnumAttrCase<"Recurrent", 1, "recurrent">,
    I32EnumAttrCase<"Parallel", 2, "parallel">,
    I32EnumAttrCase<"Chunked", 3, "chunked">,
    I32EnumAttrCase<"Convolution", 4, "convolution">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}

def Seq_Semiring : I32EnumAttr<"Semiring", "the (addition, multiplication) pair", [
    I32EnumAttrCase<"PlusTimes", 0, "plus_times">,
    I32EnumAttrCase<"MaxPlus", 1, "max_plus">,
    I32EnumAttrCase<"LogPlus", 2, "log_plus">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}
def Seq_SemiringAttr : EnumAttr<Seq_Dialect, Seq_Semiring, "semiring">;

def Seq_Activation : I32EnumAttr<"Activation", "an elementwise nonlinearity", [
    I32EnumAttrCase<"Sigmoid", 0, "sigmoid">,
    I32EnumAttrCase<"Tanh", 1, "tanh">,
    I32EnumAttrCase<"Relu", 2, "relu">,
    I32EnumAttrCase<"Affine", 3, "affine">,
    I32EnumAttrCase<"LeakyRelu", 4, "leaky_relu">,
    I32EnumAttrCase<"ThresholdedRelu", 5, "thresholded_relu">,
    I32EnumAttrCase<"ScaledTanh", 6, "scaled_tanh">,
    I32EnumAttrCase<"HardSigmoid", 7, "hard_sigmoid">,
    I32EnumAttrCase<"Elu", 8, "elu">,
    I32EnumAttrCase<"Softsign", 9, "softsign">,
    I32EnumAttrCase<"Softplus", 10, "softplus">,
    I32EnumAttrCase<"Identity", 11, "identity">,
    I32EnumAttrCase<"HalfLinear", 12, "half_linear">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}

def Seq_ActivationAttr : AttrDef<Seq_Dialect, "Activation"> {
  let mnemonic = "activation";
  let summary = "A nonlinearity with ONNX's alpha and beta.";
  let description = [{
    Source: the ONNX operator specification, RNN, GRU and LSTM, attribute
    `activations`. `alpha` and `beta` are used by `affine` (alpha x + beta),
    `scaled_tanh` (alpha tanh(beta x)), `hard_sigmoid` (clamp(alpha x + beta)),
    `leaky_relu`, `thresholded_relu` and `elu` (alpha): they must be given
    there, and left out elsewhere. Not ONNX's are `identity`, and `half_linear`,
    which is positive everywhere: x + 1/2 for x >= 0, sigmoid(x) below (Feng et
    al., Were RNNs all we needed?, 2024, appendix B).

    Example: `#seq.activation<tanh>`,
    `#seq.activation<affine, alpha = 2.0, beta = 0.5>`
  }];
  let parameters = (ins EnumParameter<Seq_Activation>:$kind,
                        OptionalParameter<"::mlir::FloatAttr">:$alpha,
                        OptionalParameter<"::mlir::FloatAttr">:$beta);
  let assemblyFormat = "`<` $kind (`,` struct($alpha, $beta)^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static bool takesAlpha(Activation kind);
    static bool takesBeta(Activation kind);
    double getAlphaValue() const {
      return getAlpha() ? getAlpha().getValueAsDouble() : 0.0;
    }
    double getBetaValue() const {
      return getBeta() ? getBeta().getValueAsDouble() : 0.0;
    }
  }];
}

def Seq_AlternativeAttr : AttrDef<Seq_Dialect, "Alternative"> {
  let mnemonic = "alternative";
  let summary = "One guarded form of a scan.";
  let description = [{
    A schedule is an ordered list of alternatives; the first whose guard
    `T >= min_time` holds is executed, and the last one must have no guard.
    `block` is the number of steps in a time block (recurrent), `chunk` the
    number of steps summarised at once (parallel) or taken together (chunked,
    convolution). 0 leaves the choice to the lowering. With `fan` (parallel) the
    summaries go up and the entering states down a balanced tree whose nodes
    have that many children; 0: a loop applies the summaries in turn.

    Example: `#seq.alternative<parallel, min_time = 512, chunk = 128, fan = 16>`
  }];
  let parameters = (ins EnumParameter<Seq_Form>:$form,
                        DefaultValuedParameter<"int64_t", "0">:$min_time,
                        DefaultValuedParameter<"int64_t", "0">:$chunk,
                        DefaultValuedParameter<"int64_t", "0">:$block,
                        DefaultValuedParameter<"int64_t", "0">:$fan);
  let assemblyFormat = [{
    `<` $form (`,` struct($min_time, $chunk, $block, $fan)^)? `>`
  }];
  let genVerifyDecl = 1;
}
def Seq_ScheduleAttr : TypedArrayAttrBase<Seq_AlternativeAttr,
                                          "an ordered list of alternatives">;

#endif // SEQ_ATTRS_TD
