//===- TestSeq.td - a cell and transitions for tests -------*- tablegen -*-===//
//
// The proof that no pass knows a cell or a transition: these have names that
// appear nowhere else, and go through every schedule.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TEST_LIB_TESTSEQ_TD
#define SEQC_TEST_LIB_TESTSEQ_TD

include "dialects/Seq/SeqInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def TestSeq_Dialect : Dialect {
  let name = "test_seq";
  let cppNamespace = "::seqc::test";
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

class TestSeq_Op<string mnemonic, list<Trait> traits = []>
    : Op<TestSeq_Dialect, mnemonic, traits>;

def TestSeq_Data : AnyTypeOf<[AnyFloat, TensorOf<[AnyFloat]>]>;

def TestSeq_EbbOp : TestSeq_Op<"ebb", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<Seq_BodyOpInterface>,
    DeclareOpInterfaceMethods<Seq_TransitionOpInterface>]> {
  let summary = "A fading sum whose two carries share a running exponent.";
  let description = [{
    The sum is s exp(m). A step fades it by exp(fade) and adds value exp(weight):
    m' = max(m + fade, weight),
    s' = s exp(m + fade - m') + value exp(weight - m').
  }];
  let arguments = (ins TestSeq_Data:$fade, TestSeq_Data:$value,
                       TestSeq_Data:$weight, TestSeq_Data:$sum,
                       TestSeq_Data:$exponent);
  let results = (outs TestSeq_Data:$nextSum, TestSeq_Data:$nextExponent);
  let assemblyFormat = [{
    $sum `,` $exponent `by` $fade `with` $value `,` $weight attr-dict `:`
    type($sum)
  }];
}

def TestSeq_TideOp : TestSeq_Op<"tide", [
    Pure, AllTypesMatch<["state", "flood", "next"]>,
    DeclareOpInterfaceMethods<Seq_BodyOpInterface>,
    DeclareOpInterfaceMethods<Seq_TransitionOpInterface,
                              ["getGainOperands", "buildAdjoint"]>]> {
  let summary = "A state that comes and goes: s' = pull s + (1 - pull) flood.";
  let arguments = (ins AnyFloat:$pull, TestSeq_Data:$state,
                       TestSeq_Data:$flood);
  let results = (outs TestSeq_Data:$next);
  let assemblyFormat = [{
    $state `to` $flood `by` $pull attr-dict `:` type($pull) `,` type($state)
  }];
}

def TestSeq_QuaverOp : TestSeq_Op<"quaver", [
    Pure, DeclareOpInterfaceMethods<Seq_CellOpInterface>]> {
  let summary = "The fading sum of every channel.";
  let description = [{
    y[t, c] is the sum's first carry after step t; `fade` is the same for every
    step.
  }];
  let arguments = (ins AnyRankedTensor:$values, AnyRankedTensor:$weights,
                       AnyRankedTensor:$sum, AnyRankedTensor:$exponent,
                       F32Attr:$fade);
  let results = (outs AnyRankedTensor:$y, AnyRankedTensor:$nextSum,
                      AnyRankedTensor:$nextExponent);
  let assemblyFormat = [{
    $values `,` $weights `from` $sum `,` $exponent attr-dict `:` type($values)
    `,` type($weights) `,` type($sum) `,` type($exponent) `->` type($y) `,`
    type($nextSum) `,` type($nextExponent)
  }];
}

include "test/lib/Echo.td"

#endif // SEQC_TEST_LIB_TESTSEQ_TD
