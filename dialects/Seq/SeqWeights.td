//===- SeqWeights.td - constants that stay in their file ---*- tablegen -*-===//
#ifndef SEQ_WEIGHTS_TD
#define SEQ_WEIGHTS_TD

include "dialects/Seq/SeqAttrs.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seq_WeightDataOp : Seq_Op<"weight_data", [Pure]> {
  let summary = "A tensor stored in a file.";
  let description = [{
    `offset` bytes into `file`, row-major, little-endian. The bytes are read
    when code is emitted, never stored in an attribute.

    Example: `%w = seq.weight_data "vad.onnx" offset 1024 : tensor<512x128xf32>`
  }];
  let arguments = (ins StrAttr:$file, I64Attr:$offset);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$file `offset` $offset attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Seq_NamedWeightOp : Seq_Op<"named_weight", [Pure]> {
  let summary = "A tensor of the file of weights that a model is given.";
  let description = [{
    The file is named when the model is compiled (`--weights-from`), and every
    `seq.named_weight` then becomes the `seq.weight_data` of the tensor of that
    name: a model in text stays apart from where its weights lie. Element
    type and number of elements must be the file's; the extents may be grouped
    otherwise, as the bytes are row-major.

    Example: `%w = seq.named_weight "lstm_cell.weight_ih" : tensor<4x128x128xf32>`
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Seq_PackOp : Seq_Op<"pack", [Pure]> {
  let summary = "Lays a matrix out for vectors of `lanes` output rows.";
  let description = [{
    W[g..., n, k...] becomes [ceil(n / lanes)][k...][g...][lanes], rows past n
    being zero: all gates of a unit stand together, and a microkernel reads
    the whole with unit stride. `contracted` is how many trailing dimensions
    are k. Of bf16, two neighbours along the last k share a word of 32 bits, from
    which a shift or a mask makes f32: [ceil(n / lanes)][k..., ceil(k / 2)][g...]
    [2 lanes], with a zero after an odd last one. With `quads`, four neighbours of
    i8 share one, each with 128 added to be an unsigned byte, which is what
    instructions that add up four products of bytes take.

    Constraints:
    1. the result is [ceil(n / lanes), k..., g..., lanes]; with 2 or 4 neighbours in
       a word, k is as many times shorter, rounded up, and the last dimension
       longer;
    2. `quads` is for i8 and one contracted dimension.

    Example:
    `%p = seq.pack %w lanes 8 contracted 1 : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$operand, I64Attr:$lanes,
                       I64Attr:$contracted, UnitAttr:$quads);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $operand `lanes` $lanes `contracted` $contracted (`quads` $quads^)? attr-dict
    `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    static mlir::RankedTensorType getPackedType(mlir::RankedTensorType type,
                                                int64_t lanes,
                                                int64_t contracted,
                                                bool quads = false);
    /// Whether two neighbours along k share a word.
    static bool hasPairs(mlir::Type element) { return element.isBF16(); }
  }];
}

def Seq_NarrowOp : Seq_Op<"narrow", [Pure]> {
  let summary = "Rounds a matrix to a narrower type.";
  let description = [{
    W[..., k...] in f32 to bf16 or f16, to nearest, ties to even; or to i8, where
    every row (all but the `contracted` trailing dimensions, which are k) is
    divided by its `seq.row_scale` before it is rounded, so that its largest
    magnitude becomes 127. A scan reads the result where its body sees f32, and
    multiplies each row's sums with the row's scale.
    Source of the symmetric rounding: Jacob et al., Quantization and Training of
    Neural Networks for Efficient Integer-Arithmetic-Only Inference, 2018,
    section 2.1, with the zero-point at 0.

    Constraints:
    1. the operand is f32, the result bf16, f16 or i8 of the same shape;
    2. `contracted` is at least 0 and less than the rank.

    Example:
    `%n = seq.narrow %w contracted 1 : tensor<4x12x16xf32> -> tensor<4x12x16xi8>`
  }];
  let arguments = (ins AnyRankedTensor:$operand, I64Attr:$contracted);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $operand `contracted` $contracted attr-dict `:` type($operand) `->`
    type($result)
  }];
  let hasVerifier = 1;
}

def Seq_RowScaleOp : Seq_Op<"row_scale", [Pure]> {
  let summary = "What multiplies each row of a matrix that is stored as i8.";
  let description = [{
    max |W[..., :]| / 127 for every row of W[..., k...], whose `contracted`
    trailing dimensions are k; 0 for a row of zeros.

    Constraint 1: the operand is f32 and the result is the operand's leading
    dimensions.

    Example:
    `%s = seq.row_scale %w contracted 1 : tensor<4x12x16xf32> -> tensor<4x12xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$operand, I64Attr:$contracted);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $operand `contracted` $contracted attr-dict `:` type($operand) `->`
    type($result)
  }];
  let hasVerifier = 1;
}

def Seq_WeightOp : Seq_Op<"weight", [
    Symbol, IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "A constant of the module, evaluated when code is emitted.";
  let description = [{
    The initialiser is an expression over `seq.weight_data`, `arith.constant`,
    views (slices, concatenation, transposition, reshapes, `seq.pack`),
    `seq.narrow` and `seq.row_scale`.

    Example:
    ```mlir
    seq.weight @w : tensor<2x16x4x8xf32> {
      %0 = seq.weight_data "vad.onnx" offset 1024 : tensor<4x12x16xf32>
      %1 = seq.pack %0 lanes 8 contracted 1 : tensor<4x12x16xf32> -> tensor<2x16x4x8xf32>
      seq.yield outs(%1 : tensor<2x16x4x8xf32>)
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `:` $type $body attr-dict";
  let hasVerifier = 1;
}

def Seq_LoadWeightOp : Seq_Op<"load_weight", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a `seq.weight`; read-only.";
  let description = "Example: `%w = seq.load_weight @w : tensor<2x16x4x8xf32>`";
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs AnyTypeOf<[AnyRankedTensor, AnyMemRef]>:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

#endif // SEQ_WEIGHTS_TD
