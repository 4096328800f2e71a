// A scan without carries that only the next one reads runs within that, a block of
// steps ahead: what it computes lies in a thread's own memory for so long.
// RUN: seq-opt %s -seq-lower-recurrent="lanes=16 registers=32" -canonicalize -cse | FileCheck %s

// The rule reads the state twice at every step. All of what it reads first but
// that of a block's first step is added up by the step before, which has the new
// state in registers.
// CHECK-LABEL: func @delta
// CHECK-COUNT-1: scf.execute_region
// CHECK: %[[DECAYS:.+]] = memref.alloc() : memref<32x2x64xf32>
// CHECK: scf.for %[[START:.+]] = %c0 to %{{.+}} step %c32
// CHECK: math.exp
// CHECK: vector.store %{{.+}}, %[[DECAYS]]
// The state read at the first step, in two chains.
// CHECK: %[[FIRST:.+]]:8 = scf.for {{.*}} step %c2
// CHECK-NOT: vector.store
// CHECK: scf.yield
// CHECK-COUNT-4: arith.addf {{.*}}, %[[FIRST]]#
// Every step begins with what the one before has read.
// CHECK: scf.for {{.*}} iter_args({{.+}}, {{.+}}, {{.+}}, {{.+}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// While it computes, what is computed ahead in the next block is asked for.
// CHECK: memref.prefetch %arg0[{{.*}}, %c48], read, locality<2>
// CHECK: %[[BOTH:.+]]:8 = scf.for {{.*}} step %c2
// CHECK: memref.load %[[DECAYS]]
// CHECK: vector.store {{.*}}, %arg3
// CHECK: scf.yield
// CHECK-COUNT-4: vector.store %[[BOTH]]#{{[0-3]}}, %arg4
// CHECK: scf.yield %[[BOTH]]#4, %[[BOTH]]#5, %[[BOTH]]#6, %[[BOTH]]#7
// CHECK-NOT: scf.execute_region
func.func @delta(%G: memref<?x2x64xf32>, %K: memref<?x2x64xf32>,
                 %V: memref<?x2x64xf32>, %S: memref<2x64x64xf32>,
                 %Y: memref<?x2x64xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %D = memref.alloc(%T) : memref<?x2x64xf32>
  seq.scan domain(%h = %c2, %j = %c64) time(%t = %T)
      ins(%g = %G[%t, %h, %j] : memref<?x2x64xf32>)
      outs(%D[%t, %h, %j] : memref<?x2x64xf32>) {
    %d = math.exp %g : f32
    seq.yield outs(%d : f32)
  }
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %T)
      ins(%k = %K[%t, %h, :] : memref<?x2x64xf32>,
          %v = %V[%t, %h, %c] : memref<?x2x64xf32>,
          %d = %D[%t, %h, :] : memref<?x2x64xf32>)
      outs(%Y[%t, %h, %c] : memref<?x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %r = seq.dot %k, %s : tensor<64xf32> -> f32
    %w = arith.subf %v, %r : f32
    %ws = tensor.splat %w : tensor<64xf32>
    %b = arith.mulf %k, %ws : tensor<64xf32>
    %n = seq.affine %d * %s + %b : tensor<64xf32>
    %y = seq.dot %k, %n : tensor<64xf32> -> f32
    seq.yield outs(%y : f32) carry(%n : tensor<64xf32>)
  }
  return
}

// A rule that does not read the state first.
// CHECK-LABEL: func @alone
// CHECK-COUNT-1: scf.execute_region
// CHECK: memref.alloc() : memref<32x2x64xf32>
// CHECK-NOT: scf.execute_region
func.func @alone(%G: memref<8x2x64xf32>, %K: memref<8x2x64xf32>,
               %S: memref<2x64x64xf32>, %Y: memref<8x2x64xf32>,
               %Z: memref<8x2x64xf32>) {
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %D = memref.alloc() : memref<8x2x64xf32>
  seq.scan domain(%h = %c2, %j = %c64) time(%t = %c8)
      ins(%g = %G[%t, %h, %j] : memref<8x2x64xf32>)
      outs(%D[%t, %h, %j] : memref<8x2x64xf32>) {
    %d = math.exp %g : f32
    seq.yield outs(%d : f32)
  }
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %c8)
      ins(%k = %K[%t, %h, :] : memref<8x2x64xf32>,
          %d = %D[%t, %h, :] : memref<8x2x64xf32>)
      outs(%Y[%t, %h, %c] : memref<8x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %n = seq.affine %d * %s + %k : tensor<64xf32>
    %y = seq.dot %k, %n : tensor<64xf32> -> f32
    seq.yield outs(%y : f32) carry(%n : tensor<64xf32>)
  }
  return
}

