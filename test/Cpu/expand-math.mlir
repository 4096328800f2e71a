// Transcendental functions become arithmetic; with `library` they stay math's.
// RUN: seq-opt %s -seq-expand-math | FileCheck %s
// RUN: seq-opt %s -seq-expand-math=library | FileCheck %s --check-prefix=LIBRARY
// RUN: seq-opt %s -seq-expand-math=fma=false | FileCheck %s --check-prefix=ROUNDED
// RUN: seq-opt %s -seq-expand-math="library fma=false" | FileCheck %s --check-prefix=ROUNDED

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

// Functions that do not depend on each other go through their polynomials side
// by side, as many as are allowed; one that waits for another follows it.
// RUN: seq-opt %s -seq-expand-math | FileCheck %s --check-prefix=GROUP
// RUN: seq-opt %s -seq-expand-math=side-by-side=1 | FileCheck %s --check-prefix=SINGLE

// GROUP-LABEL: func @independent
// GROUP-COUNT-2: memref.load
// GROUP: arith.negf
// GROUP-NEXT: arith.negf
// GROUP: arith.divf
// GROUP-NEXT: arith.divf
// GROUP: memref.store
// GROUP: arith.negf
// GROUP-NOT: arith.negf
// GROUP: return
// SINGLE-LABEL: func @independent
// SINGLE: arith.negf
// SINGLE: arith.divf
// SINGLE: memref.load
// SINGLE: arith.negf
func.func @independent(%m: memref<3xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = memref.load %m[%c0] : memref<3xf32>
  %0 = seq.sigmoid %a : f32
  %b = memref.load %m[%c1] : memref<3xf32>
  %1 = seq.sigmoid %b : f32
  %s = arith.addf %0, %1 : f32
  memref.store %s, %m[%c2] : memref<3xf32>
  %c = memref.load %m[%c2] : memref<3xf32>
  %2 = seq.sigmoid %c : f32
  return %2 : f32
}

// A store to memory that the argument is not read from keeps nothing apart.
// GROUP-LABEL: func @apart
// GROUP-COUNT-2: memref.load
// GROUP: arith.negf
// GROUP-NEXT: arith.negf
// GROUP-COUNT-2: memref.store
func.func @apart(%m: memref<2xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %own = memref.alloca() : memref<2xf32>
  %a = memref.load %m[%c0] : memref<2xf32>
  %0 = seq.sigmoid %a : f32
  memref.store %0, %own[%c0] : memref<2xf32>
  %b = memref.load %m[%c1] : memref<2xf32>
  %1 = seq.sigmoid %b : f32
  memref.store %1, %own[%c1] : memref<2xf32>
  %sum = memref.load %own[%c0] : memref<2xf32>
  return %sum : f32
}

// exp of a product with a factor that the loop does not change: the base
// changes once, ahead of the loop, and no exponent is rounded twice.
// GROUP-LABEL: func @decay
// GROUP: %[[A:.+]] = arith.mulf %arg1, %{{.+}} : f32
// GROUP-NEXT: scf.for
// GROUP: arith.mulf %{{.+}}, %[[A]] : f32
// GROUP-NOT: arith.cmpf ugt
// GROUP: return
func.func @decay(%m: memref<?xf32>, %a: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %x = memref.load %m[%i] : memref<?xf32>
    %p = arith.mulf %x, %a : f32
    %e = math.exp %p : f32
    memref.store %e, %m[%i] : memref<?xf32>
  }
  return
}

// AVX-512 has instructions for the fraction and for the power of two, which know
// infinities: no clamps. They are for whole registers; other widths give the same
// bits by the same polynomial.
// RUN: seq-opt %s -seq-expand-math=scalef | FileCheck %s --check-prefix=SCALEF
// SCALEF-LABEL: func @powers
// SCALEF: %[[F:.+]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%arg0,
// SCALEF-COUNT-5: math.fma
// SCALEF: %[[N:.+]] = math.roundeven %arg0
// SCALEF: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%{{.+}}, %[[N]],
// SCALEF-COUNT-5: math.fma {{.*}} : vector<8xf32>
// SCALEF: arith.shli {{.*}} : vector<8xi32>
// SCALEF: return
func.func @powers(%x: vector<16xf32>, %y: vector<8xf32>)
    -> (vector<16xf32>, vector<8xf32>) {
  %0 = math.exp2 %x : vector<16xf32>
  %1 = math.exp2 %y : vector<8xf32>
  return %0, %1 : vector<16xf32>, vector<8xf32>
}

