//===- DiagonalSsm.td - diagonal state space layers --------*- tablegen -*-===//
#ifndef SEQ_CELLS_DIAGONAL_SSM_TD
#define SEQ_CELLS_DIAGONAL_SSM_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_Discretisation : I32EnumAttr<"Discretisation",
    "how a continuous layer becomes steps", [
    I32EnumAttrCase<"ZeroOrderHold", 0, "zero_order_hold">,
    I32EnumAttrCase<"Bilinear", 1, "bilinear">,
    I32EnumAttrCase<"Given", 2, "given">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}
def Seq_DiscretisationAttr : EnumAttr<Seq_Dialect, Seq_Discretisation,
                                      "discretisation"> {
  let assemblyFormat = "`<` $value `>`";
}

def Seq_DiagonalSsmOp : Seq_Op<"diagonal_ssm", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "State space layer with a complex diagonal: S4D, S5, LRU.";
  let description = [{
    With complex states h, a and b, c complex (each a pair of operands), ⊙
    elementwise and steps of length Δ (`delta`):

        h' = λ ⊙ h + g,   y = Re(C h') + D ⊙ x_t,   2 Re(C h') with `conjugate`,

    which is for states of which one of each conjugate pair is kept. The
    discretisation says what λ is, and w with g = w ⊙ (B x_t):

        λ = exp(Δ a),                    w = (λ - 1) / a        zero_order_hold
        λ = (1 + Δ a / 2) / (1 - Δ a / 2),   w = Δ / (1 - Δ a / 2)     bilinear
        λ = exp(a),                      w = 1                   given (no Δ)

    The rank of a decides what the layer mixes:

    - a [D, N]: every channel has N states of its own (S4D): B and C are b and c
      [D, N], B x = b x_d, C h the sum over the channel's states; Δ [D].
    - a [N]: N states that all channels share (S5, LRU): B and C are matrices, b
      [N, D] and c [P, N]; Δ [N].

    b may be left out where a is [D, N]: ones. LRU is `given` with
    a = -exp(ν) + i exp(θ) and b scaled by its γ.

    Shapes: x [T, B, D]; skip (D) [D]; h0_real, h0_imag [B, D, N] or [B, N] (zero if
    left out). Results: y [T, B, D] or [T, B, P], the last state as a pair.
    Source: Gu et al., On the parameterization and initialization of diagonal
    state space models, 2022 (S4D); Smith, Warrington and Linderman, Simplified
    state space layers, 2022 (S5); Orvieto et al., Resurrecting recurrent neural
    networks for long sequences, 2023 (LRU).

    Constraints:
    1. ranks, static extents and element types agree as above; all but T and B
       are static;
    2. delta is there except with `given`;
    3. b_real and b_imag are given together, and so are h0_real and h0_imag; b is
       left out only where a is [D, N];
    4. skip is for as many outputs as inputs.

    Example:
    ```mlir
    %y, %hr, %hi = seq.diagonal_ssm x(%x) a(%ar, %ai) delta(%d) c(%cr, %ci)
        {discretisation = #seq.discretisation<zero_order_hold>, conjugate}
        : (tensor<?x1x8xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<8xf32>,
           tensor<8x4xf32>, tensor<8x4xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8x4xf32>, tensor<1x8x4xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$a_real,
                       AnyRankedTensor:$a_imag,
                       Optional<AnyRankedTensor>:$delta,
                       Optional<AnyRankedTensor>:$b_real,
                       Optional<AnyRankedTensor>:$b_imag,
                       AnyRankedTensor:$c_real, AnyRankedTensor:$c_imag,
                       Optional<AnyRankedTensor>:$skip,
                       Optional<AnyRankedTensor>:$h0_real,
                       Optional<AnyRankedTensor>:$h0_imag,
                       Seq_DiscretisationAttr:$discretisation,
                       UnitAttr:$conjugate);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$h_real,
                      AnyRankedTensor:$h_imag);
  let assemblyFormat = [{
    `x` `(` $x `)` `a` `(` $a_real `,` $a_imag `)` (`delta` `(` $delta^ `)`)?
    (`b` `(` $b_real^ `,` $b_imag `)`)? `c` `(` $c_real `,` $c_imag `)`
    (`skip` `(` $skip^ `)`)? (`h0` `(` $h0_real^ `,` $h0_imag `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_DIAGONAL_SSM_TD
