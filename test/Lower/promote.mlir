// A dimension of the body along which nothing is reduced joins the domain, if
// every carry and out has it. What lacks it becomes a scan of its own.
// RUN: seq-opt %s -split-input-file -seq-promote | FileCheck %s

// The state's keys are reduced, its values are not.
// CHECK-LABEL: func @values
func.func @values(%q: tensor<?x2x4xf32>, %v: tensor<?x2x16xf32>,
                  %S0: tensor<2x4x16xf32>, %T: index)
    -> (tensor<?x2x16xf32>, tensor<2x4x16xf32>) {
  %H = arith.constant 2 : index
  %Y = tensor.empty(%T) : tensor<?x2x16xf32>
  // CHECK: %[[N:.+]] = arith.constant 16 : index
  // CHECK: seq.scan domain(%[[H:.+]] = %{{.+}}, %[[E:.+]] = %[[N]]) time(%[[T:.+]] = %{{.+}})
  // CHECK-NEXT: ins(%{{.+}} = %{{.+}}[%[[T]], %[[H]], :] : tensor<?x2x4xf32>,
  // CHECK-SAME: %[[V:.+]] = %{{.+}}[%[[T]], %[[H]], %[[E]]] : tensor<?x2x16xf32>)
  // CHECK-NEXT: outs(%{{.+}}[%[[T]], %[[H]], %[[E]]] : tensor<?x2x16xf32>)
  // CHECK-NEXT: carry(%[[S:.+]] = %{{.+}}[%[[H]], :, %[[E]]] : tensor<2x4x16xf32>)
  // CHECK: %[[ONE:.+]] = tensor.splat %[[V]] : tensor<1xf32>
  // CHECK: tensor.expand_shape %[[S]] {{.+}} : tensor<4xf32> into tensor<4x1xf32>
  // CHECK: seq.outer %{{.+}}, %[[ONE]] : tensor<4xf32>, tensor<1xf32> -> tensor<4x1xf32>
  // CHECK: seq.vecmat %{{.+}}, %{{.+}} : tensor<4xf32>, tensor<4x1xf32> -> tensor<1xf32>
  %y, %SN = seq.scan domain(%h = %H) time(%t = %T)
      ins(%qt = %q[%t, %h, :] : tensor<?x2x4xf32>,
          %vt = %v[%t, %h, :] : tensor<?x2x16xf32>)
      outs(%Y[%t, %h, :] : tensor<?x2x16xf32>)
      carry(%S = %S0[%h, :, :] : tensor<2x4x16xf32>) {
    %kv = seq.outer %qt, %vt : tensor<4xf32>, tensor<16xf32> -> tensor<4x16xf32>
    %half = arith.constant 0.5 : f32
    %S1 = seq.affine %half * %S + %kv : f32, tensor<4x16xf32>
    %yt = seq.vecmat %qt, %S1 : tensor<4xf32>, tensor<4x16xf32> -> tensor<16xf32>
    seq.yield outs(%yt : tensor<16xf32>) carry(%S1 : tensor<4x16xf32>)
  }
  return %y, %SN : tensor<?x2x16xf32>, tensor<2x4x16xf32>
}

// -----

// Decays are exponentiated in a scan of their own, whose steps are independent,
// and a carry without the dimension has its own too.
// CHECK-LABEL: func @separated
func.func @separated(%g: tensor<?x2x4xf32>, %v: tensor<?x2x16xf32>,
                     %S0: tensor<2x4x16xf32>, %z0: tensor<2x4xf32>, %T: index)
    -> (tensor<?x2x16xf32>, tensor<2x4x16xf32>, tensor<2x4xf32>) {
  %H = arith.constant 2 : index
  %Y = tensor.empty(%T) : tensor<?x2x16xf32>
  // CHECK: %[[W:.+]] = seq.scan domain(%{{.+}}, %{{.+}} = %c4{{.*}}) time
  // CHECK: math.exp
  // CHECK: seq.yield outs
  // CHECK: %[[D:.+]]:2 = seq.scan domain(%{{[a-z0-9]+}} = %{{[a-z0-9]+}}) time
  // CHECK: carry(%{{.+}}[%{{.+}}, :] : tensor<2x4xf32>)
  // CHECK: seq.dot
  // CHECK: seq.scan domain(%{{.+}}, %[[E:.+]] = %c16{{.*}}) time
  // CHECK-NEXT: %[[W]]
  // CHECK-SAME: %[[D]]#0
  // CHECK-NOT: math.exp
  // CHECK-NOT: seq.dot
  // CHECK: return
  %y, %SN, %zN = seq.scan domain(%h = %H) time(%t = %T)
      ins(%gt = %g[%t, %h, :] : tensor<?x2x4xf32>,
          %vt = %v[%t, %h, :] : tensor<?x2x16xf32>)
      outs(%Y[%t, %h, :] : tensor<?x2x16xf32>)
      carry(%S = %S0[%h, :, :] : tensor<2x4x16xf32>,
            %z = %z0[%h, :] : tensor<2x4xf32>) {
    %w = math.exp %gt : tensor<4xf32>
    %kv = seq.outer %w, %vt : tensor<4xf32>, tensor<16xf32> -> tensor<4x16xf32>
    %S1 = seq.affine %w * %S + %kv : tensor<4xf32>, tensor<4x16xf32>
    %z1 = seq.affine %w * %z + %gt : tensor<4xf32>
    %sum = seq.dot %gt, %z1 : tensor<4xf32> -> f32
    %read = seq.vecmat %gt, %S1 : tensor<4xf32>, tensor<4x16xf32> -> tensor<16xf32>
    %below = tensor.splat %sum : tensor<16xf32>
    %yt = arith.mulf %read, %below : tensor<16xf32>
    seq.yield outs(%yt : tensor<16xf32>) carry(%S1, %z1 : tensor<4x16xf32>, tensor<4xf32>)
  }
  return %y, %SN, %zN : tensor<?x2x16xf32>, tensor<2x4x16xf32>, tensor<2x4xf32>
}

