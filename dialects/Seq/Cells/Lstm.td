//===- Lstm.td - long short-term memory --------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_LSTM_TD
#define SEQ_CELLS_LSTM_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_LstmOp : Seq_Op<"lstm", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
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
    ifgo). Peepholes are in the order i, o, f. `clip` limits the inputs of the
    activations to [-clip, clip]. `input_forget` couples the gates: f = 1 - i.

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [4, H, I],
    r [4, H, H], input_bias and recurrent_bias [4, H], peepholes [3, H], h0 and
    c0 [B, H] (zero if left out), lengths [B] of integers. Results: y [T, B, H]
    ([B, T, H]), h and c [B, H] after the last step.
    Source: ONNX operator specification, LSTM-22; Hochreiter and Schmidhuber,
    1997; Gers and Schmidhuber, 2000 (peepholes).

    Constraints:
    1. ranks and static extents agree as above;
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
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$w,
                       AnyRankedTensor:$r,
                       Optional<AnyRankedTensor>:$input_bias,
                       Optional<AnyRankedTensor>:$recurrent_bias,
                       Optional<AnyRankedTensor>:$peepholes,
                       Optional<AnyRankedTensor>:$h0,
                       Optional<AnyRankedTensor>:$c0,
                       Optional<AnyRankedTensor>:$lengths,
                       DefaultValuedAttr<StrAttr, "\"iofc\"">:$gate_order,
                       OptionalAttr<TypedArrayAttrBase<Seq_ActivationAttr,
                         "three activations">>:$activations,
                       OptionalAttr<F64Attr>:$clip,
                       UnitAttr:$input_forget, UnitAttr:$reverse,
                       UnitAttr:$batch_major);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$h,
                      AnyRankedTensor:$c);
  let assemblyFormat = [{
    `x` `(` $x `)` `w` `(` $w `)` `r` `(` $r `)`
    (`input_bias` `(` $input_bias^ `)`)?
    (`recurrent_bias` `(` $recurrent_bias^ `)`)?
    (`peepholes` `(` $peepholes^ `)`)? (`h0` `(` $h0^ `)`)?
    (`c0` `(` $c0^ `)`)? (`lengths` `(` $lengths^ `)`)?
    (`reverse` $reverse^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_LSTM_TD
