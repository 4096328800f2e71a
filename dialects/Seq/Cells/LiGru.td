//===- LiGru.td - light gated recurrent unit ---------------*- tablegen -*-===//
#ifndef SEQ_CELLS_LIGRU_TD
#define SEQ_CELLS_LIGRU_TD

include "dialects/Seq/Cells/Gru.td"

def Seq_LiGruOp : Seq_RecurrentCellOp<"ligru",
    (ins DefaultValuedAttr<StrAttr, "\"zh\"">:$gate_order,
         DefaultValuedAttr<Seq_UpdateGateAttr,
           "::seqc::seq::UpdateGate::KeepsOld">:$update_gate),
    (ins Optional<AnyRankedTensor>:$input_scale),
    "(`input_scale` `(` $input_scale^ `)`)?"> {
  let summary = "Light gated recurrent unit: no reset gate, one direction.";
  let description = [{
    With the update gate z, the candidate h~, ⊙ elementwise, activations f, g
    (`activations`, default sigmoid, relu):

        z  = f(S_z ⊙ (W_z x_t) + Wb_z + R_z h + Rb_z)
        h~ = g(S_h ⊙ (W_h x_t) + Wb_h + R_h h + Rb_h)
        h' = z ⊙ h + (1 - z) ⊙ h~      keeps_old (as published; the default)
        h' = (1 - z) ⊙ h + z ⊙ h~      opens_for_new

    S is `input_scale` (ones if left out). Batch normalisation of W x_t, which
    the layer was published with, is a scale and a bias once it is trained:
    S = γ / sqrt(variance + ε), Wb = β - S ⊙ mean. A linear candidate is the
    activation `#seq.activation<affine, alpha = 1.0, beta = 0.0>`.

    `gate_order` says how the rows of w, r, the biases and the scale are
    arranged, "zh" or "hz". `clip` limits the inputs of the activations to
    [-clip, clip].

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [2, H, I],
    r [2, H, H], input_bias, recurrent_bias and input_scale [2, H], h0 [B, H]
    (zero if left out), lengths [B] of integers. Results: y [T, B, H]
    ([B, T, H]), h [B, H] after the last step.
    Source: Ravanelli, Brakel, Omologo and Bengio, Light gated recurrent units
    for speech recognition, 2018.

    Constraints:
    1. ranks, static extents and element types agree as above; I and H are
       static;
    2. `gate_order` is zh or hz;
    3. there are two activations, `clip` is not negative.

    Example:
    ```mlir
    %y, %h = seq.ligru x(%x) w(%w) r(%r) input_scale(%s)
        : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>, tensor<2x8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_LIGRU_TD
