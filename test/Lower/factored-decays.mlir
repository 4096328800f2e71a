// A state whose decays need none of its columns lacks them: keys are divided by what
// it lacks and rows multiplied, once for all columns, and a step neither multiplies
// the state nor waits for that.
// RUN: seq-opt %s -seq-lower-recurrent="lanes=16 registers=32" -canonicalize -cse | FileCheck %s

// One decay for all of the state: a number, which scales what has no rows.
// CHECK-LABEL: func @head
// CHECK-DAG: %[[ONE:.+]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG: %[[LEAST:.+]] = arith.constant 2.32830644E-10 : f32
// CHECK-DAG: %[[MOST:.+]] = arith.constant 4.2949673E+9 : f32
// CHECK-DAG: %[[FRESH:.+]] = arith.constant 6.553600e+04 : f32
// CHECK: %[[LACKS:.+]] = memref.alloc() : memref<2xf32>
// CHECK: %[[PAYS:.+]] = arith.cmpi sge, %arg6, %c8
// CHECK: memref.store %[[ONE]], %[[LACKS]]
// As many steps as leave what the state lacks within the range.
// CHECK: scf.while
// CHECK: %[[STEPS:.+]]:3 = scf.while
// CHECK: %[[DECAY:.+]] = memref.load %arg3
// CHECK: %[[NEXT:.+]] = arith.mulf %{{.+}}, %[[DECAY]] : f32
// CHECK: %[[SIZE:.+]] = math.absf %[[NEXT]]
// CHECK: arith.cmpf oge, %[[SIZE]], %[[LEAST]]
// CHECK: arith.cmpf ole, %[[SIZE]], %[[MOST]]
// CHECK: arith.divf %[[ONE]], %{{.+}} : f32
// CHECK: memref.store %[[STEPS]]#1, %[[LACKS]]
// CHECK: scf.if
// CHECK: scf.for %{{.+}} to %[[STEPS]]#0 step %c1
// CHECK: scf.for %{{.+}} = %c0 to %c64 step %c2 iter_args
// CHECK: %[[OLD:.+]] = vector.load %arg4
// CHECK-NOT: arith.mulf {{.*}}%[[OLD]]
// CHECK: %[[NEW:.+]] = arith.addf %[[OLD]]
// CHECK: math.fma %{{.+}}, %[[NEW]]
// The state is scaled where it would lack too much after the next step.
// CHECK: scf.if
// CHECK: scf.for %{{.+}} = %c0 to %c64 step %c1
// CHECK: memref.store %[[FRESH]], %[[LACKS]]
// One decay alone is too much: a step as it stands, or all of a few.
// CHECK: else
// CHECK: scf.if %[[PAYS]]
// CHECK: memref.store %[[ONE]], %[[LACKS]]
// CHECK: arith.select %[[PAYS]]
// CHECK: memref.load %arg3
// CHECK: math.fma
// After the last step the state lacks nothing.
// CHECK: scf.if %[[PAYS]]
// CHECK: scf.for %[[ITEM:.+]] = %{{.+}} to %{{.+}} step %c1
// CHECK: scf.for %{{.+}} = %c0 to %c64 step %c1
// CHECK: memref.load %[[LACKS]][%[[ITEM]]]
// CHECK: memref.store %[[ONE]], %[[LACKS]][%[[ITEM]]]
func.func @head(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x64xf32>, %A: memref<?x2xf32>,
                %S: memref<2x64x64xf32>, %Y: memref<?x2x64xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %T)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %a = %A[%t, %h] : memref<?x2xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %b = seq.outer %k, %v1 : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : f32, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %o = seq.extract %y[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}

