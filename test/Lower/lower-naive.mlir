// Scans as loops over tensors: what goes around the loops, what is read at the
// start, and which scans are taken. What they compute is in test/Numerics.
// RUN: seq-opt %s -split-input-file -seq-lower-naive -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @ema
// CHECK-SAME: %[[X:.+]]: tensor<?x?xf32>, %[[H0:.+]]: tensor<?xf32>, %[[Y:.+]]: tensor<?x?xf32>, %[[T:.+]]: index, %[[C:.+]]: index
// CHECK: scf.for %[[D:.+]] = %{{.+}} to %[[C]] {{.*}}iter_args(%{{.+}} = %[[Y]], %{{.+}} = %[[H0]])
// CHECK: scf.for %[[STEP:.+]] = %{{.+}} to %[[T]] {{.*}}iter_args(%[[OUT:.+]] = %{{.+}}, %[[CARRY:.+]] = %{{.+}})
// Time runs backwards; past the length, zero is written and the carry stays.
// CHECK: %[[LAST:.+]] = arith.subi %[[T]]
// CHECK: %[[NOW:.+]] = arith.subi %[[LAST]], %[[STEP]]
// CHECK: %[[LENGTH:.+]] = tensor.extract %{{.+}}[%[[D]]] : tensor<?xi32>
// CHECK: %[[CAST:.+]] = arith.index_cast %[[LENGTH]]
// CHECK: %[[INSIDE:.+]] = arith.cmpi slt, %[[NOW]], %[[CAST]]
// CHECK: scf.if %[[INSIDE]]
// CHECK: %[[XT:.+]] = tensor.extract %[[X]][%[[NOW]], %[[D]]]
// CHECK: %[[H:.+]] = tensor.extract %[[CARRY]][%[[D]]]
// CHECK: %[[H1:.+]] = math.fma %{{.+}}, %[[H]], %[[XT]]
// CHECK: tensor.insert %[[H1]] into %[[OUT]][%[[NOW]], %[[D]]]
// CHECK: tensor.insert %[[H1]] into %[[CARRY]][%[[D]]]
// CHECK: } else {
// CHECK: %[[ZERO:.+]] = arith.constant 0.0
// CHECK: %[[MASKED:.+]] = tensor.insert %[[ZERO]] into %[[OUT]]
// CHECK: scf.yield %[[MASKED]], %[[CARRY]]
func.func @ema(%X: tensor<?x?xf32>, %h0: tensor<?xf32>, %Y: tensor<?x?xf32>,
               %T: index, %C: index, %len: tensor<?xi32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x?xf32>)
      lengths(%len[%c] : tensor<?xi32>)
      outs(%Y[%t, %c] : tensor<?x?xf32>)
      carry(%h = %h0[%c] : tensor<?xf32>) reverse
      schedule [#seq.alternative<naive>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// Carries that trade places: the second would be overwritten by the first.
// CHECK-LABEL: func @swap
// CHECK: %[[A:.+]] = tensor.extract_slice %[[CA:.+]][%[[D:.+]], 0] [1, 4]
// CHECK: %[[B:.+]] = tensor.extract_slice %[[CB:.+]][%[[D]], 0] [1, 4]
// CHECK: %[[COPYB:.+]] = bufferization.alloc_tensor() copy(%[[B]])
// CHECK: %[[COPYA:.+]] = bufferization.alloc_tensor() copy(%[[A]])
// CHECK: tensor.insert_slice %[[COPYB]] into %[[CA]]
// CHECK: tensor.insert_slice %[[COPYA]] into %[[CB]]
func.func @swap(%a0: tensor<?x4xf32>, %b0: tensor<?x4xf32>, %T: index,
                %D: index) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %a, %b = seq.scan domain(%d = %D) time(%t = %T)
      carry(%p = %a0[%d, :] : tensor<?x4xf32>,
            %q = %b0[%d, :] : tensor<?x4xf32>)
      schedule [#seq.alternative<naive>] {
    seq.yield carry(%q, %p : tensor<4xf32>, tensor<4xf32>)
  }
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// A time block means what its ops mean; a reduction begins with its own start.
// CHECK-LABEL: func @block
// CHECK-NOT: seq.time_block
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: math.fma
func.func @block(%W: tensor<4x3xf32>, %X: tensor<?x3xf32>, %Y: tensor<?x4xf32>,
                 %T: index) -> tensor<?x4xf32> {
  %y = seq.scan domain() time(%t = %T)
      ins(%w = %W[:, :] : tensor<4x3xf32>, %x = %X[%t, :] : tensor<?x3xf32>)
      outs(%Y[%t, :] : tensor<?x4xf32>)
      schedule [#seq.alternative<naive>] {
    %wx = seq.time_block -> tensor<4xf32> {
      %0 = seq.matvec %w, %x : tensor<4x3xf32>, tensor<3xf32> -> tensor<4xf32>
      seq.yield outs(%0 : tensor<4xf32>)
    }
    seq.yield outs(%wx : tensor<4xf32>)
  }
  return %y : tensor<?x4xf32>
}

// -----

// Scans of another form are left to another lowering.
// CHECK-LABEL: func @recurrent
// CHECK: seq.scan
func.func @recurrent(%h0: tensor<?xf32>, %T: index, %C: index)
    -> tensor<?xf32> {
  %h = seq.scan domain(%c = %C) time(%t = %T)
      carry(%p = %h0[%c] : tensor<?xf32>)
      schedule [#seq.alternative<recurrent>] {
    %q = arith.negf %p : f32
    seq.yield carry(%q : f32)
  }
  return %h : tensor<?xf32>
}

// -----

func.func @packed(%W: tensor<2x3x8xf32>, %x: tensor<?x3xf32>,
                  %Y: tensor<?x12xf32>, %T: index) -> tensor<?x12xf32> {
  // expected-error @below {{naive form: input 0 must not be packed}}
  %y = seq.scan domain() time(%t = %T)
      ins(%w = %W[:, :, :] packed 8 as tensor<12x3xf32> : tensor<2x3x8xf32>,
          %v = %x[%t, :] : tensor<?x3xf32>)
      outs(%Y[%t, :] : tensor<?x12xf32>)
      schedule [#seq.alternative<naive>] {
    %0 = seq.matvec %w, %v : tensor<12x3xf32>, tensor<3xf32> -> tensor<12xf32>
    seq.yield outs(%0 : tensor<12xf32>)
  }
  return %y : tensor<?x12xf32>
}

// -----

func.func @lengths(%X: tensor<?x?xf32>, %past: tensor<1x?xf32>,
                   %len: tensor<?xi32>, %Y: tensor<?x?x?xf32>, %T: index,
                   %B: index, %C: index)
    -> (tensor<?x?x?xf32>, tensor<1x?xf32>) {
  // expected-error @below {{naive form: input 0, which has a history, must be indexed by the domain symbols of the lengths}}
  %y, %pastN = seq.scan domain(%b = %B, %c = %C) time(%t = %T)
      ins(%x = %X[%t - 1, %c] history %past : tensor<1x?xf32>
            : tensor<?x?xf32>)
      lengths(%len[%b] : tensor<?xi32>)
      outs(%Y[%t, %b, %c] : tensor<?x?x?xf32>)
      schedule [#seq.alternative<naive>] {
    seq.yield outs(%x : f32)
  }
  return %y, %pastN : tensor<?x?x?xf32>, tensor<1x?xf32>
}

// -----

// What reshapes a tensor around scans becomes a view, not a loop.
// CHECK-LABEL: func.func @reshape
func.func @reshape(%x: tensor<4x3xf32>) -> tensor<1x4x3xf32> {
  // CHECK-NEXT: tensor.expand_shape
  // CHECK-NEXT: return
  %0 = tensor.expand_shape %x [[0, 1], [2]] output_shape [1, 4, 3]
      : tensor<4x3xf32> into tensor<1x4x3xf32>
  return %0 : tensor<1x4x3xf32>
}
