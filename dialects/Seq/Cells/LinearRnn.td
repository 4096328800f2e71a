//===- LinearRnn.td - a linear layer with a whole matrix ---*- tablegen -*-===//
#ifndef SEQ_CELLS_LINEAR_RNN_TD
#define SEQ_CELLS_LINEAR_RNN_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_LinearRnnOp : Seq_Op<"linear_rnn", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "Linear recurrent layer with dense matrices.";
  let description = [{
        s' = A s + B x_t
        y  = C s' + D x_t

    Without c, y = s'; without d, nothing is added.

    Shapes: x [T, B, I]; a [N, N]; b [N, I]; c [P, N]; d [P, I]; s0 [B, N] (zero if
    left out). Results: y [T, B, P] ([T, B, N] without c), the last state s [B, N].
    Source: Kalman, Mathematical description of linear dynamical systems, 1963;
    Gu et al., Combining recurrent, convolutional, and continuous-time models with
    linear state space layers, 2021, section 2.

    Constraints:
    1. ranks, static extents and element types agree as above; all but T and B
       are static.

    Example:
    ```mlir
    %y, %s = seq.linear_rnn x(%x) a(%a) b(%b) c(%c)
        : (tensor<?x1x4xf32>, tensor<8x8xf32>, tensor<8x4xf32>, tensor<2x8xf32>)
        -> (tensor<?x1x2xf32>, tensor<1x8xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$a,
                       AnyRankedTensor:$b, Optional<AnyRankedTensor>:$c,
                       Optional<AnyRankedTensor>:$d,
                       Optional<AnyRankedTensor>:$s0);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$s);
  let assemblyFormat = [{
    `x` `(` $x `)` `a` `(` $a `)` `b` `(` $b `)` (`c` `(` $c^ `)`)?
    (`d` `(` $d^ `)`)? (`s0` `(` $s0^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_LINEAR_RNN_TD
