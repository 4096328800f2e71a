// Transcendental functions become arithmetic; with `library` they stay math's.
// RUN: seq-opt %s -seq-expand-math | FileCheck %s
// RUN: seq-opt %s -seq-expand-math=library | FileCheck %s --check-prefix=LIBRARY

// CHECK-LABEL: func @functions
// CHECK-NOT: math.exp
// CHECK-NOT: math.tanh
// CHECK-NOT: seq.
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK: arith.shli {{.*}} : vector<8xi32>
// LIBRARY-LABEL: func @functions
// LIBRARY: math.exp %{{.+}} : vector<8xf32>
// LIBRARY: math.tanh
// LIBRARY-NOT: seq.
// LIBRARY: math.log1p
func.func @functions(%x: vector<8xf32>)
    -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) {
  %0 = math.exp %x : vector<8xf32>
  %1 = math.tanh %x : vector<8xf32>
  %2 = seq.sigmoid %x : vector<8xf32>
  %3 = seq.softplus %x : vector<8xf32>
  return %0, %1, %2, %3
      : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
}
