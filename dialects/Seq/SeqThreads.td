//===- SeqThreads.td - the parallel region of a kernel -----*- tablegen -*-===//
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

#endif // SEQ_THREADS_TD
