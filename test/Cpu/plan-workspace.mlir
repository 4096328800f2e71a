// Temporaries become slices of the workspace; those that are never in use at
// the same time share memory.
// RUN: seq-opt %s -split-input-file -seq-plan-workspace -canonicalize -verify-diagnostics | FileCheck %s

// %a and %b overlap in time; %c comes after %a and takes its place.
// 64 floats are 256 bytes; 3 x batch floats are rounded up to 64 bytes, 5 for
// each thread to 64.
// CHECK-LABEL: func private @model_workspace_bytes
// CHECK-SAME: (%[[DIMS:.+]]: !llvm.ptr, %[[THREADS:.+]]: i64) -> i64
// CHECK-DAG: %[[SHARED:.+]] = arith.constant 512 : index
// CHECK-DAG: %[[ROW:.+]] = arith.constant 12 : index
// CHECK-DAG: %[[ROUND:.+]] = arith.constant 63 : index
// CHECK-DAG: %[[MASK:.+]] = arith.constant -64 : index
// CHECK-DAG: %[[PRIVATE:.+]] = arith.constant 64 : index
// CHECK: llvm.getelementptr %[[DIMS]][2]
// CHECK: %[[BYTES:.+]] = arith.muli %{{.+}}, %[[ROW]]
// CHECK: %[[UP:.+]] = arith.addi %[[BYTES]], %[[ROUND]]
// CHECK: arith.andi %[[UP]], %[[MASK]]
// CHECK: arith.muli %{{.+}}, %[[PRIVATE]]
// CHECK: return

// CHECK-LABEL: func.func @model
// CHECK-SAME: %[[WORKSPACE:[a-z0-9]+]]: memref<?xi8> {seq.argument = "workspace"}
// CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
// CHECK-DAG: %[[C256:.+]] = arith.constant 256 : index
// CHECK-DAG: %[[C512:.+]] = arith.constant 512 : index
// CHECK-DAG: memref.view %[[WORKSPACE]][%[[C0]]][] : memref<?xi8> to memref<64xf32>
// CHECK-DAG: memref.view %[[WORKSPACE]][%[[C256]]][] : memref<?xi8> to memref<64xf32>
// CHECK-DAG: memref.view %[[WORKSPACE]][%[[C512]]][%{{.+}}] : memref<?xi8> to memref<?x3xf32>
// CHECK: seq.thread_id
// CHECK-NOT: memref.alloc
func.func @model(%x: memref<?x64xf32> {seq.argument = "input",
                                       seq.shape = array<i64: -3, 64>},
                 %y: memref<64xf32> {seq.argument = "output",
                                     seq.shape = array<i64: 64>}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %batch = memref.dim %x, %c0 : memref<?x64xf32>
  %a = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%a : memref<64xf32>)
  %b = memref.alloc() : memref<64xf32>
  linalg.copy ins(%a : memref<64xf32>) outs(%b : memref<64xf32>)
  %c = memref.alloc() : memref<64xf32>
  linalg.copy ins(%b : memref<64xf32>) outs(%c : memref<64xf32>)
  linalg.copy ins(%c : memref<64xf32>) outs(%y : memref<64xf32>)
  %d = memref.alloc(%batch) : memref<?x3xf32>
  linalg.fill ins(%zero : f32) outs(%d : memref<?x3xf32>)
  scf.execute_region {
    %e = memref.alloc() : memref<5xf32>
    linalg.fill ins(%zero : f32) outs(%e : memref<5xf32>)
    scf.yield
  } {seq.threaded}
  return
}

// -----

// What is kept is where no other one is, before it and after it.
// CHECK-LABEL: func.func @kept
// CHECK-DAG: %[[C256:.+]] = arith.constant 256 : index
// CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
// CHECK-DAG: memref.view %{{.+}}[%[[C0]]][] : memref<?xi8> to memref<64xf32>
// CHECK-DAG: memref.view %{{.+}}[%[[C256]]][] : memref<?xi8> to memref<1xi8>
// CHECK-NOT: memref.view
func.func @kept(%y: memref<64xf32> {seq.argument = "output",
                                    seq.shape = array<i64: 64>}) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1 : i8
  %c0 = arith.constant 0 : index
  %a = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%a : memref<64xf32>)
  linalg.copy ins(%a : memref<64xf32>) outs(%y : memref<64xf32>)
  %b = memref.alloc() {seq.kept} : memref<1xi8>
  %last = memref.load %b[%c0] : memref<1xi8>
  %next = arith.xori %last, %one : i8
  memref.store %next, %b[%c0] : memref<1xi8>
  return
}

// -----

func.func @data(%n: memref<index> {seq.argument = "input",
                                   seq.shape = array<i64>}) {
  %zero = arith.constant 0.0 : f32
  %count = memref.load %n[] : memref<index>
  // expected-error @below {{of 'memref<?xf32>' needs extents that follow from the model's dimensions, found one that depends on data}}
  %a = memref.alloc(%count) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%a : memref<?xf32>)
  return
}

// -----

// What must hold of the dimensions is no longer in the kernel: without it there
// are no bytes.
// CHECK-LABEL: func private @agree_workspace_bytes
// CHECK-SAME: (%[[DIMS:.+]]: !llvm.ptr
// CHECK-DAG: %[[NONE:.+]] = arith.constant -1 : index
// CHECK: llvm.getelementptr %[[DIMS]][1]
// CHECK: %[[EQUAL:.+]] = arith.cmpi eq
// CHECK: %[[BYTES:.+]] = arith.select %[[EQUAL]], %{{.+}}, %[[NONE]]
// CHECK: %[[RESULT:.+]] = arith.index_cast %[[BYTES]]
// CHECK: return %[[RESULT]]

