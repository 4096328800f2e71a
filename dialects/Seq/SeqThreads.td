//===- SeqThreads.td - what a kernel is to its caller ------*- tablegen -*-===//
#ifndef SEQ_THREADS_TD
#define SEQ_THREADS_TD

include "dialects/Seq/SeqDialect.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_ThreadIdOp : Seq_Op<"thread_id", [Pure]> {
  let summary = "Index of the executing thread, 0 to `seq.num_threads` - 1.";
  let description = [{
    A compiled kernel is one parallel region: every thread executes all of it,
    takes its share of the loops that are split, and meets the others at
    `seq.barrier`.

    Example: `%id = seq.thread_id`
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Seq_NumThreadsOp : Seq_Op<"num_threads", [Pure]> {
  let summary = "Number of threads that execute the kernel.";
  let description = "Example: `%n = seq.num_threads`";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Seq_BarrierOp : Seq_Op<"barrier", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Waits until every thread of the kernel has come here.";
  let description = "Example: `seq.barrier`";
  let assemblyFormat = "attr-dict";
}

def Seq_DerivedDimOp : Seq_Op<"derived_dim", [MemoryEffects<[MemWrite]>]> {
  let summary = "The extent that a dynamic dimension of results has.";
  let description = [{
    Says of the dimension `name`, which results of the model have and no
    argument, that its extent is `extent`: a number that follows from the
    extents of arguments. The model's `NAME_derive_dims` computes it for callers,
    and a call with another number is refused.

    Example: `seq.derived_dim "frames" = %frames`
  }];
  let arguments = (ins StrAttr:$name, Index:$extent);
  let assemblyFormat = "$name `=` $extent attr-dict";
}

#endif // SEQ_THREADS_TD