// -----

// One number for two dimensions of the same extent does not tie them together.
// CHECK-LABEL: func @shared
func.func @shared(%v: tensor<?x2x16xf32>, %S0: tensor<2x16x16xf32>, %T: index)
    -> (tensor<?x2x16xf32>, tensor<2x16x16xf32>) {
  %H = arith.constant 2 : index
  %Y = tensor.empty(%T) : tensor<?x2x16xf32>
  // CHECK: seq.scan domain(%{{.+}}, %{{.+}} = %c16) time
  // CHECK: tensor.splat %{{.+}} : tensor<16xf32>
  // CHECK: tensor.splat %{{.+}} : tensor<1xf32>
  %y, %SN = seq.scan domain(%h = %H) time(%t = %T)
      ins(%vt = %v[%t, %h, :] : tensor<?x2x16xf32>)
      outs(%Y[%t, %h, :] : tensor<?x2x16xf32>)
      carry(%S = %S0[%h, :, :] : tensor<2x16x16xf32>) {
    %half = arith.constant 0.5 : f32
    %halves = tensor.splat %half : tensor<16xf32>
    %value = arith.mulf %vt, %halves : tensor<16xf32>
    %kv = seq.outer %halves, %value : tensor<16xf32>, tensor<16xf32> -> tensor<16x16xf32>
    %S1 = seq.affine %half * %S + %kv : f32, tensor<16x16xf32>
    %yt = seq.vecmat %halves, %S1 : tensor<16xf32>, tensor<16x16xf32> -> tensor<16xf32>
    seq.yield outs(%yt : tensor<16xf32>) carry(%S1 : tensor<16x16xf32>)
  }
  return %y, %SN : tensor<?x2x16xf32>, tensor<2x16x16xf32>
}

// -----

// Lanes have a domain symbol already; and a dimension that is reduced stays.
// CHECK-LABEL: func @channels
func.func @channels(%x: tensor<?x32xf32>, %a: tensor<32x4xf32>, %h0: tensor<32x4xf32>,
                    %T: index) -> (tensor<?x32xf32>, tensor<32x4xf32>) {
  %D = arith.constant 32 : index
  %Y = tensor.empty(%T) : tensor<?x32xf32>
  // CHECK: seq.scan domain(%{{[a-z0-9]+}} = %c32) time
  // CHECK: seq.affine %{{.+}} : tensor<4xf32>
  %y, %hN = seq.scan domain(%d = %D) time(%t = %T)
      ins(%xt = %x[%t, %d] : tensor<?x32xf32>, %at = %a[%d, :] : tensor<32x4xf32>)
      outs(%Y[%t, %d] : tensor<?x32xf32>)
      carry(%h = %h0[%d, :] : tensor<32x4xf32>) {
    %gain = tensor.splat %xt : tensor<4xf32>
    %h1 = seq.affine %at * %h + %gain : tensor<4xf32>
    %yt = seq.reduce add %h1 dims [0] : tensor<4xf32> -> f32
    seq.yield outs(%yt : f32) carry(%h1 : tensor<4xf32>)
  }
  return %y, %hN : tensor<?x32xf32>, tensor<32x4xf32>
}

// -----

// A carry without the dimension that what has it reads: it is written, before
// every step, by the scan that updates it.
// CHECK-LABEL: func @read_before
func.func @read_before(%q: tensor<?x16x4xf32>, %s0: tensor<4xf32>, %T: index)
    -> (tensor<?x16xf32>, tensor<4xf32>) {
  %Y = tensor.empty(%T) : tensor<?x16xf32>
  // CHECK: %[[S:.+]]:2 = seq.scan domain(%[[D:.+]] = %{{.+}}) time(%[[T:.+]] = %{{.+}})
  // CHECK-NEXT: outs(%{{.+}}[%[[T]], %[[D]]] : tensor<?x4xf32>)
  // CHECK-NEXT: carry(%{{.+}} = %{{.+}}[%[[D]]] : tensor<4xf32>)
  // CHECK: seq.scan domain(%[[E:.+]] = %{{.+}}) time(%[[U:.+]] = %{{.+}})
  // CHECK-NEXT: ins(%{{.+}} = %{{.+}}[%[[U]], %[[E]], :] : tensor<?x16x4xf32>, %{{.+}} = %[[S]]#0[%[[U]], :] : tensor<?x4xf32>)
  %y, %sN = seq.scan domain() time(%t = %T)
      ins(%qt = %q[%t, :, :] : tensor<?x16x4xf32>)
      outs(%Y[%t, :] : tensor<?x16xf32>) carry(%s = %s0[:] : tensor<4xf32>) {
    %yt = seq.matvec %qt, %s : tensor<16x4xf32>, tensor<4xf32> -> tensor<16xf32>
    %half = arith.constant 0.5 : f32
    %none = arith.constant dense<1.0> : tensor<4xf32>
    %s1 = seq.affine %half * %s + %none : f32, tensor<4xf32>
    seq.yield outs(%yt : tensor<16xf32>) carry(%s1 : tensor<4xf32>)
  }
  return %y, %sN : tensor<?x16xf32>, tensor<4xf32>
}
