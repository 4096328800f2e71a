//===- SeqTransitions.td - ops that update a carry ---------*- tablegen -*-===//
#ifndef SEQ_TRANSITIONS_TD
#define SEQ_TRANSITIONS_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_AffineOp : Seq_Op<"affine", [
    Pure, AllTypesMatch<["decay", "state", "gain", "result"]>,
    DeclareOpInterfaceMethods<Seq_BodyOpInterface, ["buildElement"]>,
    DeclareOpInterfaceMethods<Seq_TransitionOpInterface, ["isAssociative"]>]> {
  let summary = "s' = a s + b, elementwise.";
  let description = [{
    The diagonal (or scalar) affine update over a semiring: `plus_times`,
    s' = a s + b. With `exp(%log)` the decay is given as its logarithm, and
    summaries add logarithms instead of multiplying decays. Composition, earlier
    first: (a1, b1) then (a2, b2) is (a2 a1, a2 b1 + b2).
    Source: Blelloch, Prefix sums and their applications, 1990, section 1.4.

    Constraints:
    1. decay, state, gain and result have one floating-point type, scalar or
       tensor;
    2. `exp` is for `plus_times` only: the other semirings work on logarithms
       already.

    Example: `%h1 = seq.affine exp(%log) * %h + %gain : tensor<16xf32>`
  }];
  let arguments = (ins AnyTypeOf<[AnyFloat, TensorOf<[AnyFloat]>]>:$decay,
                       AnyTypeOf<[AnyFloat, TensorOf<[AnyFloat]>]>:$state,
                       AnyTypeOf<[AnyFloat, TensorOf<[AnyFloat]>]>:$gain,
                       UnitAttr:$log_decay,
                       DefaultValuedAttr<Seq_SemiringAttr,
                         "::seqc::seq::Semiring::PlusTimes">:$semiring);
  let results = (outs AnyTypeOf<[AnyFloat, TensorOf<[AnyFloat]>]>:$result);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

#endif // SEQ_TRANSITIONS_TD
