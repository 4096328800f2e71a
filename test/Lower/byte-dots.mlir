// Weights of one byte in quads: every thread puts its rows' vectors in fixed point,
// three bytes an element, and adds up products of four bytes of both.
// RUN: seq-opt %s -seq-lower-recurrent="lanes=8 registers=16" -canonicalize -cse | FileCheck %s
// RUN: sed -e 's/packed 8/packed 16/; s/2x11x32xi8/1x11x64xi8/' %s \
// RUN:   | seq-opt -seq-lower-recurrent="lanes=16 registers=32" -canonicalize -cse | FileCheck %s --check-prefix=WIDE
// RUN: sed -e 's/packed 8/packed 4/; s/2x11x32xi8/3x11x16xi8/' %s \
// RUN:   | seq-opt -seq-lower-recurrent="lanes=4 registers=32" -canonicalize -cse | FileCheck %s --check-prefix=NEON
// RUN: sed -e 's/packed 8/packed 2/; s/2x11x32xi8/6x11x8xi8/' %s \
// RUN:   | not seq-opt -seq-lower-recurrent="lanes=2 registers=32" 2>&1 | FileCheck %s --check-prefix=LANES
// LANES: error: 'seq.scan' op has bytes in quads, which need 4, 8 or 16 lanes, found 2

// CHECK-LABEL: func @dense
// CHECK: scf.execute_region no_inline
// CHECK: %[[DIGITS:.+]] = memref.alloc() : memref<5x3x48xi8>
// CHECK: %[[STARTS:.+]] = memref.alloc() : memref<5x3xi32>
// CHECK: %[[SCALES:.+]] = memref.alloc() : memref<5xf32>
// The largest magnitude; what is past the end counts as zero.
// CHECK: math.absf {{.*}} : vector<8xf32>
// CHECK: arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector<8xi1>, vector<8xf32>
// CHECK: vector.reduction <maximumf>
// CHECK: memref.store %{{.+}}, %[[SCALES]]
// CHECK: math.roundeven {{.*}} : vector<8xf32>
// CHECK-COUNT-3: vector.store %{{.+}}, %[[DIGITS]]{{.*}} vector<8xi8>
// CHECK-COUNT-3: memref.store %{{.+}}, %[[STARTS]]
// Words of the matrix with each digit of an element, eleven times.
// CHECK: scf.for %{{.+}} = %c0 to %c8 step %c4 iter_args({{.*}}) -> (vector<8xi32>, vector<8xi32>, vector<8xi32>
// CHECK-COUNT-3: vector.load %[[DIGITS]]{{.*}} vector<4xi8>
// CHECK: %[[WORDS:.+]] = vector.load %arg1{{.*}} : memref<2x11x32xi8>, vector<32xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"(%{{.+}}, %[[WORDS]], %{{.+}})
// WIDE: vector.load %arg1{{.*}} vector<64xi8>
// WIDE: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// NEON: vector.load %arg1{{.*}} vector<16xi8>
// NEON: llvm.call_intrinsic "llvm.aarch64.neon.usdot.v4i32.v16i8"
// CHECK: arith.sitofp {{.*}} : vector<8xi32> to vector<8xf32>
// CHECK: memref.load %[[SCALES]]
func.func @dense(%X: memref<5x42xf32>, %W: memref<2x11x32xi8>,
                 %Y: memref<1x5x12xf32>) {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  seq.scan domain(%b = %c5) time(%t = %c1)
      ins(%x = %X[%b, :] : memref<5x42xf32>,
          %m = %W[:, :, :] packed 8 as tensor<12x42xf32> : memref<2x11x32xi8>)
      outs(%Y[%t, %b, :] : memref<1x5x12xf32>) {
    %0 = seq.matvec %m, %x
        : tensor<12x42xf32>, tensor<42xf32> -> tensor<12xf32>
    seq.yield outs(%0 : tensor<12xf32>)
  }
  return
}
