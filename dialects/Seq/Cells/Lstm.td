//===- Lstm.td - long short-term memory --------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_LSTM_TD
#define SEQ_CELLS_LSTM_TD

include "dialects/Seq/Cells/RecurrentCell.td"

def Seq_CoupledGates : I32EnumAttr<"CoupledGates",
    "which of an LSTM's input and forget gates follows from the other", [
    I32EnumAttrCase<"ForgetFromInput", 0, "forget_from_input">,
    I32EnumAttrCase<"InputFromForget", 1, "input_from_forget">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}
def Seq_CoupledGatesAttr
    : EnumAttr<Seq_Dialect, Seq_CoupledGates, "coupled_gates"> {
  let assemblyFormat = "`<` $value `>`";
}

def Seq_LstmOp : Seq_RecurrentCellOp<"lstm",
    (ins DefaultValuedAttr<StrAttr, "\"iofc\"">:$gate_order,
         OptionalAttr<Seq_CoupledGatesAttr>:$coupled),
    (ins Optional<AnyRankedTensor>:$peepholes,
         Optional<AnyRankedTensor>:$projection),
    [{ (`peepholes` `(` $peepholes^ `)`)? (`projection` `(` $projection^ `)`)? }],
    (ins Optional<AnyRankedTensor>:$c0), "(`c0` `(` $c0^ `)`)?",
    (outs AnyRankedTensor:$c)> {
  let summary = "Long short-term memory, one direction.";
  let description = [{
    With gates i, o, f and the candidate c~, ⊙ elementwise, activations
    f, g, h (`activations`, default sigmoid, tanh, tanh):

        i  = f(W_i x_t + R_i h + Wb_i + Rb_i + P_i ⊙ C)
        f  = f(W_f x_t + R_f h + Wb_f + Rb_f + P_f ⊙ C)
        c~ = g(W_c x_t + R_c h + Wb_c + Rb_c)
        C' = f ⊙ C + i ⊙ c~
        o  = f(W_o x_t + R_o h + Wb_o + Rb_o + P_o ⊙ C')
        h' = o ⊙ h(C')

    `gate_order` says how the rows of w, r and the biases are arranged: a
    permutation of "iofc" (ONNX: "iofc"; PyTorch: "ifco", which it writes
    ifgo). Peepholes are in the order i, o, f; as [3, H] they are the diagonals
    above, as [3, H, H] whole matrices, P C. `projection` makes h' = Q (o ⊙
    h(C')). `clip` limits the inputs of the activations to [-clip, clip].
    `coupled` derives one gate from the other and does not read its rows:
    `forget_from_input` is f = 1 - i (ONNX's input_forget), `input_from_forget`
    is i = 1 - f.

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [4, H, I],
    r [4, H, P], input_bias and recurrent_bias [4, H], peepholes [3, H] or
    [3, H, H], projection [P, H] (without it P = H), h0 [B, P] and c0 [B, H]
    (zero if left out), lengths [B] of integers. Results: y [T, B, P]
    ([B, T, P]), h [B, P] and c [B, H] after the last step.
    Source: ONNX operator specification, LSTM-22; Hochreiter and Schmidhuber,
    1997; Gers and Schmidhuber, 2000 (peepholes); Sak, Senior and Beaufays, 2014
    (projection).

    Constraints:
    1. ranks, static extents and element types agree as above; I, H and P are
       static;
    2. `gate_order` is a permutation of the letters of iofc;
    3. h0 and c0 come together;
    4. there are three activations, `clip` is not negative.

    Example:
    ```mlir
    %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) input_bias(%wb)
        : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>, tensor<4x8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_LSTM_TD