// CHECK-LABEL: func.func @agree
// CHECK-NOT: cf.assert
func.func @agree(%x: memref<?xf32> {seq.argument = "input",
                                    seq.shape = array<i64: -1>},
                 %y: memref<?xf32> {seq.argument = "output",
                                    seq.shape = array<i64: -2>}) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %m = memref.dim %y, %c0 : memref<?xf32>
  %equal = arith.cmpi eq, %n, %m : index
  cf.assert %equal, "extents must agree"
  linalg.copy ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  return
}

// -----

// What results are as large as is computed for the caller, and compared with
// what he gives.
// CHECK-LABEL: func private @frames_workspace_bytes
// CHECK-SAME: (%[[DIMS:.+]]: !llvm.ptr
// CHECK-DAG: %[[NONE:.+]] = arith.constant -1 : index
// CHECK-DAG: %[[FRAMES:.+]] = llvm.getelementptr %[[DIMS]][1]
// CHECK-DAG: %[[GIVEN:.+]] = llvm.load %[[FRAMES]]
// CHECK: %[[EQUAL:.+]] = arith.cmpi eq
// CHECK: arith.select %[[EQUAL]], %{{.+}}, %[[NONE]]

// CHECK-LABEL: func private @frames_derive_extents
// CHECK-SAME: (%[[DIMS:.+]]: !llvm.ptr)
// CHECK: %[[TIME:.+]] = llvm.load %[[DIMS]]
// CHECK: %[[N:.+]] = arith.index_cast %[[TIME]]
// CHECK: %[[HALF:.+]] = arith.floordivsi %[[N]], %{{.+}}
// CHECK: %[[EXTENT:.+]] = arith.index_cast %[[HALF]]
// CHECK: %[[PLACE:.+]] = llvm.getelementptr %[[DIMS]][1]
// CHECK: llvm.store %[[EXTENT]], %[[PLACE]]

// CHECK-LABEL: func.func @frames
// CHECK-NOT: seq.derived_dim
func.func @frames(%x: memref<?xf32> {seq.argument = "input",
                                     seq.shape = array<i64: -1>},
                  %y: memref<?xf32> {seq.argument = "output",
                                     seq.shape = array<i64: -2>})
    attributes {seq.dim_names = ["time", "frames"]} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %half = arith.floordivsi %n, %c2 : index
  seq.derived_dim "frames" = %half
  return
}

// -----

// Not from data, and not from itself.
// expected-error @below {{dimension 'frames' of a result must follow from dimensions of arguments}}
func.func @circular(%y: memref<?xf32> {seq.argument = "output",
                                       seq.shape = array<i64: -1>})
    attributes {seq.dim_names = ["frames"]} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %y, %c0 : memref<?xf32>
  seq.derived_dim "frames" = %n
  return
}

// -----

// expected-error @below {{dimension 'frames' of a result must follow from dimensions of arguments}}
func.func @loaded(%n: memref<index> {seq.argument = "input",
                                     seq.shape = array<i64>},
                  %y: memref<?xf32> {seq.argument = "output",
                                     seq.shape = array<i64: -1>})
    attributes {seq.dim_names = ["frames"]} {
  %count = memref.load %n[] : memref<index>
  seq.derived_dim "frames" = %count
  return
}

// -----

func.func @unknown(%x: memref<?xf32> {seq.argument = "input",
                                      seq.shape = array<i64: -1>}) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  // expected-error @below {{'seq.derived_dim' op needs a dimension in 'seq.dim_names' of the function, found none}}
  seq.derived_dim "frames" = %n
  return
}

// -----

// Of two branches one runs: what is in use in one of them alone shares memory
// with the other's. %before is read in the second, so it is in the way of both.
// CHECK-LABEL: func private @branches_workspace_bytes
// CHECK: %[[ALL:.+]] = arith.constant 512 : i64
// CHECK: return %[[ALL]]
// CHECK-LABEL: func.func @branches
// CHECK-SAME: %[[WORKSPACE:[a-z0-9]+]]: memref<?xi8> {seq.argument = "workspace"}
// CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
// CHECK-DAG: %[[C256:.+]] = arith.constant 256 : index
// CHECK: memref.view %[[WORKSPACE]][%[[C0]]][]
// CHECK: memref.view %[[WORKSPACE]][%[[C256]]][]
// CHECK: memref.view %[[WORKSPACE]][%[[C256]]][]
func.func @branches(%x: memref<64xf32> {seq.argument = "input",
                                        seq.shape = array<i64: 64>},
                    %y: memref<64xf32> {seq.argument = "output",
                                        seq.shape = array<i64: 64>}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %before = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%before : memref<64xf32>)
  %number = memref.load %x[%c0] : memref<64xf32>
  %positive = arith.cmpf ogt, %number, %zero : f32
  scf.if %positive {
    %a = memref.alloc() : memref<64xf32>
    linalg.fill ins(%number : f32) outs(%a : memref<64xf32>)
    linalg.copy ins(%a : memref<64xf32>) outs(%y : memref<64xf32>)
  } else {
    %b = memref.alloc() : memref<64xf32>
    linalg.copy ins(%before : memref<64xf32>) outs(%b : memref<64xf32>)
    linalg.copy ins(%b : memref<64xf32>) outs(%y : memref<64xf32>)
  }
  return
}
