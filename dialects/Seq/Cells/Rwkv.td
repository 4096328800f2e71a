//===- Rwkv.td - the layers of RWKV ------------------------*- tablegen -*-===//
#ifndef SEQ_CELLS_RWKV_TD
#define SEQ_CELLS_RWKV_TD

include "dialects/Seq/Cells/Gru.td"

/// A layer that mixes every token with the one before, projects the mixtures
/// and maybe keeps a memory. `state` is written after the weights.
class Seq_RwkvOp<string mnemonic, dag weights, dag states, dag switches,
                 dag outputs, string format>
    : Seq_Op<mnemonic, [Pure, AttrSizedOperandSegments,
                        DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let arguments = !con((ins AnyRankedTensor:$x), weights,
                       (ins Optional<AnyRankedTensor>:$shift0), states,
                       switches);
  let results = !con((outs AnyRankedTensor:$y, AnyRankedTensor:$shift),
                     outputs);
  let assemblyFormat = "`x` `(` $x `)`" # format # [{
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Seq_Rwkv4TimeMixOp : Seq_RwkvOp<"rwkv4_time_mix",
    (ins AnyRankedTensor:$mix_r, AnyRankedTensor:$mix_k,
         AnyRankedTensor:$mix_v, AnyRankedTensor:$w_r, AnyRankedTensor:$w_k,
         AnyRankedTensor:$w_v, AnyRankedTensor:$w_o, AnyRankedTensor:$decay,
         AnyRankedTensor:$bonus),
    (ins Optional<AnyRankedTensor>:$numerator0,
         Optional<AnyRankedTensor>:$denominator0,
         Optional<AnyRankedTensor>:$exponent0),
    (ins),
    (outs AnyRankedTensor:$numerator, AnyRankedTensor:$denominator,
          AnyRankedTensor:$exponent),
    [{ `mix_r` `(` $mix_r `)` `mix_k` `(` $mix_k `)` `mix_v` `(` $mix_v `)`
       `w_r` `(` $w_r `)` `w_k` `(` $w_k `)` `w_v` `(` $w_v `)`
       `w_o` `(` $w_o `)` `decay` `(` $decay `)` `bonus` `(` $bonus `)`
       (`shift0` `(` $shift0^ `)`)? (`numerator0` `(` $numerator0^ `)`)?
       (`denominator0` `(` $denominator0^ `)`)?
       (`exponent0` `(` $exponent0^ `)`)? }]> {
  let summary = "Time mixing of RWKV-4.";
  let description = [{
    With x' the token before x (at the start `shift0`), ⊙ elementwise:

        r, k, v = W_r m_r, W_k m_k, W_v m_v,   m_i = mix_i ⊙ x + (1 - mix_i) ⊙ x'
        p_t = sum over i < t of exp(k_i + (t - 1 - i) decay) ⊙ v_i
        q_t = sum over i < t of exp(k_i + (t - 1 - i) decay)
        y   = W_o (sigmoid(r) ⊙ (p + exp(bonus + k) ⊙ v) / (q + exp(bonus + k)))

    `decay` is a logarithm, -exp(w) of the w that is trained, and must not be
    positive. Sums are kept as p exp(-m), q exp(-m) and m with m a running
    maximum, so that no exponential overflows; m begins as -1e38 if left out.

    Shapes: x, y [T, B, C]; mix, decay, bonus [C]; w [C, C]; shift0 (the last x),
    numerator0, denominator0, exponent0 and the results after y [B, C].
    Source: Peng et al., RWKV: reinventing RNNs for the transformer era, 2023,
    equations 11 to 18.

    Constraints:
    1. ranks, static extents and element types agree as above; C is static;
    2. numerator0, denominator0 and exponent0 are given together.

    Example:
    ```mlir
    %y, %s, %n, %d, %e = seq.rwkv4_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
        w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%m) bonus(%m)
        : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
           tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
           tensor<8xf32>, tensor<8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
            tensor<1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

def Seq_Rwkv5TimeMixOp : Seq_RwkvOp<"rwkv5_time_mix",
    (ins AnyRankedTensor:$mix_r, AnyRankedTensor:$mix_k,
         AnyRankedTensor:$mix_v, Optional<AnyRankedTensor>:$mix_g,
         AnyRankedTensor:$w_r, AnyRankedTensor:$w_k, AnyRankedTensor:$w_v,
         Optional<AnyRankedTensor>:$w_g, AnyRankedTensor:$w_o,
         AnyRankedTensor:$decay, AnyRankedTensor:$bonus,
         AnyRankedTensor:$norm_weight, AnyRankedTensor:$norm_bias),
    (ins Optional<AnyRankedTensor>:$state0),
    (ins DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon),
    (outs AnyRankedTensor:$state),
    [{ `mix_r` `(` $mix_r `)` `mix_k` `(` $mix_k `)` `mix_v` `(` $mix_v `)`
       (`mix_g` `(` $mix_g^ `)`)?
       `w_r` `(` $w_r `)` `w_k` `(` $w_k `)` `w_v` `(` $w_v `)`
       (`w_g` `(` $w_g^ `)`)? `w_o` `(` $w_o `)`
       `decay` `(` $decay `)` `bonus` `(` $bonus `)`
       `norm_weight` `(` $norm_weight `)` `norm_bias` `(` $norm_bias `)`
       (`shift0` `(` $shift0^ `)`)? (`state0` `(` $state0^ `)`)? }]> {
  let summary = "Time mixing of RWKV-5.1 and 5.2.";
  let description = [{
    With x' the token before x (at the start `shift0`), ⊙ elementwise and, in
    each of H heads, S a matrix [N, N] of keys by values:

        r, k, v, g = W_r m_r, ...,   m_i = mix_i ⊙ x + (1 - mix_i) ⊙ x'
        o  = rᵀ (S + diag(bonus) k vᵀ)
        S' = diag(decay) S + k vᵀ
        y  = W_o (norm(o) ⊙ g sigmoid(g))      without the gate where w_g is not given

    `decay` is the factor itself, exp(-exp(w)) of the w that is trained. In
    version 5.1 decay and bonus are one number for each head, [H], and there is
    no gate; in 5.2 they are [H, N]. `norm` is over each head with its own mean and
    variance (plus `epsilon`), then weight and bias.

    Shapes: x, y [T, B, C]; mix, norm_weight, norm_bias [C]; w [C, C]; shift0,
    shift [B, C]; state0, state [B, H, N, N] with H N = C.
    Source: Peng et al., Eagle and Finch: RWKV with matrix-valued states and
    dynamic recurrence, 2024, section 3.1 (RWKV-5.2; 5.1 as in its released code).

    Constraints:
    1. ranks, static extents and element types agree as above; C and H are
       static, and C is a multiple of H;
    2. mix_g and w_g are given together;
    3. `epsilon` is positive.

    Example:
    ```mlir
    %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
        w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%h) bonus(%h)
        norm_weight(%m) norm_bias(%m)
        : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
           tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
           tensor<2xf32>, tensor<2xf32>, tensor<8xf32>, tensor<8xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
    ```
  }];
}

def Seq_Rwkv6TimeMixOp : Seq_RwkvOp<"rwkv6_time_mix",
    (ins AnyRankedTensor:$mix_x, AnyRankedTensor:$mix_w,
         AnyRankedTensor:$mix_k, AnyRankedTensor:$mix_v,
         AnyRankedTensor:$mix_r, AnyRankedTensor:$mix_g,
         AnyRankedTensor:$mix1, AnyRankedTensor:$mix2,
         AnyRankedTensor:$w_r, AnyRankedTensor:$w_k, AnyRankedTensor:$w_v,
         AnyRankedTensor:$w_g, AnyRankedTensor:$w_o,
         AnyRankedTensor:$w0, AnyRankedTensor:$w1, AnyRankedTensor:$w2,
         AnyRankedTensor:$bonus,
         AnyRankedTensor:$norm_weight, AnyRankedTensor:$norm_bias),
    (ins Optional<AnyRankedTensor>:$state0),
    (ins DefaultValuedAttr<F64Attr, "64.0e-5">:$epsilon),
    (outs AnyRankedTensor:$state),
    [{ `mix_x` `(` $mix_x `)` `mix_w` `(` $mix_w `)` `mix_k` `(` $mix_k `)`
       `mix_v` `(` $mix_v `)` `mix_r` `(` $mix_r `)` `mix_g` `(` $mix_g `)`
       `mix1` `(` $mix1 `)` `mix2` `(` $mix2 `)`
       `w_r` `(` $w_r `)` `w_k` `(` $w_k `)` `w_v` `(` $w_v `)`
       `w_g` `(` $w_g `)` `w_o` `(` $w_o `)`
       `w0` `(` $w0 `)` `w1` `(` $w1 `)` `w2` `(` $w2 `)`
       `bonus` `(` $bonus `)`
       `norm_weight` `(` $norm_weight `)` `norm_bias` `(` $norm_bias `)`
       (`shift0` `(` $shift0^ `)`)? (`state0` `(` $state0^ `)`)? }]> {
  let summary = "Time mixing of RWKV-6.";
  let description = [{
    With x' the token before x (at the start `shift0`), ⊙ elementwise and, in
    each of H heads, S a matrix [N, N] of keys by values:

        m   = x + mix_x ⊙ (x' - x)
        m_i = x + (mix_i + M2_i tanh(M1_i m)) ⊙ (x' - x)     i = w, k, v, r, g
        r, k, v, g = W_r m_r, ...
        w  = exp(-exp(w0 + w2 tanh(w1 m_w)))
        o  = rᵀ (S + diag(bonus) k vᵀ)
        S' = diag(w) S + k vᵀ
        y  = W_o (norm(o) ⊙ g sigmoid(g))

    `norm` is over each head with its own mean and variance (plus `epsilon`), then
    weight and bias.

    Shapes: x, y [T, B, C]; mix_x to mix_g, w0, norm_weight, norm_bias [C]; w_r to
    w_o [C, C]; mix1 (M1, in the order wkvrg) [5, R, C], mix2 (M2) [5, C, R]; w1
    [Q, C], w2 [C, Q]; bonus [H, N] with H N = C; shift0, shift [B, C]; state0,
    state [B, H, N, N].
    Source: Peng et al., Eagle and Finch: RWKV with matrix-valued states and
    dynamic recurrence, 2024, section 3.2 (Finch).

    Constraints:
    1. ranks, static extents and element types agree as above; all but T and B
       are static;
    2. `epsilon` is positive.

    Example: see `test/Dialect/rwkv.mlir`.
  }];
}

def Seq_Rwkv7TimeMixOp : Seq_RwkvOp<"rwkv7_time_mix",
    (ins AnyRankedTensor:$mix_r, AnyRankedTensor:$mix_w,
         AnyRankedTensor:$mix_k, AnyRankedTensor:$mix_v,
         AnyRankedTensor:$mix_a, AnyRankedTensor:$mix_g,
         AnyRankedTensor:$w_r, AnyRankedTensor:$w_k, AnyRankedTensor:$w_v,
         AnyRankedTensor:$w_o,
         AnyRankedTensor:$w0, AnyRankedTensor:$w1, AnyRankedTensor:$w2,
         AnyRankedTensor:$a0, AnyRankedTensor:$a1, AnyRankedTensor:$a2,
         AnyRankedTensor:$g1, AnyRankedTensor:$g2,
         Optional<AnyRankedTensor>:$v_first, Optional<AnyRankedTensor>:$v0,
         Optional<AnyRankedTensor>:$v1, Optional<AnyRankedTensor>:$v2,
         AnyRankedTensor:$k_k, AnyRankedTensor:$k_a, AnyRankedTensor:$r_k,
         AnyRankedTensor:$norm_weight, AnyRankedTensor:$norm_bias),
    (ins Optional<AnyRankedTensor>:$state0),
    (ins DefaultValuedAttr<F64Attr, "64.0e-5">:$epsilon),
    (outs AnyRankedTensor:$state, AnyRankedTensor:$v),
    [{ `mix_r` `(` $mix_r `)` `mix_w` `(` $mix_w `)` `mix_k` `(` $mix_k `)`
       `mix_v` `(` $mix_v `)` `mix_a` `(` $mix_a `)` `mix_g` `(` $mix_g `)`
       `w_r` `(` $w_r `)` `w_k` `(` $w_k `)` `w_v` `(` $w_v `)`
       `w_o` `(` $w_o `)` `w0` `(` $w0 `)` `w1` `(` $w1 `)` `w2` `(` $w2 `)`
       `a0` `(` $a0 `)` `a1` `(` $a1 `)` `a2` `(` $a2 `)`
       `g1` `(` $g1 `)` `g2` `(` $g2 `)`
       (`v_first` `(` $v_first^ `)` `v0` `(` $v0 `)` `v1` `(` $v1 `)`
        `v2` `(` $v2 `)`)?
       `k_k` `(` $k_k `)` `k_a` `(` $k_a `)` `r_k` `(` $r_k `)`
       `norm_weight` `(` $norm_weight `)` `norm_bias` `(` $norm_bias `)`
       (`shift0` `(` $shift0^ `)`)? (`state0` `(` $state0^ `)`)? }]> {
  let summary = "Time mixing of RWKV-7.";
  let description = [{
    With x' the token before x (at the start `shift0`), ⊙ elementwise and, in
    each of H heads, S a matrix [N, N] of keys by values:

        r, k, v = W_r m_r, W_k m_k, W_v m_v,   m_i = mix_i ⊙ x' + (1 - mix_i) ⊙ x
        w = exp(-exp(-1/2) sigmoid(w0 + w2 tanh(w1 m_w)))
        a = sigmoid(a0 + a2 a1 m_a),   g = g2 sigmoid(g1 m_g)
        v = v + sigmoid(v0 + v2 v1 m_v) ⊙ (v_first - v)      where v_first is given
        κ = k_k ⊙ k, divided in each head by its norm (by 1e-12 if that is more)
        k = k ⊙ (1 + k_a ⊙ (a - 1))
        S' = diag(w) S - (κ ⊙ a) (κᵀ S) + k vᵀ
        y  = W_o (g ⊙ (norm(rᵀ S') + (r ⊙ r_k)ᵀ k v))

    `norm` is over each head with its own mean and variance (plus `epsilon`), then
    weight and bias. The result v is W_v m_v: v_first of the layers above the first.

    Shapes: x, y, v, v_first [T, B, C]; mix, w0, a0, v0, k_k, k_a, norm_weight,
    norm_bias [C]; w_r, w_k, w_v, w_o [C, C]; w1, a1, g1, v1 [R, C] and w2, a2,
    g2, v2 [C, R], each with an R of its own; r_k [H, N] with H N = C; shift0,
    shift [B, C]; state0, state [B, H, N, N].
    Source: Peng et al., RWKV-7 "Goose" with expressive dynamic state evolution,
    2025, section 4.

    Constraints:
    1. ranks, static extents and element types agree as above; all but T and B
       are static;
    2. v_first, v0, v1 and v2 are given together;
    3. `epsilon` is positive.

    Example: see `test/Dialect/rwkv.mlir`.
  }];
}

def Seq_RwkvChannelMixOp : Seq_RwkvOp<"rwkv_channel_mix",
    (ins AnyRankedTensor:$mix_k, Optional<AnyRankedTensor>:$mix_r,
         AnyRankedTensor:$w_k, AnyRankedTensor:$w_v,
         Optional<AnyRankedTensor>:$w_r),
    (ins), (ins Seq_UpdateGateAttr:$mix), (outs),
    [{ `mix_k` `(` $mix_k `)` (`mix_r` `(` $mix_r^ `)`)?
       `w_k` `(` $w_k `)` `w_v` `(` $w_v `)` (`w_r` `(` $w_r^ `)`)?
       (`shift0` `(` $shift0^ `)`)? }]> {
  let summary = "Channel mixing of RWKV, all versions.";
  let description = [{
    With x' the token before x (at the start `shift0`), ⊙ elementwise:

        m_i = mix_i ⊙ x + (1 - mix_i) ⊙ x'      opens_for_new (versions 4 and 5)
        m_i = mix_i ⊙ x' + (1 - mix_i) ⊙ x      keeps_old (versions 6 and 7)
        y   = sigmoid(W_r m_r) ⊙ W_v relu(W_k m_k)²

    without the factor of r where w_r is not given (version 7).

    Shapes: x, y [T, B, C]; mix [C]; w_k [F, C]; w_v [C, F]; w_r [C, C]; shift0,
    shift [B, C].
    Source: Peng et al., RWKV: reinventing RNNs for the transformer era, 2023,
    equations 19 to 21.

    Constraints:
    1. ranks, static extents and element types agree as above; C and F are
       static;
    2. mix_r and w_r are given together.

    Example:
    ```mlir
    %y, %s = seq.rwkv_channel_mix x(%x) mix_k(%m) w_k(%k) w_v(%v)
        {mix = #seq.update_gate<keeps_old>}
        : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<32x8xf32>, tensor<8x32xf32>)
        -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
    ```
  }];
}

#endif // SEQ_CELLS_RWKV_TD