// What somebody else reads, too, is computed before.
// CHECK-LABEL: func @shared
// CHECK: memref.alloc() : memref<8x2x64xf32>
// CHECK-COUNT-2: scf.execute_region
func.func @shared(%G: memref<8x2x64xf32>, %K: memref<8x2x64xf32>,
               %S: memref<2x64x64xf32>, %Y: memref<8x2x64xf32>,
               %Z: memref<8x2x64xf32>) {
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %D = memref.alloc() : memref<8x2x64xf32>
  seq.scan domain(%h = %c2, %j = %c64) time(%t = %c8)
      ins(%g = %G[%t, %h, %j] : memref<8x2x64xf32>)
      outs(%D[%t, %h, %j] : memref<8x2x64xf32>) {
    %d = math.exp %g : f32
    seq.yield outs(%d : f32)
  }
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %c8)
      ins(%k = %K[%t, %h, :] : memref<8x2x64xf32>,
          %d = %D[%t, %h, :] : memref<8x2x64xf32>)
      outs(%Y[%t, %h, %c] : memref<8x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %n = seq.affine %d * %s + %k : tensor<64xf32>
    %y = seq.dot %k, %n : tensor<64xf32> -> f32
    seq.yield outs(%y : f32) carry(%n : tensor<64xf32>)
  }
  linalg.copy ins(%D : memref<8x2x64xf32>) outs(%Z : memref<8x2x64xf32>)
  return
}

// And so is what is computed from memory that the next scan writes.
// CHECK-LABEL: func @overwritten
// CHECK: memref.alloc() : memref<8x2x64xf32>
// CHECK-COUNT-2: scf.execute_region
func.func @overwritten(%G: memref<8x2x64xf32>, %K: memref<8x2x64xf32>,
               %S: memref<2x64x64xf32>, %Y: memref<8x2x64xf32>,
               %Z: memref<8x2x64xf32>) {
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %D = memref.alloc() : memref<8x2x64xf32>
  seq.scan domain(%h = %c2, %j = %c64) time(%t = %c8)
      ins(%g = %G[%t, %h, %j] : memref<8x2x64xf32>)
      outs(%D[%t, %h, %j] : memref<8x2x64xf32>) {
    %d = math.exp %g : f32
    seq.yield outs(%d : f32)
  }
  seq.scan domain(%h = %c2, %c = %c64) time(%t = %c8)
      ins(%k = %K[%t, %h, :] : memref<8x2x64xf32>,
          %d = %D[%t, %h, :] : memref<8x2x64xf32>)
      outs(%G[%t, %h, %c] : memref<8x2x64xf32>)
      carry(%s = %S[%h, :, %c] : memref<2x64x64xf32>) {
    %n = seq.affine %d * %s + %k : tensor<64xf32>
    %y = seq.dot %k, %n : tensor<64xf32> -> f32
    seq.yield outs(%y : f32) carry(%n : tensor<64xf32>)
  }
  return
}

// Maxima are no sums: one chain for each, and no sum of two.
// CHECK-LABEL: func @largest
// CHECK: %[[FIRST:.+]]:4 = scf.for {{.*}} step %c2
// CHECK: arith.maximumf
// CHECK: scf.yield
// CHECK-NOT: arith.addf
// CHECK: scf.for {{.*}} iter_args({{.+}} = %[[FIRST]]#0,
func.func @largest(%S: memref<64x64xf32>, %X: memref<8x64xf32>,
                   %Y: memref<8x64xf32>) {
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  seq.scan domain(%c = %c64) time(%t = %c8)
      ins(%x = %X[%t, :] : memref<8x64xf32>)
      outs(%Y[%t, %c] : memref<8x64xf32>)
      carry(%s = %S[:, %c] : memref<64x64xf32>) {
    %m = seq.reduce max %s dims [0] : tensor<64xf32> -> f32
    %ms = tensor.splat %m : tensor<64xf32>
    %b = arith.subf %x, %ms : tensor<64xf32>
    %n = seq.affine %m * %s + %b : f32, tensor<64xf32>
    %y = seq.dot %x, %n : tensor<64xf32> -> f32
    seq.yield outs(%y : f32) carry(%n : tensor<64xf32>)
  }
  return
}
