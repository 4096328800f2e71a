//===- MinGru.td - minimal gated recurrent unit ------------*- tablegen -*-===//
#ifndef SEQ_CELLS_MINGRU_TD
#define SEQ_CELLS_MINGRU_TD

include "dialects/Seq/Cells/Gru.td"

/// A layer whose gates see the input alone, so that its state h is updated by an
/// affine step; one direction.
class Seq_MinimalCellOp<string mnemonic, dag switches>
    : Seq_Op<mnemonic, [Pure, AttrSizedOperandSegments,
                        DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let arguments = !con(
      (ins AnyRankedTensor:$x, AnyRankedTensor:$w,
           Optional<AnyRankedTensor>:$bias, Optional<AnyRankedTensor>:$h0,
           Optional<AnyRankedTensor>:$lengths),
      switches,
      (ins OptionalAttr<Seq_ActivationAttr>:$candidate, UnitAttr:$reverse,
           UnitAttr:$batch_major));
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$h);
  let assemblyFormat = [{
    `x` `(` $x `)` `w` `(` $w `)` (`bias` `(` $bias^ `)`)?
    (`h0` `(` $h0^ `)`)? (`lengths` `(` $lengths^ `)`)? (`reverse` $reverse^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Seq_MinGruOp : Seq_MinimalCellOp<"min_gru",
    (ins DefaultValuedAttr<StrAttr, "\"zh\"">:$gate_order,
         DefaultValuedAttr<Seq_UpdateGateAttr,
           "::seqc::seq::UpdateGate::OpensForNew">:$update_gate)> {
  let summary = "Minimal gated recurrent unit: the gate does not see the state.";
  let description = [{
    With the update gate z, the candidate h~, ⊙ elementwise, the activation g
    (`candidate`, default identity; `half_linear` is that of the published
    computation in logarithms):

        z  = sigmoid(W_z x_t + b_z)
        h~ = g(W_h x_t + b_h)
        h' = (1 - z) ⊙ h + z ⊙ h~      opens_for_new (as published; the default)
        h' = z ⊙ h + (1 - z) ⊙ h~      keeps_old

    `gate_order` says how the rows of w and the bias are arranged, "zh" or "hz".

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [2, H, I], bias [2, H],
    h0 [B, H] (zero if left out), lengths [B] of integers. Results: y [T, B, H]
    ([B, T, H]), h [B, H] after the last step.
    Source: Feng et al., Were RNNs all we needed?, 2024, section 3.1.

    Constraints:
    1. ranks, static extents and element types agree as above; I and H are
       static;
    2. `gate_order` is zh or hz.

    Example:
    ```mlir
    %y, %h = seq.min_gru x(%x) w(%w) {candidate = #seq.activation<half_linear>}
        : (tensor<?x1x16xf32>, tensor<2x8x16xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_MINGRU_TD
