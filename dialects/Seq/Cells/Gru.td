//===- Gru.td - gated recurrent unit -----------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_GRU_TD
#define SEQ_CELLS_GRU_TD

include "dialects/Seq/Cells/RecurrentCell.td"

def Seq_UpdateGate : I32EnumAttr<"UpdateGate",
    "what an open update gate lets through", [
    I32EnumAttrCase<"KeepsOld", 0, "keeps_old">,
    I32EnumAttrCase<"OpensForNew", 1, "opens_for_new">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}
def Seq_UpdateGateAttr : EnumAttr<Seq_Dialect, Seq_UpdateGate, "update_gate"> {
  let assemblyFormat = "`<` $value `>`";
}

def Seq_GruOp : Seq_RecurrentCellOp<"gru",
    (ins DefaultValuedAttr<StrAttr, "\"zrh\"">:$gate_order,
         DefaultValuedAttr<Seq_UpdateGateAttr,
           "::seqc::seq::UpdateGate::KeepsOld">:$update_gate,
         UnitAttr:$reset_after)> {
  let summary = "Gated recurrent unit, one direction.";
  let description = [{
    With the update gate z, the reset gate r and the candidate h~, ⊙
    elementwise, activations f, g (`activations`, default sigmoid, tanh):

        z  = f(W_z x_t + R_z h + Wb_z + Rb_z)
        r  = f(W_r x_t + R_r h + Wb_r + Rb_r)
        h~ = g(W_h x_t + R_h (r ⊙ h) + Wb_h + Rb_h)

    `reset_after` resets after the recurrent product instead of before it
    (ONNX's linear_before_reset, and what PyTorch does):

        h~ = g(W_h x_t + r ⊙ (R_h h + Rb_h) + Wb_h)

    `update_gate` says which way z works:

        h' = z ⊙ h + (1 - z) ⊙ h~      keeps_old (ONNX, PyTorch; the default)
        h' = (1 - z) ⊙ h + z ⊙ h~      opens_for_new

    `gate_order` says how the rows of w, r and the biases are arranged: a
    permutation of "zrh" (ONNX: "zrh"; PyTorch: "rzh", which it writes rzn).
    `clip` limits the inputs of the activations to [-clip, clip].

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [3, H, I],
    r [3, H, H], input_bias and recurrent_bias [3, H], h0 [B, H] (zero if left
    out), lengths [B] of integers. Results: y [T, B, H] ([B, T, H]), h [B, H]
    after the last step.
    Source: ONNX operator specification, GRU-22; Cho et al., Learning phrase
    representations using RNN encoder-decoder, 2014; Chung et al., Empirical
    evaluation of gated recurrent neural networks, 2014 (opens_for_new).

    Constraints:
    1. ranks, static extents and element types agree as above; I and H are
       static;
    2. `gate_order` is a permutation of the letters of zrh;
    3. there are two activations, `clip` is not negative.

    Example:
    ```mlir
    %y, %h = seq.gru x(%x) w(%w) r(%r) {gate_order = "rzh", reset_after}
        : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_GRU_TD
