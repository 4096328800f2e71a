//===- LinearAttention.td - memories of outer products -----*- tablegen -*-===//
#ifndef SEQ_CELLS_LINEAR_ATTENTION_TD
#define SEQ_CELLS_LINEAR_ATTENTION_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_LinearAttentionOp : Seq_Op<"linear_attention", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "Linear attention, retention, GLA, the delta rule, Mamba-2.";
  let description = [{
    For every batch entry and head, with the state S of K rows and V columns and
    w = exp(decay), 1 where there is none:

        S' = w S + k_t v_t^T                       without beta
        S' = w S + beta_t k_t (v_t - (w S)^T k_t)^T     the delta rule
        y_t = scale S'^T q_t

    The decay, a logarithm, is a number for each head and step (retention with a
    constant, RetNet; Mamba-2, with q = C, k = B, v = Δ x), or one for each key
    (GLA). With `normalised`, y_t is divided by q_t . z', where z' = w z + k_t.
    Feature maps are applied to q and k before. Queries may have several heads
    for each one of keys and values: head h reads the state of h floordiv
    (queries' heads / heads).

    Shapes: q [B, T, Hq, K]; k [B, T, H, K]; v [B, T, H, V]; decay [H],
    [B, T, H] or [B, T, H, K]; beta [B, T, H]; state [B, H, K, V] and normaliser
    [B, H, K] (zero if left out). Results: y [B, T, Hq, V], the final state and,
    with `normalised`, the final normaliser.
    Source: Katharopoulos et al., Transformers are RNNs, 2020; Sun et al.,
    Retentive network, 2023; Yang et al., Gated linear attention, 2023, Gated
    delta networks, 2024; ONNX operator LinearAttention, set 27.

    Constraints:
    1. ranks and static extents agree as above; H, Hq, K and V are static, and Hq
       is a multiple of H;
    2. all element types are the same float;
    3. a normaliser belongs to `normalised`, which has no beta.

    Example:
    ```mlir
    %y, %S = seq.linear_attention q(%q) k(%k) v(%v) decay(%g) beta(%b) {scale = 0.5 : f32}
        : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2xf32>)
        -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$q, AnyRankedTensor:$k,
                       AnyRankedTensor:$v, Optional<AnyRankedTensor>:$decay,
                       Optional<AnyRankedTensor>:$beta,
                       Optional<AnyRankedTensor>:$state,
                       Optional<AnyRankedTensor>:$normaliser,
                       DefaultValuedAttr<F32Attr, "1.0f">:$scale,
                       UnitAttr:$normalised);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$next_state,
                      Optional<AnyRankedTensor>:$next_normaliser);
  let assemblyFormat = [{
    `q` `(` $q `)` `k` `(` $k `)` `v` `(` $v `)` (`decay` `(` $decay^ `)`)?
    (`beta` `(` $beta^ `)`)? (`state` `(` $state^ `)`)?
    (`normaliser` `(` $normaliser^ `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_CELLS_LINEAR_ATTENTION_TD
