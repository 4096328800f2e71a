//===- SeqTransitions.td - ops that update a carry ---------*- tablegen -*-===//
#ifndef SEQ_TRANSITIONS_TD
#define SEQ_TRANSITIONS_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_Number : AnyTypeOf<[AnyFloat, TensorOf<[AnyFloat]>]>;

class Seq_TransitionOp<string mnemonic, list<string> methods,
                       list<Trait> traits = []>
    : Seq_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<Seq_TransitionOpInterface, methods>],
        traits)> {
  let hasVerifier = 1;
}

def Seq_AffineOp : Seq_TransitionOp<"affine",
    ["isAssociative", "isComposite", "decompose", "getGainOperands",
     "buildAdjoint"], [
    AllTypesMatch<["state", "gain", "result"]>,
    DeclareOpInterfaceMethods<Seq_BodyOpInterface, ["buildElement"]>]> {
  let summary = "s' = a s + b.";
  let description = [{
    The affine update over a semiring: `plus_times`, s' = a s + b; `max_plus`,
    max(a + s, b); `log_plus`, log(exp(a + s) + exp(b)). The decay a is

    - elementwise, of the state's type;
    - that of a row: of the type of the state's leading dimensions (a scalar for
      all of it, a vector for the rows of a matrix), which keeps summaries small;
    - `matrix(%a)`: a square matrix over the state's first dimension,
      s'[i, j...] = sum_k a[i, k] s[k, j...] + b[i, j...].

    With `exp(%log)` the decay is given as its logarithm, and summaries add
    logarithms instead of multiplying decays. Composition, earlier first:
    (a1, b1) then (a2, b2) is (a2 a1, a2 b1 + b2). A complex matrix is a real one
    of twice the size; complex diagonals are `seq.complex_affine`.
    Source: Blelloch, Prefix sums and their applications, 1990, section 1.4.

    Constraints:
    1. state, gain and result have one floating-point type, scalar or tensor,
       and the decay has its element type;
    2. the decay has the state's leading dimensions, or, with `matrix`, is a
       square matrix over its first one;
    3. `exp` is for `plus_times` only, since the other semirings work on
       logarithms already, and not for matrices.

    Example: `%h1 = seq.affine exp(%log) * %h + %gain : tensor<16xf32>`,
    `%s1 = seq.affine matrix(%a) * %s + %b : tensor<4x4xf32>, tensor<4xf32>`
  }];
  let arguments = (ins Seq_Number:$decay, Seq_Number:$state, Seq_Number:$gain,
                       UnitAttr:$log_decay,
                       DefaultValuedAttr<Seq_SemiringAttr,
                         "::seqc::seq::Semiring::PlusTimes">:$semiring,
                       UnitAttr:$full);
  let results = (outs Seq_Number:$result);
  let hasCustomAssemblyFormat = 1;
  let hasCanonicalizeMethod = 1;
}

def Seq_ComplexAffineOp : Seq_TransitionOp<"complex_affine",
    ["getGainOperands", "buildAdjoint"], [
    DeclareOpInterfaceMethods<Seq_BodyOpInterface, ["buildElement"]>,
    AllTypesMatch<["decay_real", "decay_imag"]>,
    AllTypesMatch<["real", "imag", "gain_real", "gain_imag", "next_real",
                   "next_imag"]>]> {
  let summary = "z' = a z + b with complex numbers.";
  let description = [{
    A complex diagonal (S4D, S5, LRU) as pairs: two carries, the real and the
    imaginary parts, that one transition updates. Vectors of complex elements are
    no type that LLVM has; of a pair, every part is a vector of its own, and a
    product is four multiply-adds without a shuffle.

    With `exp(%log, %angle)` the decay is exp(log + i angle), |a| = exp(log), and
    summaries add both. The decay has the state's type or that of its leading
    dimensions, as in `seq.affine`.

    Constraints:
    1. all parts of the state and the gain have one floating-point type, and so
       have both parts of the decay;
    2. the decay has the state's leading dimensions.

    Example:
    `%x1, %y1 = seq.complex_affine (%ax, %ay) * (%x, %y) + (%bx, %by) : tensor<8xf32>`
  }];
  let arguments = (ins Seq_Number:$decay_real, Seq_Number:$decay_imag,
                       Seq_Number:$real, Seq_Number:$imag,
                       Seq_Number:$gain_real, Seq_Number:$gain_imag,
                       UnitAttr:$log_decay);
  let results = (outs Seq_Number:$next_real, Seq_Number:$next_imag);
  let hasCustomAssemblyFormat = 1;
}

