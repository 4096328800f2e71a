//===- Rnn.td - the plain recurrent layer ------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_RNN_TD
#define SEQ_CELLS_RNN_TD

include "dialects/Seq/Cells/RecurrentCell.td"

def Seq_RnnOp : Seq_RecurrentCellOp<"rnn",
    (ins OptionalAttr<Seq_ActivationAttr>:$readout_activation,
         UnitAttr:$transposed),
    (ins Optional<AnyRankedTensor>:$readout, Optional<AnyRankedTensor>:$skip,
         Optional<AnyRankedTensor>:$readout_bias),
    [{ (`readout` `(` $readout^ `)`)? (`skip` `(` $skip^ `)`)?
       (`readout_bias` `(` $readout_bias^ `)`)? }]> {
  let summary = "A recurrent layer with one product of its state (Elman), one direction.";
  let description = [{
    With the activation f (`activations`, default tanh):

        h' = f(W x_t + R h + Wb + Rb)
        y  = h'

    and with a readout, in which g is `readout_activation` (default: none):

        y  = g(C h' + D x_t + b)

    where C is `readout`, D `skip`, b `readout_bias`. `transposed` says that the
    matrices multiply row vectors from the right, h W: w, r, readout and skip
    then have their dimensions swapped. `clip` limits the input of f to
    [-clip, clip].

    Shapes: x [T, B, I] ([B, T, I] with `batch_major`), w [H, I], r [H, H],
    input_bias and recurrent_bias [H], readout [O, H], skip [O, I], readout_bias
    [O], h0 [B, H] (zero if left out), lengths [B] of integers. Results:
    y [T, B, O] ([B, T, O]; O = H without a readout), h [B, H] after the last
    step. From a sequence's length on, y is zero, with a readout too.
    Source: ONNX operator specification, RNN-22; Elman, Finding structure in
    time, 1990.

    Constraints:
    1. ranks, static extents and element types agree as above; I, H and O are
       static;
    2. there is one activation, `clip` is not negative;
    3. `skip`, `readout_bias` and `readout_activation` come with a `readout`.

    Example:
    ```mlir
    %y, %h = seq.rnn x(%x) w(%w) r(%r) {activations = [#seq.activation<relu>]}
        : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_RNN_TD
