//===- SeqAlgebra.td - the ops a body is written in --------*- tablegen -*-===//
//
// Together with the elementwise ops of arith and math, tensor.splat and the
// transitions, these are the first tier: every schedule can run them.
//
//===----------------------------------------------------------------------===//
#ifndef SEQ_ALGEBRA_TD
#define SEQ_ALGEBRA_TD

include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Seq_AlgebraOp<string mnemonic, list<Trait> traits = []>
    : Seq_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<Seq_BodyOpInterface, ["buildInit"]>], traits)>;

/// Sums of products.
class Seq_ProductOp<string mnemonic, list<Trait> traits = []>
    : Seq_AlgebraOp<mnemonic, traits> {
  let extraClassDefinition = [{
    ::llvm::SmallVector<::mlir::Value>
    $cppClass::buildInit(::mlir::OpBuilder &b, ::mlir::Location loc,
                         ::llvm::ArrayRef<::mlir::Type> types) {
      return {::seqc::seq::buildConstantLike(b, loc, types[0], 0.0)};
    }
    ::llvm::SmallVector<::mlir::Value>
    $cppClass::buildElement(::mlir::OpBuilder &b, ::mlir::Location loc,
                            ::mlir::ValueRange elements,
                            ::mlir::ValueRange accumulators) {
      return {::mlir::math::FmaOp::create(b, loc, elements[0], elements[1],
                                          accumulators[0])};
    }
  }];
}

