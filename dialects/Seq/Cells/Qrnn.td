//===- Qrnn.td - quasi-recurrent network -------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_QRNN_TD
#define SEQ_CELLS_QRNN_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_QrnnOp : Seq_Op<"qrnn", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "Quasi-recurrent layer: a causal convolution, then pooling.";
  let description = [{
    With ⊙ elementwise, the activation g (`candidate`, default tanh), and gates
    that see the last K inputs, a_t = W_a1 x_{t-K+1} + ... + W_aK x_t + b_a:

        z = g(a_z),   f, o, i = sigmoid(a_f), sigmoid(a_o), sigmoid(a_i)

    `gate_order` says which gates there are, and how the rows of w and the bias
    are arranged; the gates decide how the layer pools:

        c' = f ⊙ c + (1 - f) ⊙ z,   y = c'           z, f: f-pooling
        c' = f ⊙ c + (1 - f) ⊙ z,   y = o ⊙ c'       z, f, o: fo-pooling
        c' = f ⊙ c + i ⊙ z,         y = o ⊙ c'       z, f, o, i: ifo-pooling

    Shapes: x [T, B, I]; w [G, H, K, I] with G gates, the newest input's tap last;
    bias [G, H]; past [K - 1, B, I] (the inputs before the first, oldest first;
    zero if left out); c0 [B, H] (zero if left out); lengths [B] of integers.
    Results: y [T, B, H], c [B, H] after the last step, and, if K > 1, the past of
    what comes next.

    `reverse` walks from a sequence's end to its beginning: the last K inputs are
    x_t ... x_{t+K-1}, a_t = W_a1 x_{t+K-1} + ... + W_aK x_t + b_a, so that the newest
    tap, the last, meets x_t here too. The past is what follows the sequence's end,
    and its first K - 1 rows are the past of what comes next; both in the order of
    time.

    A sequence with `lengths` has so many steps. Behind them y is zero and x does not
    matter, c is the state after the last one walked, and the past that borders on
    its end (the result, or in reverse the operand) borders on its own.
    Source: Bradbury et al., Quasi-recurrent neural networks, 2016, section 2.

    Constraints:
    1. ranks, static extents and element types agree as above; I, H and K are
       static and K is at least 1;
    2. `gate_order` is a permutation of the letters of zf, zfo or zfoi;
    3. past and its result belong to K > 1.

    Example:
    ```mlir
    %y, %c, %p = seq.qrnn x(%x) w(%w) {gate_order = "zfo"}
        : (tensor<?x1x16xf32>, tensor<3x8x2x16xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x1x16xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$w,
                       Optional<AnyRankedTensor>:$bias,
                       Optional<AnyRankedTensor>:$past,
                       Optional<AnyRankedTensor>:$c0,
                       Optional<AnyRankedTensor>:$lengths, StrAttr:$gate_order,
                       OptionalAttr<Seq_ActivationAttr>:$candidate,
                       UnitAttr:$reverse);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$c,
                      Optional<AnyRankedTensor>:$next_past);
  let assemblyFormat = [{
    `x` `(` $x `)` `w` `(` $w `)` (`bias` `(` $bias^ `)`)?
    (`past` `(` $past^ `)`)? (`c0` `(` $c0^ `)`)?
    (`lengths` `(` $lengths^ `)`)? (`reverse` $reverse^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_QRNN_TD
