//===- Markov.td - hidden Markov models and chains ---------*- tablegen -*-===//
#ifndef SEQ_CELLS_MARKOV_TD
#define SEQ_CELLS_MARKOV_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// Scores of N tags over time, in logarithms: emissions [T, B, N], transitions
/// [N, N], and the scores of the tags before the first.
class Seq_MarkovOp<string mnemonic>
    : Seq_Op<mnemonic, [Pure, DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let arguments = (ins AnyRankedTensor:$emissions,
                       AnyRankedTensor:$transitions,
                       Optional<AnyRankedTensor>:$initial, UnitAttr:$from_rows);
  let assemblyFormat = [{
    `emissions` `(` $emissions `)` `transitions` `(` $transitions `)`
    (`initial` `(` $initial^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Seq_HmmForwardOp : Seq_MarkovOp<"hmm_forward"> {
  let summary = "Forward sums of a hidden Markov model; a CRF's log-partition.";
  let description = [{
    With e_t the emissions' scores and M the transitions', M[i, j] that of tag i
    after tag j (`from_rows`: M[j, i], a row for each tag that is left), all of them
    logarithms:

        a'[i] = e_t[i] + log sum_j exp(M[i, j] + a[j])
        z_t   = log sum_i exp(a'[i])

    z_t is the logarithm of the sum over all tag sequences up to t (of a CRF the
    log-partition), a the scores by last tag; `initial` are those of the tag before
    the first (zero if left out). What is impossible has the logarithm -inf, and so
    has z_t where no tag sequence is possible.

    Shapes: emissions [T, B, N]; transitions [N, N]; initial [B, N]. Results:
    z [T, B] and the last a [B, N].
    Source: Rabiner, A tutorial on hidden Markov models, 1989, section III.A;
    Lafferty, McCallum and Pereira, Conditional random fields, 2001, section 3.

    Constraints:
    1. ranks, static extents and element types agree as above; N is static.

    Example:
    ```mlir
    %z, %a = seq.hmm_forward emissions(%e) transitions(%m)
        : (tensor<?x1x4xf32>, tensor<4x4xf32>) -> (tensor<?x1xf32>, tensor<1x4xf32>)
    ```
  }];
  let results = (outs AnyRankedTensor:$z, AnyRankedTensor:$a);
}

def Seq_ViterbiOp : Seq_MarkovOp<"viterbi"> {
  let summary = "The best tag sequence of a hidden Markov model or a CRF.";
  let description = [{
    With the scores of `seq.hmm_forward`, the sequence of tags with the largest sum:

        d'[i] = e_t[i] + max_j (M[i, j] + d[j]),   p_t[i] the smallest such j
        y_T   = the smallest i with the largest d[i],   y_{t-1} = p_t[y_t]

    Shapes: emissions [T, B, N]; transitions [N, N]; initial [B, N]. Results: tags
    [T, B] of i32, and the last d [B, N], whose largest is the sequence's score.
    Source: Viterbi, Error bounds for convolutional codes, 1967; Rabiner, A
    tutorial on hidden Markov models, 1989, section III.B.

    Constraints:
    1. ranks, static extents and element types agree as above; N is static; tags
       are i32.

    Example:
    ```mlir
    %y, %d = seq.viterbi emissions(%e) transitions(%m)
        : (tensor<?x1x4xf32>, tensor<4x4xf32>) -> (tensor<?x1xi32>, tensor<1x4xf32>)
    ```
  }];
  let results = (outs AnyRankedTensor:$tags, AnyRankedTensor:$d);
}

#endif // SEQ_CELLS_MARKOV_TD
