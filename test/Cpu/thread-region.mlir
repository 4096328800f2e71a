// Who executes what, and where the threads meet.
// RUN: seq-opt %s -split-input-file -seq-thread-region -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @mixed
// CHECK: %[[ID:.+]] = seq.thread_id
// CHECK: %[[FIRST:.+]] = arith.cmpi eq, %[[ID]]
// One region for both fills; what the second one needs is made before it.
// CHECK: %[[VIEW:.+]] = memref.subview
// CHECK: scf.if %[[FIRST]] {
// CHECK-NEXT: linalg.fill
// CHECK-NEXT: linalg.fill {{.*}}outs(%[[VIEW]]
// CHECK-NEXT: }
// CHECK-NEXT: seq.barrier
// CHECK-NEXT: scf.execute_region {
// CHECK: } {seq.threaded}
// CHECK-NEXT: seq.barrier
// CHECK-NEXT: memref.load
// CHECK-NEXT: seq.barrier
// CHECK-NEXT: scf.if %[[FIRST]] {
// CHECK-NEXT: memref.store
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @mixed(%a: memref<8xf32> {seq.argument = "output"}, %x: f32) {
  %c0 = arith.constant 0 : index
  linalg.fill ins(%x : f32) outs(%a : memref<8xf32>)
  %view = memref.subview %a[4] [4] [1]
      : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  linalg.fill ins(%x : f32) outs(%view : memref<4xf32, strided<[1], offset: 4>>)
  scf.execute_region {
    %id = seq.thread_id
    memref.store %x, %a[%id] : memref<8xf32>
    scf.yield
  } {seq.threaded}
  %y = memref.load %a[%c0] : memref<8xf32>
  memref.store %y, %a[%c0] : memref<8xf32>
  return
}

// -----

// Control flow around threaded ops is executed by every thread.
// CHECK-LABEL: func @control
// CHECK: scf.for
// CHECK-NEXT: scf.if
// CHECK-NEXT: linalg.fill
// CHECK-NEXT: }
// CHECK-NEXT: seq.barrier
// CHECK-NEXT: scf.execute_region
// CHECK: } {seq.threaded}
// CHECK-NEXT: seq.barrier
// CHECK-NEXT: }
func.func @control(%a: memref<8xf32> {seq.argument = "output"}, %x: f32,
                   %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    linalg.fill ins(%x : f32) outs(%a : memref<8xf32>)
    scf.execute_region {
      memref.store %x, %a[%i] : memref<8xf32>
      scf.yield
    } {seq.threaded}
  }
  return
}

// -----

func.func @escapes(%a: memref<8xf32> {seq.argument = "output"}, %x: f32,
                   %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @below {{writes memory and has results: it cannot be left to one of several threads}}
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%v = %x) -> f32 {
    memref.store %v, %a[%i] : memref<8xf32>
    scf.yield %v : f32
  }
  memref.store %last, %a[%c0] : memref<8xf32>
  return
}
