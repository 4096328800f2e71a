// What ops walk together must be as long, where types do not say that it is.
// RUN: seq-opt %s -seq-check-extents | FileCheck %s

// A carry of two entries for the batch of an input.
// The pair is kept for people: dimension 0 of argument 1 and dimension 1 of argument 0.
// CHECK-LABEL: func.func @carry
// CHECK-SAME: %[[X:.*]]: tensor<?x?xf32>, %[[H:.*]]: tensor<2xf32>
// CHECK-SAME: seq.equal_extents = [array<i64: 1, 0, 0, 1>]
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[X]], %c1
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2
// CHECK: %[[EQUAL:.*]] = arith.cmpi eq, %[[TWO]], %[[B]]
// CHECK-NEXT: cf.assert %[[EQUAL]], "extents must agree"
// CHECK-NOT: cf.assert
func.func @carry(%x: tensor<?x?xf32>, %h0: tensor<2xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?xf32>
  %Y = tensor.empty(%T, %B) : tensor<?x?xf32>
  %y, %h = seq.scan domain(%b = %B) time(%t = %T)
      ins(%v = %x[%t, %b] : tensor<?x?xf32>)
      outs(%Y[%t, %b] : tensor<?x?xf32>)
      carry(%c = %h0[%b] : tensor<2xf32>) {
    %s = arith.addf %c, %v : f32
    seq.yield outs(%s : f32) carry(%s : f32)
  }
  return %y : tensor<?x?xf32>
}

// One name is one extent; two are not.
// CHECK-LABEL: func.func @names
// CHECK-SAME: seq.equal_extents = [array<i64: 0, 0, 2, 0>]
// CHECK-COUNT-1: cf.assert
// CHECK-NOT: cf.assert
func.func @names(%x: tensor<?xf32> {seq.dims = ["n"]},
                 %y: tensor<?xf32> {seq.dims = ["n"]},
                 %z: tensor<?xf32> {seq.dims = ["m"]}) -> tensor<?xf32> {
  %sum = linalg.add ins(%x, %y : tensor<?xf32>, tensor<?xf32>)
      outs(%x : tensor<?xf32>) -> tensor<?xf32>
  %all = linalg.add ins(%sum, %z : tensor<?xf32>, tensor<?xf32>)
      outs(%sum : tensor<?xf32>) -> tensor<?xf32>
  return %all : tensor<?xf32>
}

// Windows lie within what they cut.
// CHECK-LABEL: func.func @windows
// CHECK: %[[END:.*]] = arith.addi
// CHECK: %[[FITS:.*]] = arith.cmpi sle, %[[END]], %{{.*}}
// CHECK: %[[NONE:.*]] = arith.cmpi eq
// CHECK: %[[EITHER:.*]] = arith.ori %[[FITS]], %[[NONE]]
// CHECK: cf.assert %[[EITHER]]
func.func @windows(%x: tensor<?xf32>, %o: tensor<1x?xf32>) -> tensor<1x?xf32> {
  %c1 = arith.constant 1 : index
  %N = tensor.dim %o, %c1 : tensor<1x?xf32>
  %y = seq.scan domain(%n = %N) time(%t = %c1)
      ins(%v = %x[%n * 2 + 3] : tensor<?xf32>)
      outs(%o[%t, %n] : tensor<1x?xf32>) {
    %s = seq.reduce add %v dims [0] : tensor<3xf32> -> f32
    seq.yield outs(%s : f32)
  }
  return %y : tensor<1x?xf32>
}

// A type that says more than the operand's does, and a part of other length than
// what is put in its place or than there is room for.
// Of these only the type's is one between the arguments and numbers.
// CHECK-LABEL: func.func @parts
// CHECK-SAME: seq.equal_extents = [array<i64: 0, 0, -1, 4>]
// CHECK-COUNT-3: cf.assert
// CHECK-NOT: cf.assert
func.func @parts(%x: tensor<?xf32>, %y: tensor<?xf32>, %n: index)
    -> (tensor<4xf32>, tensor<?xf32>) {
  %cast = tensor.cast %x : tensor<?xf32> to tensor<4xf32>
  %whole = tensor.insert_slice %y into %x[1] [%n] [1]
      : tensor<?xf32> into tensor<?xf32>
  return %cast, %whole : tensor<4xf32>, tensor<?xf32>
}

// Results are as long as the names of their dimensions say; of those that no
// argument has, callers are told.
// CHECK-LABEL: func.func @results
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: %[[HALF:.*]] = arith.divui %[[N]]
// CHECK: %[[AS:.*]] = arith.cmpi eq, %[[N]], %[[HALF]]
// CHECK-NEXT: cf.assert %[[AS]]
// CHECK-NEXT: seq.derived_dim "half" = %[[HALF]]
// CHECK-NEXT: seq.derived_dim "result2_dim0" = %[[HALF]]
// CHECK-NEXT: %[[SAME:.*]] = arith.cmpi eq, %[[HALF]], %[[N]]
// CHECK-NEXT: cf.assert %[[SAME]]
// CHECK-NEXT: return
func.func @results(%x: tensor<?xf32> {seq.dims = ["n"]})
    -> (tensor<?xf32> {seq.dims = ["n"]}, tensor<?xf32> {seq.dims = ["half"]},
        tensor<?xf32>, tensor<?xf32> {seq.dims = ["half"]},
        tensor<?xf32> {seq.dims = ["n"]}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %m = arith.divui %n, %c2 : index
  %half = tensor.empty(%m) : tensor<?xf32>
  return %half, %half, %half, %x, %x
      : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// An extent that is computed is asked not to be negative, once, unless what it is
// computed from says so; a dimension of several is as long as they are together.
// CHECK-LABEL: func.func @counts
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: %[[FEWER:.*]] = arith.subi %[[N]]
// CHECK: %[[FITS:.*]] = arith.cmpi sge, %[[FEWER]]
// CHECK-NEXT: cf.assert %[[FITS]], "no extent is negative"
// CHECK-NOT: cf.assert
// CHECK: %[[ALL:.*]] = arith.muli %[[FEWER]]
// CHECK-NEXT: seq.derived_dim "result0_dim0" = %[[ALL]]
// CHECK-NOT: cf.assert
// CHECK: return
func.func @counts(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %fewer = arith.subi %n, %c3 : index
  %more = arith.addi %n, %c3 : index
  %a = tensor.empty(%fewer) : tensor<?x4xf32>
  %b = tensor.empty(%fewer, %more) : tensor<?x?xf32>
  %flat = tensor.collapse_shape %b [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  %rows = tensor.collapse_shape %a [[0, 1]] : tensor<?x4xf32> into tensor<?xf32>
  return %rows, %flat : tensor<?xf32>, tensor<?xf32>
}
