//===- RecurrentCell.td - what recurrent cells share -------*- tablegen -*-===//
#ifndef SEQ_CELLS_RECURRENT_CELL_TD
#define SEQ_CELLS_RECURRENT_CELL_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// A layer in one direction, with a hidden state h. A cell adds weights
/// (written after the biases), states (after h0), results (after y and h) and
/// switches.
class Seq_RecurrentCellOp<string mnemonic, dag switches,
                          dag weights = (ins), string weightsFormat = "",
                          dag states = (ins), string statesFormat = "",
                          dag finalStates = (outs)>
    : Seq_Op<mnemonic, [Pure, AttrSizedOperandSegments,
                        DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let arguments = !con(
      (ins AnyRankedTensor:$x, AnyRankedTensor:$w, AnyRankedTensor:$r,
           Optional<AnyRankedTensor>:$input_bias,
           Optional<AnyRankedTensor>:$recurrent_bias),
      weights, (ins Optional<AnyRankedTensor>:$h0), states,
      (ins Optional<AnyRankedTensor>:$lengths), switches,
      (ins OptionalAttr<TypedArrayAttrBase<Seq_ActivationAttr,
             "an array of activations">>:$activations,
           OptionalAttr<F64Attr>:$clip, UnitAttr:$reverse,
           UnitAttr:$batch_major));
  let results = !con((outs AnyRankedTensor:$y, AnyRankedTensor:$h),
                     finalStates);
  let assemblyFormat = [{
    `x` `(` $x `)` `w` `(` $w `)` `r` `(` $r `)`
    (`input_bias` `(` $input_bias^ `)`)?
    (`recurrent_bias` `(` $recurrent_bias^ `)`)?
  }] # weightsFormat # "(`h0` `(` $h0^ `)`)?" # statesFormat # [{
    (`lengths` `(` $lengths^ `)`)? (`reverse` $reverse^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_RECURRENT_CELL_TD
