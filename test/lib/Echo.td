//===- Echo.td - the cell of the page on adding one --------*- tablegen -*-===//
#ifndef SEQC_TEST_LIB_ECHO_TD
#define SEQC_TEST_LIB_ECHO_TD

def TestSeq_EchoOp : TestSeq_Op<"echo", [
    Pure, DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "Every channel fades at a rate of its own.";
  let description = [{
        s' = sigmoid(rate) ⊙ s + x_t,   y = s'

    Shapes: x, y [T, B, C]; rate [C]; s0 and the last state s [B, C].

    Constraint 1: ranks, static extents and element types agree as above.
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$rate,
                       AnyRankedTensor:$s0);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$s);
  let assemblyFormat = [{
    `x` `(` $x `)` `rate` `(` $rate `)` `s0` `(` $s0 `)` attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQC_TEST_LIB_ECHO_TD
