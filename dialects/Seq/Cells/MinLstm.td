//===- MinLstm.td - minimal long short-term memory ---------*- tablegen -*-===//
#ifndef SEQ_CELLS_MINLSTM_TD
#define SEQ_CELLS_MINLSTM_TD

include "dialects/Seq/Cells/MinGru.td"

def Seq_MinLstmOp : Seq_MinimalCellOp<"min_lstm",
    (ins DefaultValuedAttr<StrAttr, "\"fih\"">:$gate_order,
         UnitAttr:$normalised)> {
  let summary = "Minimal long short-term memory: gates do not see the state.";
  let description = [{
    With the forget gate f, the input gate i, the candidate h~, ⊙ elementwise,
    the activation g (`candidate`, default identity; `half_linear` is that of
    the published computation in logarithms):

        f, i = sigmoid(W_f x_t + b_f), sigmoid(W_i x_t + b_i)
        h~   = g(W_h x_t + b_h)
        h'   = f ⊙ h + i ⊙ h~
        h'   = (f ⊙ h + i ⊙ h~) / (f + i)      `normalised`

    `gate_order` says how the rows of w and the bias are arranged: a permutation
    of "fih". The quotients are formed from logarithms: gates that are both
    almost shut divide no zero by zero.

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [3, H, I], bias [3, H],
    h0 [B, H] (zero if left out), lengths [B] of integers. Results: y [T, B, H]
    ([B, T, H]), h [B, H] after the last step.
    Source: Feng et al., Were RNNs all we needed?, 2024, section 3.2
    (normalised: its length-independent scaling).

    Constraints:
    1. ranks, static extents and element types agree as above; I and H are
       static;
    2. `gate_order` is a permutation of the letters of fih.

    Example:
    ```mlir
    %y, %h = seq.min_lstm x(%x) w(%w) bias(%b) {normalised}
        : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_MINLSTM_TD
