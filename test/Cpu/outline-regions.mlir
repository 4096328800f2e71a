// The regions of a long kernel become functions; those that do the same to other
// operands share one. Of a short kernel those regions do that are large and alike.
// RUN: seq-opt %s -seq-outline-regions=least=3 | FileCheck %s
// RUN: seq-opt %s -seq-outline-regions=least=4 | FileCheck %s --check-prefix=SHORT
// RUN: seq-opt %s -seq-outline-regions="least=4 ops=6" | FileCheck %s --check-prefix=ALIKE

// CHECK: func.func private @kernel_part(%[[X:.+]]: memref<8xf32>, %[[Y:.+]]: memref<8xf32>) attributes {passthrough = ["noinline"]} {
// CHECK-DAG: arith.constant 8 : index
// CHECK: memref.load %[[X]]
// CHECK: memref.store %{{.+}}, %[[Y]]
// CHECK: return
// CHECK: func.func private @kernel_part_0
// CHECK: arith.mulf
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: %[[A:.+]]: memref<8xf32>, %[[B:.+]]: memref<8xf32>
// CHECK: scf.execute_region
// CHECK-NEXT: call @kernel_part(%[[A]], %[[B]])
// CHECK: scf.execute_region
// CHECK-NEXT: call @kernel_part_0(%[[A]], %[[B]])
// CHECK: scf.if
// CHECK-NEXT: call @kernel_part(%[[B]], %[[A]])
// CHECK: return
// SHORT-NOT: call

// ALIKE: func.func private @kernel_part(
// ALIKE: arith.addf
// ALIKE-NOT: func.func private
// ALIKE-LABEL: func.func @kernel
// ALIKE-SAME: %[[A:.+]]: memref<8xf32>, %[[B:.+]]: memref<8xf32>
// ALIKE: call @kernel_part(%[[A]], %[[B]])
// ALIKE: arith.mulf
// ALIKE: call @kernel_part(%[[B]], %[[A]])
// ALIKE-LABEL: func.func @differ
// ALIKE-NOT: call
func.func @kernel(%a: memref<8xf32>, %b: memref<8xf32>, %first: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c8 step %c1 {
      %x = memref.load %a[%i] : memref<8xf32>
      %y = arith.addf %x, %x : f32
      memref.store %y, %b[%i] : memref<8xf32>
    }
    scf.yield
  } {seq.threaded}
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c8 step %c1 {
      %x = memref.load %a[%i] : memref<8xf32>
      %y = arith.mulf %x, %x : f32
      memref.store %y, %b[%i] : memref<8xf32>
    }
    scf.yield
  } {seq.threaded}
  scf.if %first {
    scf.for %i = %c0 to %c8 step %c1 {
      %x = memref.load %b[%i] : memref<8xf32>
      %y = arith.addf %x, %x : f32
      memref.store %y, %a[%i] : memref<8xf32>
    }
  }
  return
}

// Another bound; another operand in one of two places.
func.func @differ(%a: memref<8xf32>, %b: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c8 step %c1 {
      %x = memref.load %a[%i] : memref<8xf32>
      %y = memref.load %a[%i] : memref<8xf32>
      %z = arith.addf %x, %y : f32
      memref.store %z, %b[%i] : memref<8xf32>
    }
    scf.yield
  } {seq.threaded}
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c4 step %c1 {
      %x = memref.load %a[%i] : memref<8xf32>
      %y = memref.load %a[%i] : memref<8xf32>
      %z = arith.addf %x, %y : f32
      memref.store %z, %b[%i] : memref<8xf32>
    }
    scf.yield
  } {seq.threaded}
  scf.execute_region no_inline {
    scf.for %i = %c0 to %c8 step %c1 {
      %x = memref.load %a[%i] : memref<8xf32>
      %y = memref.load %b[%i] : memref<8xf32>
      %z = arith.addf %x, %y : f32
      memref.store %z, %b[%i] : memref<8xf32>
    }
    scf.yield
  } {seq.threaded}
  return
}
