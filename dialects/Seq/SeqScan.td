//===- SeqScan.td - the scan op ----------------------------*- tablegen -*-===//
#ifndef SEQ_SCAN_TD
#define SEQ_SCAN_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_Shaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>;

def Seq_ScanOp : Seq_Op<"scan", [
    AttrSizedOperandSegments, SingleBlockImplicitTerminator<"YieldOp">,
    RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<DestinationStyleOpInterface,
                              ["getDpsInitsMutable"]>]> {
  let summary = "One step of a recurrence, run over time at every domain point.";
  let description = [{
    For every point of the domain, in any order, and for t = 0 ... T-1 in order
    (T-1 ... 0 with `reverse`), the body maps slices of the inputs at t and the
    carries to slices of the outs at t and the new carries.

    Every operand is sliced by an index list with one entry for each of its
    dimensions:

    | entry | slice |
    |---|---|
    | `%d` (a domain symbol) | that index |
    | `%t` (time) | that index |
    | `%t - k` | the row k steps before; rows before the start come from the operand's `history`, whose time dimension holds the k last rows, oldest first |
    | `%t floordiv k` | outs only: written at the steps where (t+1) mod k = 0, at row t floordiv k |
    | `%d * s + size` | the window [d s, d s + size) of that dimension |
    | `:` | the whole dimension |

    Dimensions indexed by `:` and windows are what the body sees, as a tensor;
    with none of them it sees the element. `packed n` marks an input that
    `seq.pack` has laid out for n lanes: the body still sees the plain tensor.
    It may be stored in bf16, f16 or i8 where the body sees f32: elements are
    converted as they are read.

    `lengths(%len[%b])`: from step len on, the carry is held and outs are zero;
    with `reverse` the same steps are masked.

    Results: the outs, the final carries, the final histories; T = 0 leaves
    carries and histories as they came. On memrefs there are no results and
    outs, carries and histories are updated in place.

    Constraints:
    1. an index list has one entry for each dimension of its operand;
    2. a domain symbol or time extent that is static equals the dimension it
       indexes (a window fits: (extent - 1) s + size <= dimension);
    3. every carry and out names each domain symbol exactly once and no window;
       outs name time exactly once, carries never;
    4. a shifted read has a history with the operand's shape but for time,
       which holds at least k rows; reverse scans have no shifted reads;
    5. the body's arguments are the domain indices, t, the inputs' slices and
       the carries; it yields the outs' slices, then the carries, of the same
       types;
    6. lengths is a tensor of integers indexed by domain symbols alone.

    Example:
    ```mlir
    // An exponential moving average of every channel.
    %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
        ins(%x = %X[%t, %c] : tensor<?x?xf32>)
        outs(%Y[%t, %c] : tensor<?x?xf32>)
        carry(%h = %h0[%c] : tensor<?xf32>) {
      %a = arith.constant 0.9 : f32
      %b = arith.constant 0.1 : f32
      %g = arith.mulf %b, %x : f32
      %h1 = seq.affine %a * %h + %g : f32
      seq.yield outs(%h1 : f32) carry(%h1 : f32)
    }
    ```
  }];
  let arguments = (ins Variadic<Index>:$domain, Index:$time,
                       Variadic<Seq_Shaped>:$inputs,
                       Variadic<Seq_Shaped>:$lengths,
                       Variadic<Seq_Shaped>:$outs,
                       Variadic<Seq_Shaped>:$carries,
                       Variadic<Seq_Shaped>:$histories,
                       ArrayAttr:$input_indices, ArrayAttr:$lengths_indices,
                       ArrayAttr:$out_indices, ArrayAttr:$carry_indices,
                       DenseI64ArrayAttr:$input_history,
                       DenseI64ArrayAttr:$input_lanes,
                       UnitAttr:$reverse,
                       OptionalAttr<Seq_ScheduleAttr>:$schedule);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "const ::seqc::seq::ScanOperands &":$operands,
      "::llvm::function_ref<void(::mlir::OpBuilder &, ::mlir::Location, "
      "::seqc::seq::ScanBody)>":$buildBody)>
  ];
  let extraClassDeclaration = [{
    /// Decoded index lists.
    IndexList getInputIndex(unsigned i);
    IndexList getOutIndex(unsigned i);
    IndexList getCarryIndex(unsigned i);
    IndexList getLengthsIndex();

    bool hasLengths() { return !getLengths().empty(); }
    bool hasBufferSemantics() { return getOperation()->getNumResults() == 0; }

    /// The body's arguments.
    mlir::Block *getBodyBlock() { return &getBody().front(); }
    mlir::Block::BlockArgListType getDomainArguments();
    mlir::BlockArgument getTimeArgument();
    mlir::Block::BlockArgListType getInputArguments();
    mlir::Block::BlockArgListType getCarryArguments();
    YieldOp getYield();

    /// The operands' values, to rebuild or clone the op from.
    ScanOperands getScanOperands();
  }];
}

def Seq_YieldOp : Seq_Op<"yield", [
    Pure, Terminator, AttrSizedOperandSegments, ReturnLike]> {
  let summary = "What one step produces.";
  let description = [{
    Ends a scan's body: the slices of the outs, then the new carries. Also ends
    a `seq.time_block` and the initialiser of a `seq.weight`, which have outs
    only.

    Example: `seq.yield outs(%y : f32) carry(%h1 : tensor<16xf32>)`
  }];
  let arguments = (ins Variadic<AnyType>:$outs, Variadic<AnyType>:$carries);
  let builders = [OpBuilder<(ins), [{
    build($_builder, $_state, ::mlir::ValueRange(), ::mlir::ValueRange());
  }]>];
  let assemblyFormat = [{
    (`outs` `(` $outs^ `:` type($outs) `)`)?
    (`carry` `(` $carries^ `:` type($carries) `)`)? attr-dict
  }];
}

def Seq_TimeBlockOp : Seq_Op<"time_block", [
    RecursiveMemoryEffects, RecursivelySpeculatable,
    SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "The part of a step that depends on no carry.";
  let description = [{
    Stands in a scan's body and means what its own ops mean. The lowering runs
    it for a whole block of steps at once, ahead of them, so that a
    matrix-vector product of every step becomes one matrix product.

    Constraints:
    1. it stands in a scan's body;
    2. nothing in it depends on a carry.

    Example:
    ```mlir
    %wx = seq.time_block -> tensor<4x8xf32> {
      %0 = seq.matvec %w, %x : tensor<4x8x8xf32>, tensor<8xf32> -> tensor<4x8xf32>
      seq.yield outs(%0 : tensor<4x8xf32>)
    }
    ```
  }];
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "(`->` type($results)^)? $body attr-dict";
  let hasVerifier = 1;
}

#endif // SEQ_SCAN_TD