// One for each row: keys and rows themselves are scaled, in memory of the thread's
// own; it pays where the state is read more than once.
// CHECK-LABEL: func @rows
// CHECK-COUNT-3: memref.alloca() {{.*}} : memref<32x64xf32>
// CHECK: memref.alloc() : memref<2x64xf32>
// CHECK: scf.while
// CHECK: scf.while
// CHECK-COUNT-4: vector.load %arg3
// CHECK: vector.reduction <and>
// CHECK-COUNT-4: arith.divf {{.*}} : vector<16xf32>
func.func @rows(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x64xf32>, %A: memref<?x2x64xf32>,
                %S: memref<2x64x64xf32>, %Y: memref<?x2x64xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %T)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %a = %A[%t, %h, :] : memref<?x2x64xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %r = seq.vecmat %k, %s1 : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %w = arith.subf %v1, %r : tensor<1xf32>
    %b = seq.outer %k, %w : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : tensor<64xf32>, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %o = seq.extract %y[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}

// It is read once.
// CHECK-LABEL: func @once
// CHECK-NOT: scf.while
func.func @once(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x64xf32>, %A: memref<?x2x64xf32>,
                %S: memref<2x64x64xf32>, %Y: memref<?x2x64xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %T)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %a = %A[%t, %h, :] : memref<?x2x64xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %b = seq.outer %k, %v1 : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : tensor<64xf32>, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %o = seq.extract %y[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}

// Where a series has ended, its state is held.
// CHECK-LABEL: func @lengths
// CHECK-NOT: scf.while
func.func @lengths(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x64xf32>, %A: memref<?x2xf32>,
                %S: memref<2x64x64xf32>, %Y: memref<?x2x64xf32>, %T: index, %N: memref<2xi32>) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %T)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %a = %A[%t, %h] : memref<?x2xf32>)
      lengths(%N[%h] : memref<2xi32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %b = seq.outer %k, %v1 : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : f32, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %o = seq.extract %y[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}

// Its rows are added up without others beside them.
// CHECK-LABEL: func @sums
// CHECK-NOT: scf.while
func.func @sums(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x64xf32>, %A: memref<?x2xf32>,
                %S: memref<2x64x64xf32>, %Y: memref<?x2x64xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %T)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %a = %A[%t, %h] : memref<?x2xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %b = seq.outer %k, %v1 : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : f32, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %g = seq.reduce add %n dims [0] : tensor<64x1xf32> -> tensor<1xf32>
    %y1 = arith.addf %y, %g : tensor<1xf32>
    %o = seq.extract %y1[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}

// Scaling the state at the end costs as much as a few steps save.
// CHECK-LABEL: func @few
// CHECK-NOT: scf.while
func.func @few(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x64xf32>, %A: memref<?x2xf32>,
                %S: memref<2x64x64xf32>, %Y: memref<?x2x64xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %c4)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %a = %A[%t, %h] : memref<?x2xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %b = seq.outer %k, %v1 : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : f32, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %o = seq.extract %y[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}

// Loads of keys and rows, which too few columns share, leave nothing to gain.
// CHECK-LABEL: func @narrow
// CHECK-NOT: scf.while
func.func @narrow(%Q: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                %V: memref<?x2x32xf32>, %A: memref<?x2xf32>,
                %S: memref<2x64x32xf32>, %Y: memref<?x2x32xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  seq.scan domain(%h = %c2, %c = %c32) time(%t = %T)
      ins(%q = %Q[%t, %h, :] : memref<?x2x64xf32>,
          %k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x32xf32>,
          %a = %A[%t, %h] : memref<?x2xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x32xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x32xf32>) {
    %v1 = tensor.splat %v : tensor<1xf32>
    %s1 = tensor.expand_shape %s [[0, 1]] output_shape [64, 1]
        : tensor<64xf32> into tensor<64x1xf32>
    %b = seq.outer %k, %v1 : tensor<64xf32>, tensor<1xf32> -> tensor<64x1xf32>
    %n = seq.affine %a * %s1 + %b : f32, tensor<64x1xf32>
    %y = seq.vecmat %q, %n : tensor<64xf32>, tensor<64x1xf32> -> tensor<1xf32>
    %o = seq.extract %y[0] : tensor<1xf32> -> f32
    %n1 = tensor.collapse_shape %n [[0, 1]] : tensor<64x1xf32> into tensor<64xf32>
    seq.yield outs(%o : f32) carry(%n1 : tensor<64xf32>)
  }
  return
}
