//===- SelectiveScan.td - Mamba's state space layer --------*- tablegen -*-===//
#ifndef SEQ_CELLS_SELECTIVE_SCAN_TD
#define SEQ_CELLS_SELECTIVE_SCAN_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_SelectiveScanOp : Seq_Op<"selective_scan", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "Selective state space scan (Mamba).";
  let description = [{
    For every batch entry and channel d, with the state h of N numbers:

        Δ  = delta_t + delta_bias, then softplus with `delta_softplus`
        h' = exp(Δ A[d]) ⊙ h + Δ u_t B_t
        y  = C_t · h' + D[d] u_t, then y ⊙ z_t sigmoid(z_t) where z is given

    Shapes: u, delta, z [B, T, D]; a [D, N]; b, c [B, T, N]; skip (D) and
    delta_bias [D]; h0 [B, D, N] (zero if left out). Results: y [B, T, D],
    the final state [B, D, N].
    Source: Gu and Dao, Mamba, 2023, algorithm 2 (discretisation exp(ΔA), ΔB).

    Constraints:
    1. ranks and static extents agree as above; N is static;
    2. all element types are the same float.

    Example:
    ```mlir
    %y, %h = seq.selective_scan u(%u) delta(%dt) a(%a) b(%b) c(%c) {delta_softplus}
        : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf32>, tensor<1x?x4xf32>, tensor<1x?x4xf32>)
        -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$u, AnyRankedTensor:$delta,
                       AnyRankedTensor:$a, AnyRankedTensor:$b,
                       AnyRankedTensor:$c, Optional<AnyRankedTensor>:$skip,
                       Optional<AnyRankedTensor>:$delta_bias,
                       Optional<AnyRankedTensor>:$z,
                       Optional<AnyRankedTensor>:$h0,
                       UnitAttr:$delta_softplus);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$h);
  let assemblyFormat = [{
    `u` `(` $u `)` `delta` `(` $delta `)` `a` `(` $a `)` `b` `(` $b `)`
    `c` `(` $c `)` (`skip` `(` $skip^ `)`)?
    (`delta_bias` `(` $delta_bias^ `)`)? (`z` `(` $z^ `)`)?
    (`h0` `(` $h0^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_SELECTIVE_SCAN_TD