class Seq_ElementwiseOp<string mnemonic> : Seq_Op<mnemonic, [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<Seq_BodyOpInterface>]>
    , Arguments<(ins AnyTypeOf<[AnyFloat, VectorOfAnyRankOf<[AnyFloat]>,
                                TensorOf<[AnyFloat]>]>:$operand)>
    , Results<(outs AnyTypeOf<[AnyFloat, VectorOfAnyRankOf<[AnyFloat]>,
                               TensorOf<[AnyFloat]>]>:$result)> {
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def Seq_SigmoidOp : Seq_ElementwiseOp<"sigmoid"> {
  let summary = "1 / (1 + exp(-x)).";
  let description = "Example: `%y = seq.sigmoid %x : tensor<8xf32>`";
}

def Seq_SoftplusOp : Seq_ElementwiseOp<"softplus"> {
  let summary = "log(1 + exp(x)), without overflow.";
  let description = [{
    Computed as max(x, 0) + log1p(exp(-|x|)).

    Example: `%y = seq.softplus %x : f32`
  }];
}

def Seq_DotOp : Seq_ProductOp<"dot", [SameTypeOperands]> {
  let summary = "Sum of the products of two tensors' elements.";
  let description = "Example: `%y = seq.dot %c, %h : tensor<16xf32> -> f32`";
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
  let hasVerifier = 1;
}

def Seq_MatvecOp : Seq_AlgebraOp<"matvec"> {
  let summary = "Product of a matrix and a vector.";
  let description = [{
    y[i...] = sum over k... of W[i..., k...] x[k...]: the vector's dimensions
    are the last ones of the matrix. A leading dimension (the gates of a cell)
    and several contracted ones (taps and channels of a convolution) are usual.
    Over `max_plus`, y[i] = max_k (W[i, k] + x[k]); over `log_plus`,
    y[i] = log sum_k exp(W[i, k] + x[k]).

    Constraints:
    1. the matrix' last dimensions are the vector's;
    2. the result has the matrix' other dimensions.

    Example:
    `%y = seq.matvec %w, %x : tensor<4x8x16xf32>, tensor<16xf32> -> tensor<4x8xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$matrix, AnyRankedTensor:$vector,
                       DefaultValuedAttr<Seq_SemiringAttr,
                         "::seqc::seq::Semiring::PlusTimes">:$semiring);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $matrix `,` $vector attr-dict `:` type($matrix) `,` type($vector)
    `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_VecmatOp : Seq_ProductOp<"vecmat"> {
  let summary = "Product of a vector and a matrix.";
  let description = [{
    y[j] = sum_k x[k] M[k, j].

    Example:
    `%y = seq.vecmat %q, %s : tensor<16xf32>, tensor<16x64xf32> -> tensor<64xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$vector, AnyRankedTensor:$matrix);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $vector `,` $matrix attr-dict `:` type($vector) `,` type($matrix)
    `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_MatmulOp : Seq_AlgebraOp<"matmul"> {
  let summary = "Product of two matrices.";
  let description = [{
    Y[i..., j...] = sum_k A[i..., k] B[k, j...]: the left one's last dimension is
    the right one's first. Over `max_plus` and `log_plus` as `seq.matvec`.

    Constraints:
    1. both have at least one dimension, and the left one's last is the right
       one's first;
    2. the result has the other dimensions, the left one's first.

    Example:
    `%y = seq.matmul %a, %b : tensor<4x4xf32>, tensor<4x8xf32> -> tensor<4x8xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs,
                       DefaultValuedAttr<Seq_SemiringAttr,
                         "::seqc::seq::Semiring::PlusTimes">:$semiring);
  let results = (outs AnyType:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_OuterOp : Seq_AlgebraOp<"outer"> {
  let summary = "Outer product: y[i, j] = a[i] b[j].";
  let description = [{
    Example:
    `%kv = seq.outer %k, %v : tensor<16xf32>, tensor<64xf32> -> tensor<16x64xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_BroadcastOp : Seq_AlgebraOp<"broadcast"> {
  let summary = "Repeats a tensor along new dimensions.";
  let description = [{
    `dims` are the result's dimensions that are new.

    Example: `%y = seq.broadcast %x dims [0] : tensor<8xf32> -> tensor<4x8xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$operand, DenseI64ArrayAttr:$dims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $operand `dims` $dims attr-dict `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_ReduceKind : I32EnumAttr<"ReduceKind", "what a reduction combines with", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Min", 2, "min">, I32EnumAttrCase<"Mul", 3, "mul">]> {
  let cppNamespace = "::seqc::seq";
  let genSpecializedAttr = 0;
}
def Seq_ReduceKindAttr : EnumAttr<Seq_Dialect, Seq_ReduceKind, "reduce_kind">;

def Seq_ReduceOp : Seq_AlgebraOp<"reduce"> {
  let summary = "Combines a tensor's elements along dimensions.";
  let description = [{
    Example: `%m = seq.reduce max %x dims [0] : tensor<8xf32> -> f32`
  }];
  let arguments = (ins Seq_ReduceKindAttr:$kind, AnyRankedTensor:$operand,
                       DenseI64ArrayAttr:$dims);
  let results = (outs AnyType:$result);
  let assemblyFormat = [{
    $kind $operand `dims` $dims attr-dict `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_ExtractOp : Seq_AlgebraOp<"extract"> {
  let summary = "The part of a tensor at fixed leading indices.";
  let description = [{
    Constraints:
    1. there are at most as many positions as dimensions, each within its
       dimension;
    2. the result has the other dimensions.

    Example: `%f = seq.extract %gates[2] : tensor<4x8xf32> -> tensor<8xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$operand, DenseI64ArrayAttr:$position);
  let results = (outs AnyType:$result);
  let assemblyFormat = [{
    $operand `` $position attr-dict `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Seq_PowersOp : Seq_AlgebraOp<"powers", [
    AllTypesMatch<["values", "result"]>,
    TypesMatchWith<"base is a number like those of values", "values", "base",
                   "::mlir::getElementTypeOrSelf($_self)">]> {
  let summary = "Numbers that are the powers of one.";
  let description = [{
    The result is `values`, whose element n is promised to be base^(n + 1), as
    exp(s x[n]) is of exp(s x[0]) where x[n] = (n + 1) x[0]. Who emits the
    elements one by one multiplies instead of computing `values`; others take
    these. Nothing checks the promise: `seq-powers-of-decays` makes it where
    rates are asked first.

    Constraints:
    1. `values` is a vector of floats, `base` one of them.

    Example: `%p = seq.powers %e of %decays : tensor<16xf32>`
  }];
  let arguments = (ins AnyFloat:$base,
                       1DTensorOf<[AnyFloat]>:$values);
  let results = (outs 1DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$base `of` $values attr-dict `:` type($values)";
}

// Ops with a dynamic index: second tier until a schedule needs them.

def Seq_GatherOp : Seq_Op<"gather", [Pure]> {
  let summary = "The row of a tensor at a dynamic index.";
  let description = [{
    An index outside the tensor is undefined behaviour; front ends check.

    Example: `%r = seq.gather %x[%i] : tensor<8x4xf32> -> tensor<4xf32>`
  }];
  let arguments = (ins AnyRankedTensor:$operand, Index:$index);
  let results = (outs AnyType:$result);
  let assemblyFormat =
      "$operand `[` $index `]` attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def Seq_InsertOp : Seq_Op<"insert", [Pure, AllTypesMatch<["operand", "result"]>]> {
  let summary = "A tensor with the row at a dynamic index replaced.";
  let description = [{
    Example: `%y = seq.insert %r into %x[%i] : tensor<4xf32> into tensor<8x4xf32>`
  }];
  let arguments = (ins AnyType:$row, AnyRankedTensor:$operand, Index:$index);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $row `into` $operand `[` $index `]` attr-dict `:` type($row) `into` type($operand)
  }];
  let hasVerifier = 1;
}

def Seq_BestOp : Seq_AlgebraOp<"best"> {
  let summary = "Max-plus product of a matrix and a vector, with the winner.";
  let description = [{
    y[i] = max_k (W[i, k] + x[k]) and the smallest k that reaches it: one step
    of Viterbi's algorithm.

    Example:
    `%y, %k = seq.best %w, %x : tensor<8x8xf32>, tensor<8xf32> -> tensor<8xf32>, tensor<8xi32>`
  }];
  let arguments = (ins AnyRankedTensor:$matrix, AnyRankedTensor:$vector);
  let results = (outs AnyRankedTensor:$result, AnyRankedTensor:$index);
  let assemblyFormat = [{
    $matrix `,` $vector attr-dict `:` type($matrix) `,` type($vector)
    `->` type($result) `,` type($index)
  }];
  let hasVerifier = 1;
}

#endif // SEQ_ALGEBRA_TD
