//===- Xlstm.td - sLSTM and mLSTM --------------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_XLSTM_TD
#define SEQ_CELLS_XLSTM_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_ForgetGate : I32EnumAttr<"ForgetGate", "what a forget gate is of its sum", [
    I32EnumAttrCase<"Sigmoid", 0, "sigmoid">,
    I32EnumAttrCase<"Exponential", 1, "exponential">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}
def Seq_ForgetGateAttr : EnumAttr<Seq_Dialect, Seq_ForgetGate, "forget_gate"> {
  let assemblyFormat = "`<` $value `>`";
}

def Seq_SlstmOp : Seq_Op<"slstm", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "LSTM with exponential gates and a normaliser (xLSTM's sLSTM).";
  let description = [{
    With sums a_g = W_g x_t + R_g h + b_g of the gates g = z, i, f, o, ⊙ elementwise
    and the activation φ (`candidate`, default tanh):

        z  = φ(a_z),   i = exp(a_i),   o = sigmoid(a_o)
        f  = sigmoid(a_f) or exp(a_f), as `forget_gate` says
        c' = f ⊙ c + i ⊙ z
        n' = f ⊙ n + i
        h' = o ⊙ c' / n'

    R is a matrix for each of G heads, whose K units see each other alone. The
    states c and n are kept divided by exp(m), m' = max(log f + m, a_i), so that no
    exponential overflows; m begins as -1e38 if left out.

    `gate_order` says how the rows of w, r and the bias are arranged: a permutation
    of "zifo".

    Shapes: x [T, B, I]; w [4, H, I]; r [4, G, K, K] with G K = H; bias [4, H]; h0,
    c0, n0, m0 [B, H] (zero if left out, but m0); lengths [B] of integers. Results:
    y [T, B, H], h, c, n and m [B, H] after the last step: of a sequence with
    `lengths` the last of its own (with `reverse` that of row 0, the first being that
    of row length - 1), and y is zero behind them.
    Source: Beck et al., xLSTM: extended long short-term memory, 2024, section 2.2
    and appendix A.2.

    Constraints:
    1. ranks, static extents and element types agree as above; I, H and G are
       static;
    2. `gate_order` is a permutation of the letters of zifo;
    3. c0, n0 and m0 are given together.

    Example:
    ```mlir
    %y, %h, %c, %n, %m = seq.slstm x(%x) w(%w) r(%r)
        {forget_gate = #seq.forget_gate<sigmoid>}
        : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x2x4x4xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
            tensor<1x8xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$w,
                       AnyRankedTensor:$r, Optional<AnyRankedTensor>:$bias,
                       Optional<AnyRankedTensor>:$h0,
                       Optional<AnyRankedTensor>:$c0,
                       Optional<AnyRankedTensor>:$n0,
                       Optional<AnyRankedTensor>:$m0,
                       Optional<AnyRankedTensor>:$lengths,
                       Seq_ForgetGateAttr:$forget_gate,
                       DefaultValuedAttr<StrAttr, "\"zifo\"">:$gate_order,
                       OptionalAttr<Seq_ActivationAttr>:$candidate,
                       UnitAttr:$reverse);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$h,
                      AnyRankedTensor:$c, AnyRankedTensor:$n,
                      AnyRankedTensor:$m);
  let assemblyFormat = [{
    `x` `(` $x `)` `w` `(` $w `)` `r` `(` $r `)` (`bias` `(` $bias^ `)`)?
    (`h0` `(` $h0^ `)`)? (`c0` `(` $c0^ `)`)? (`n0` `(` $n0^ `)`)?
    (`m0` `(` $m0^ `)`)? (`lengths` `(` $lengths^ `)`)? (`reverse` $reverse^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Seq_MlstmOp : Seq_Op<"mlstm", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "LSTM with a matrix memory (xLSTM's mLSTM).";
  let description = [{
    For every batch entry and head, with the memory C of K rows and V columns, its
    normaliser n, and the gates i = exp(input_t) and f = sigmoid(forget_t) or
    exp(forget_t), as `forget_gate` says:

        C' = f C + i scale k_t v_t^T
        n' = f n + i scale k_t
        y_t = C'^T q_t / max(|n' . q_t|, 1)

    `scale` is 1 / sqrt(K) in the published layer. C and n are kept divided by
    exp(m), m' = max(log f + m, input_t), and 1 by as much, so that no exponential
    overflows; m begins as -1e38 if left out. The output gate, elementwise, is
    applied by who uses the layer.

    Shapes: q, k [B, T, H, K]; v [B, T, H, V]; input and forget [B, T, H]; state
    [B, H, K, V], normaliser [B, H, K] and exponent (m) [B, H]. Results: y
    [B, T, H, V] and the last C, n and m.
    Source: Beck et al., xLSTM: extended long short-term memory, 2024, section 2.3
    and appendix A.3.

    Constraints:
    1. ranks, static extents and element types agree as above; H, K and V are
       static;
    2. state, normaliser and exponent are given together.

    Example:
    ```mlir
    %y, %C, %n, %m = seq.mlstm q(%q) k(%k) v(%v) input(%i) forget(%f)
        {forget_gate = #seq.forget_gate<sigmoid>, scale = 0.5 : f32}
        : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>,
           tensor<1x?x2xf32>, tensor<1x?x2xf32>)
        -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>,
            tensor<1x2xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$q, AnyRankedTensor:$k,
                       AnyRankedTensor:$v, AnyRankedTensor:$input,
                       AnyRankedTensor:$forget,
                       Optional<AnyRankedTensor>:$state,
                       Optional<AnyRankedTensor>:$normaliser,
                       Optional<AnyRankedTensor>:$exponent,
                       Seq_ForgetGateAttr:$forget_gate,
                       DefaultValuedAttr<F32Attr, "1.0f">:$scale);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$next_state,
                      AnyRankedTensor:$next_normaliser,
                      AnyRankedTensor:$next_exponent);
  let assemblyFormat = [{
    `q` `(` $q `)` `k` `(` $k `)` `v` `(` $v `)` `input` `(` $input `)`
    `forget` `(` $forget `)` (`state` `(` $state^ `)`)?
    (`normaliser` `(` $normaliser^ `)`)? (`exponent` `(` $exponent^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_XLSTM_TD