def Seq_MatrixOp : Seq_TransitionOp<"matrix",
    ["isAssociative", "isComposite", "decompose"],
    [AllTypesMatch<["state", "result"]>,
     OptionalTypesMatchWith<"rows are numbers for the matrix' rows", "matrix",
                            "rows", "::seqc::seq::getRowsType($_self)">]> {
  let summary = "s' = A s over a semiring.";
  let description = [{
    s'[i, j...] = sum_k A[i, k] s[k, j...], and s'[i, j...] scaled by e[i] with
    `rows(%e)`; over `max_plus` and `log_plus` products are sums, and sums are
    maxima or logarithms of sums of exponentials: a step of a hidden Markov
    model's forward sum is e_t[i] + log sum_k exp(A[i, k] + s[k]). A, e or both
    may change with every step. Composition, earlier first: A1 then A2 is A2 A1.
    Source: Hassan, Särkkä and García-Fernández, Temporal parallelization of
    inference in hidden Markov models, 2021, section III.

    Constraints:
    1. the matrix is square, of floats, and the state has its extent as first
       dimension and its element type;
    2. rows have a number for each row of the matrix.

    Example:
    `%s1 = seq.matrix %a * %s rows(%e) {semiring = #seq<semiring log_plus>} : tensor<4x4xf32>, tensor<4xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$matrix, AnyRankedTensor:$state,
                       Optional<AnyRankedTensor>:$rows,
                       DefaultValuedAttr<Seq_SemiringAttr,
                         "::seqc::seq::Semiring::PlusTimes">:$semiring);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $matrix `*` $state (`rows` `(` $rows^ `)`)? attr-dict `:` type($matrix) `,`
    type($state)
  }];
}

def Seq_ScaledAffineOp : Seq_TransitionOp<"scaled_affine",
    ["isComposite", "decompose"], [SameVariadicOperandSize,
    AllTypesMatch<["decay", "exponent", "weight", "next_exponent"]>]> {
  let summary = "Fading sums that share a running exponent.";
  let description = [{
    Carries (m, S_1, ..., S_n) stand for the sums exp(m) S_j, which none of them
    could hold. A step fades the sums by exp(f) and adds exp(w) V_j:

        m'   = max(m + f, w)
        S_j' = exp(m + f - m') S_j + exp(w - m') V_j

    so that only exponentials of what is not positive are formed: RWKV-4's
    average of keys and values, the matrix memory and normaliser of an mLSTM,
    an online softmax (f = 0). The exponent belongs to a sum's leading
    dimensions; -inf is that of an empty sum.
    Source: Milakov and Gimelshein, Online normalizer calculation for softmax,
    2018; Beck et al., xLSTM, 2024, appendix A.

    Constraints:
    1. decay, exponent and weight have one floating-point type, and there is one
       sum at least;
    2. every sum and what is added to it have one type, whose leading dimensions
       are the exponent's.

    Example:
    `%m1, %s1, %z1 = seq.scaled_affine exp(%f) * (%m, %s, %z) + exp(%w) * (%kv, %k) : f32, tensor<4x8xf32>, tensor<4xf32>`
  }];
  let arguments = (ins Seq_Number:$decay, Seq_Number:$weight,
                       Seq_Number:$exponent, Variadic<Seq_Number>:$sums,
                       Variadic<Seq_Number>:$values);
  let results = (outs Seq_Number:$next_exponent,
                      Variadic<Seq_Number>:$next_sums);
  let hasCustomAssemblyFormat = 1;
}

def Seq_DplrAffineOp : Seq_TransitionOp<"dplr_affine",
    ["isAssociative", "isComposite", "decompose", "getGainOperands",
     "buildAdjoint"],
    [AllTypesMatch<["state", "result"]>,
     TypesMatchWith<"left has a number for each row of the state", "state",
                    "left", "::seqc::seq::getRowsType($_self)">,
     TypesMatchWith<"right has a number for each row of the state", "state",
                    "right", "::seqc::seq::getRowsType($_self)">,
     TypesMatchWith<"key has a number for each row of the state", "state",
                    "key", "::seqc::seq::getRowsType($_self)">,
     TypesMatchWith<"value is a row of the state", "state", "value",
                    "::seqc::seq::getRowType($_self)">]> {
  let summary = "S' = (diag(w) + a b^T) S + k v^T.";
  let description = [{
    A diagonal plus a matrix of rank one takes the state on: the delta rule
    (w = 1, a = -beta k, b = k, v scaled by beta), its gated form (w and a scaled
    by the gate), RWKV-7. The state is a matrix [keys, values...]; with a value
    dimension in the domain it is a vector, and v a scalar. With `log_decay` the
    diagonal is given as its logarithm; it is a number for each row, or one.

    A step costs a few passes over S and needs no product of matrices. Summaries
    are dense, (A, B): S' = A S + B; extending one is the step on A and on B.
    Source: Yang et al., Parallelizing linear transformers with the delta rule,
    2024, section 3; Peng et al., RWKV-7, 2025, section 3.

    Constraints:
    1. the state is a tensor of floats with at least one dimension;
    2. the decay is a float of the state's element type, or has one for each row;
    3. left, right and key have a number for each row of the state, value is a
       row of it.

    Example:
    `%S1 = seq.dplr_affine (%w + %a x %b) * %S + %k x %v : tensor<4xf32>, tensor<4x8xf32>`
  }];
  let arguments = (ins Seq_Number:$decay, Seq_Number:$left, Seq_Number:$right,
                       AnyRankedTensor:$state, Seq_Number:$key,
                       Seq_Number:$value, UnitAttr:$log_decay);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    `(` $decay `+` $left `x` $right `)` `*` $state `+` $key `x` $value attr-dict
    `:` type($decay) `,` type($state)
  }];
}

#endif // SEQ_TRANSITIONS_TD