// A sigmoid times its own argument (SiLU) takes one division, with the argument
// for a numerator, and no product of the quotient.
// GROUP-LABEL: func @silu
// GROUP-SAME: (%[[X:.+]]: f32)
// GROUP-NOT: arith.divf
// GROUP: %[[SILU:.+]] = arith.divf %[[X]], %{{.+}} : f32
// GROUP-NEXT: return %[[SILU]]
func.func @silu(%x: f32) -> f32 {
  %0 = seq.sigmoid %x : f32
  %1 = arith.mulf %x, %0 : f32
  return %1 : f32
}

// Side by side with one that is none, and with the factors the other way around.
// GROUP-LABEL: func @silu_and_sigmoid
// GROUP-SAME: (%[[X:.+]]: vector<8xf32>, %[[Y:.+]]: vector<8xf32>)
// GROUP: %[[ONE:.+]] = arith.constant dense<1.0{{.*}}> : vector<8xf32>
// GROUP: %[[SIGMOID:.+]] = arith.divf %[[ONE]], %{{.+}} : vector<8xf32>
// GROUP-NEXT: %[[SILU:.+]] = arith.divf %[[Y]], %{{.+}} : vector<8xf32>
// GROUP-NEXT: %[[PRODUCT:.+]] = arith.mulf %[[SIGMOID]], %[[Y]]
// GROUP-NEXT: return %[[PRODUCT]], %[[SILU]]
func.func @silu_and_sigmoid(%x: vector<8xf32>, %y: vector<8xf32>)
    -> (vector<8xf32>, vector<8xf32>) {
  %0 = seq.sigmoid %x : vector<8xf32>
  %1 = seq.sigmoid %y : vector<8xf32>
  %2 = arith.mulf %0, %y : vector<8xf32>
  %3 = arith.mulf %1, %y : vector<8xf32>
  return %2, %3 : vector<8xf32>, vector<8xf32>
}

// Where something else reads the sigmoid too, both stay as they are.
// GROUP-LABEL: func @gate
// GROUP-SAME: (%[[X:.+]]: f32)
// GROUP: %[[GATE:.+]] = arith.divf %{{[^,]+}}, %{{.+}} : f32
// GROUP-NOT: arith.divf
// GROUP: %[[SILU:.+]] = arith.mulf %[[X]], %[[GATE]] : f32
// GROUP-NEXT: return %[[SILU]], %[[GATE]]
func.func @gate(%x: f32) -> (f32, f32) {
  %0 = seq.sigmoid %x : f32
  %1 = arith.mulf %x, %0 : f32
  return %1, %0 : f32, f32
}

// Nothing is added to a product: no zero takes a register.
// CHECK-LABEL: func @product
// CHECK-NOT: math.fma
// CHECK: arith.mulf %arg0, %arg1 : vector<8xf32>
// CHECK: math.fma %arg0, %arg1, %arg1
// LIBRARY-LABEL: func @product
// Each rounds where there is no instruction for both.
// ROUNDED-NOT: math.fma
// ROUNDED-LABEL: func @product
// ROUNDED-NOT: math.fma
// ROUNDED: arith.mulf %arg0, %arg1
// ROUNDED: arith.addf %{{.+}}, %arg1
// ROUNDED-NOT: math.fma
func.func @product(%x: vector<8xf32>, %y: vector<8xf32>)
    -> (vector<8xf32>, vector<8xf32>) {
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %0 = math.fma %x, %y, %zero : vector<8xf32>
  %1 = math.fma %x, %y, %y : vector<8xf32>
  return %0, %1 : vector<8xf32>, vector<8xf32>
}
