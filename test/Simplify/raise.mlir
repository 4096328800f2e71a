// RUN: seq-opt %s -seq-raise -canonicalize | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#turned = affine_map<(d0, d1) -> (d1, d0)>

// A layer on a batch, its product a scan of one step: the batch joins the
// domain, the matrix and the bias become operands.
// CHECK-LABEL: func @layer
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[T]], %[[B]], :] : tensor<?x?x8xf32>, %[[W:.+]] = %{{.+}}[:, :] : tensor<8x8xf32>, %[[C:.+]] = %{{.+}}[:] : tensor<8xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[T]], %[[B]], :] : tensor<?x?x8xf32>)
// CHECK-NEXT: carry(%[[H:.+]] = %{{.+}}[%[[B]], :] : tensor<?x8xf32>) {
// CHECK-NEXT: %[[P:.+]] = seq.matvec %[[W]], %[[H]] : tensor<8x8xf32>, tensor<8xf32> -> tensor<8xf32>
// CHECK-NEXT: %[[Q:.+]] = arith.addf %[[P]], %[[X]] : tensor<8xf32>
// CHECK-NEXT: %[[R:.+]] = arith.addf %[[Q]], %[[C]] : tensor<8xf32>
// CHECK-NEXT: %[[S:.+]] = math.tanh %[[R]] : tensor<8xf32>
// CHECK-NEXT: seq.yield outs(%[[S]] : tensor<8xf32>) carry(%[[S]] : tensor<8xf32>)
func.func @layer(%X: tensor<?x?x8xf32>, %W: tensor<8x8xf32>, %c: tensor<8xf32>,
                 %h0: tensor<?x8xf32>, %Y: tensor<?x?x8xf32>, %T: index,
                 %B: index) -> (tensor<?x?x8xf32>, tensor<?x8xf32>) {
  %one = arith.constant 1 : index
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x?x8xf32>)
      outs(%Y[%t, :, :] : tensor<?x?x8xf32>)
      carry(%h = %h0[:, :] : tensor<?x8xf32>) {
    %e0 = tensor.empty(%B) : tensor<1x?x8xf32>
    %p = seq.scan domain(%b = %B) time(%s = %one)
        ins(%v = %h[%b, :] : tensor<?x8xf32>, %w = %W[:, :] : tensor<8x8xf32>)
        outs(%e0[%s, %b, :] : tensor<1x?x8xf32>) {
      %m = seq.matvec %w, %v : tensor<8x8xf32>, tensor<8xf32> -> tensor<8xf32>
      seq.yield outs(%m : tensor<8xf32>)
    }
    %q = tensor.collapse_shape %p [[0, 1], [2]]
        : tensor<1x?x8xf32> into tensor<?x8xf32>
    %e1 = tensor.empty(%B) : tensor<?x8xf32>
    %r = linalg.generic {indexing_maps = [#id, #id, #row, #id],
                         iterator_types = ["parallel", "parallel"]}
        ins(%q, %x, %c : tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>)
        outs(%e1 : tensor<?x8xf32>) {
    ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
      %0 = arith.addf %i, %j : f32
      %1 = arith.addf %0, %k : f32
      %2 = math.tanh %1 : f32
      linalg.yield %2 : f32
    } -> tensor<?x8xf32>
    seq.yield outs(%r : tensor<?x8xf32>) carry(%r : tensor<?x8xf32>)
  }
  return %y, %hN : tensor<?x?x8xf32>, tensor<?x8xf32>
}

// Nothing but elementwise ops: all dimensions join the domain, the step is left
// with scalars, and the update is a transition.
// CHECK-LABEL: func @elementwise
// CHECK: seq.scan domain(%[[B:.+]] = %{{.+}}, %[[C:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[X:.+]] = %{{.+}}[%[[T]], %[[B]], %[[C]]] : tensor<?x?x8xf32>, %[[A:.+]] = %{{.+}}[%[[C]]] : tensor<8xf32>)
// CHECK: carry(%[[H:.+]] = %{{.+}}[%[[B]], %[[C]]] : tensor<?x8xf32>) {
// CHECK-NEXT: %[[Q:.+]] = seq.affine %[[A]] * %[[H]] + %[[X]] : f32
// CHECK-NEXT: seq.yield carry(%[[Q]] : f32)
func.func @elementwise(%X: tensor<?x?x8xf32>, %a: tensor<8xf32>,
                       %h0: tensor<?x8xf32>, %T: index,
                       %B: index) -> tensor<?x8xf32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x?x8xf32>)
      carry(%h = %h0[:, :] : tensor<?x8xf32>) {
    %e = tensor.empty(%B) : tensor<?x8xf32>
    %r = linalg.generic {indexing_maps = [#id, #row, #id, #id],
                         iterator_types = ["parallel", "parallel"]}
        ins(%h, %a, %x : tensor<?x8xf32>, tensor<8xf32>, tensor<?x8xf32>)
        outs(%e : tensor<?x8xf32>) {
    ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %0, %k : f32
      linalg.yield %1 : f32
    } -> tensor<?x8xf32>
    seq.yield carry(%r : tensor<?x8xf32>)
  }
  return %hN : tensor<?x8xf32>
}

// A state that is turned over at every step has no dimension of its own to run
// along.
// CHECK-LABEL: func @turned
// CHECK: seq.scan domain() time
// CHECK: linalg.generic
func.func @turned(%h0: tensor<8x8xf32>, %T: index) -> tensor<8x8xf32> {
  %hN = seq.scan domain() time(%t = %T) carry(%h = %h0[:, :] : tensor<8x8xf32>) {
    %e = tensor.empty() : tensor<8x8xf32>
    %r = linalg.generic {indexing_maps = [#turned, #id],
                         iterator_types = ["parallel", "parallel"]}
        ins(%h : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%i: f32, %o: f32):
      %0 = math.tanh %i : f32
      linalg.yield %0 : f32
    } -> tensor<8x8xf32>
    seq.yield carry(%r : tensor<8x8xf32>)
  }
  return %hN : tensor<8x8xf32>
}

// An op that no schedule can run keeps the step as it is.
// CHECK-LABEL: func @reversed
// CHECK: seq.scan domain() time
// CHECK: tensor.extract
func.func @reversed(%h0: tensor<8xf32>, %T: index) -> tensor<8xf32> {
  %hN = seq.scan domain() time(%t = %T) carry(%h = %h0[:] : tensor<8xf32>) {
    %last = arith.constant 7 : index
    %e = tensor.empty() : tensor<8xf32>
    %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
                         iterator_types = ["parallel"]}
        outs(%e : tensor<8xf32>) {
    ^bb0(%o: f32):
      %i = linalg.index 0 : index
      %j = arith.subi %last, %i : index
      %0 = tensor.extract %h[%j] : tensor<8xf32>
      linalg.yield %0 : f32
    } -> tensor<8xf32>
    seq.yield carry(%r : tensor<8xf32>)
  }
  return %hN : tensor<8xf32>
}
