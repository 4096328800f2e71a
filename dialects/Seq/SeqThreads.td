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

def Seq_TakeOp : Seq_Op<"take", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "The item of `count` that this thread does after `last`; or -1.";
  let description = [{
    Shares a loop's iterations as threads come to need them: of equal parts one
    takes longer where another program has the core for a while, and the others
    would wait. Each thread has a range of its own, as an even division would
    give it. The first three quarters are its own to do; of the rest it takes
    one by one, and of those of others when it is through. `last` is -1 at first.
    With `backwards` every range begins at its end.

    All threads of the kernel ask, each until it gets -1, and meet at
    `seq.barrier` before any asks for items of another loop.

    Example: `%next = seq.take %count after %item backwards %odd`
  }];
  let arguments = (ins Index:$count, Index:$last, I1:$backwards);
  let results = (outs Index:$result);
  let assemblyFormat = "$count `after` $last `backwards` $backwards attr-dict";
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
