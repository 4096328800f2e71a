// Scans on memrefs, and the model's tensors in the caller's memory.
// RUN: seq-opt %s -split-input-file -seq-bufferize -canonicalize -verify-diagnostics | FileCheck %s

// The output is written where the caller wants it, the state where it is; a
// weight is its own memory.
// CHECK-LABEL: func.func @model
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x4xf32> {seq.argument = "input", seq.name = "x", seq.shape = array<i64: -1, 4>}
// CHECK-SAME: %[[H:[a-z0-9]+]]: memref<4xf32> {seq.argument = "state", seq.name = "h", seq.shape = array<i64: 4>}
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<?x4xf32> {seq.argument = "output", seq.name = "y", seq.shape = array<i64: -1, 4>}
// CHECK-NOT: memref.alloc
// CHECK: %[[W:.+]] = seq.load_weight @w : memref<4xf32>
// CHECK: seq.scan
// CHECK-NEXT: ins(%{{.+}} = %[[X]][%{{.+}}, :] : memref<?x4xf32>, %{{.+}} = %[[W]][:] : memref<4xf32>)
// CHECK-NEXT: outs(%[[Y]][%{{.+}}, :] : memref<?x4xf32>)
// CHECK-NEXT: carry(%{{.+}} = %[[H]][:] : memref<4xf32>)
// The body keeps its tensors.
// CHECK: seq.affine %{{.+}} : tensor<4xf32>
// CHECK-NOT: linalg.copy
// CHECK: return
seq.weight @w : tensor<4xf32> {
  %0 = seq.weight_data "w.bin" offset 0 : tensor<4xf32>
  seq.yield outs(%0 : tensor<4xf32>)
}
func.func @model(%x: tensor<?x4xf32> {seq.name = "x", seq.dims = ["time", ""]},
                 %h: tensor<4xf32> {seq.name = "h"})
    -> (tensor<?x4xf32> {seq.name = "y", seq.dims = ["time", ""]},
        tensor<4xf32> {seq.name = "hN"})
    attributes {seq.states = [["h", "hN"]]} {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %w = seq.load_weight @w : tensor<4xf32>
  %Y = tensor.empty(%T) : tensor<?x4xf32>
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%xt = %x[%t, :] : tensor<?x4xf32>, %a = %w[:] : tensor<4xf32>)
      outs(%Y[%t, :] : tensor<?x4xf32>)
      carry(%p = %h[:] : tensor<4xf32>) {
    %q = seq.affine %a * %p + %xt : tensor<4xf32>
    seq.yield outs(%q : tensor<4xf32>) carry(%q : tensor<4xf32>)
  }
  return %y, %hN : tensor<?x4xf32>, tensor<4xf32>
}

// -----

// A state that the scan starts from, but that an output needs as it was, is
// not updated before that output is written.
// CHECK-LABEL: func.func @before
// CHECK-SAME: %[[H:[a-z0-9]+]]: memref<4xf32> {seq.argument = "state"
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<4xf32> {seq.argument = "output"
// CHECK: %[[COPY:.+]] = memref.alloc() {{.*}}: memref<4xf32>
// CHECK: linalg.copy ins(%[[H]] : memref<4xf32>) outs(%[[COPY]]
// CHECK: seq.scan
// CHECK: carry(%{{.+}} = %[[COPY]][:]
// CHECK: linalg.copy ins(%[[H]] : memref<4xf32>) outs(%[[Y]]
// CHECK: linalg.copy ins(%[[COPY]] : memref<4xf32>) outs(%[[H]]
func.func @before(%h: tensor<4xf32> {seq.name = "h"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "hN"})
    attributes {seq.states = [["h", "hN"]]} {
  %T = arith.constant 3 : index
  %hN = seq.scan domain() time(%t = %T) carry(%p = %h[:] : tensor<4xf32>) {
    %q = arith.negf %p : tensor<4xf32>
    seq.yield carry(%q : tensor<4xf32>)
  }
  return %h, %hN : tensor<4xf32>, tensor<4xf32>
}

// -----

// States that trade places are copied before either is written.
// CHECK-LABEL: func.func @swap
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<4xf32> {seq.argument = "state", seq.name = "a"
// CHECK-SAME: %[[B:[a-z0-9]+]]: memref<4xf32> {seq.argument = "state", seq.name = "b"
// CHECK-DAG: linalg.copy ins(%[[B]] : memref<4xf32>) outs(%[[COPYB:.+]] :
// CHECK-DAG: linalg.copy ins(%[[A]] : memref<4xf32>) outs(%[[COPYA:.+]] :
// CHECK: linalg.copy ins(%[[COPYB]] : memref<4xf32>) outs(%[[A]]
// CHECK: linalg.copy ins(%[[COPYA]] : memref<4xf32>) outs(%[[B]]
func.func @swap(%a: tensor<4xf32> {seq.name = "a"},
                %b: tensor<4xf32> {seq.name = "b"})
    -> (tensor<4xf32> {seq.name = "aN"}, tensor<4xf32> {seq.name = "bN"})
    attributes {seq.states = [["a", "aN"], ["b", "bN"]]} {
  return %b, %a : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error @below {{required one public func.func, the model, found 2}}
module {
  func.func @one() {
    return
  }
  func.func @two() {
    return
  }
}

// -----

// A result that is reshaped at the end is written to a view of the output.
// CHECK-LABEL: func.func @reshaped
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x2x3xf32> {seq.argument = "input"
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<?x6xf32> {seq.argument = "output"
func.func @reshaped(%x: tensor<?x2x3xf32> {seq.name = "x", seq.dims = ["n", "", ""]})
    -> (tensor<?x6xf32> {seq.name = "y", seq.dims = ["n", ""]}) {
  // CHECK: %[[V:.+]] = memref.expand_shape %[[Y]] {{\[}}[0], [1, 2]]
  // CHECK-NOT: memref.alloc
  // CHECK: linalg.exp ins(%[[X]] : memref<?x2x3xf32>) outs(%[[V]] : memref<?x2x3xf32>)
  // CHECK-NEXT: return
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x2x3xf32>
  %e = tensor.empty(%n) : tensor<?x2x3xf32>
  %r = linalg.exp ins(%x : tensor<?x2x3xf32>) outs(%e : tensor<?x2x3xf32>) -> tensor<?x2x3xf32>
  %y = tensor.collapse_shape %r [[0], [1, 2]] : tensor<?x2x3xf32> into tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

// What two results began with is made for each: neither lies in the other's
// memory when both are written.
// CHECK-LABEL: func.func @shared
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<4x3xf32> {seq.argument = "input"
// CHECK-SAME: %[[B:[a-z0-9]+]]: memref<4x3xf32> {seq.argument = "input"
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<4xf32> {seq.argument = "output"
// CHECK-SAME: %[[Z:[a-z0-9]+]]: memref<4xf32> {seq.argument = "output"
// CHECK-NOT: memref.alloc
// CHECK-DAG: linalg.fill ins(%{{.+}} : f32) outs(%[[Y]] : memref<4xf32>)
// CHECK-DAG: linalg.fill ins(%{{.+}} : f32) outs(%[[Z]] : memref<4xf32>)
// CHECK: linalg.reduce ins(%[[A]] : memref<4x3xf32>) outs(%[[Y]] : memref<4xf32>)
// CHECK: linalg.reduce ins(%[[B]] : memref<4x3xf32>) outs(%[[Z]] : memref<4xf32>)
// CHECK-NOT: linalg.copy
// CHECK: return
func.func @shared(%a: tensor<4x3xf32> {seq.name = "a"}, %b: tensor<4x3xf32> {seq.name = "b"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "z"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %y = linalg.reduce ins(%a : tensor<4x3xf32>) outs(%fill : tensor<4xf32>)
      dimensions = [1] (%in: f32, %sum: f32) {
    %s = arith.addf %in, %sum : f32
    linalg.yield %s : f32
  }
  %z = linalg.reduce ins(%b : tensor<4x3xf32>) outs(%fill : tensor<4xf32>)
      dimensions = [1] (%in: f32, %sum: f32) {
    %s = arith.addf %in, %sum : f32
    linalg.yield %s : f32
  }
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}

// -----

// A state that is reshaped before a scan updates it, and after, is updated where
// it is.
// CHECK-LABEL: func.func @reshaped_state
// CHECK-SAME: %[[H:[a-z0-9]+]]: memref<1x4x3xf32> {seq.argument = "state"
// CHECK-NOT: memref.alloc
// CHECK: %[[FLAT:.+]] = memref.collapse_shape %[[H]]
// CHECK: seq.scan
// CHECK: carry(%{{.+}} = %[[FLAT]][%{{.+}}, :] : memref<4x3xf32>)
// CHECK-NOT: linalg.copy
// CHECK: return
func.func @reshaped_state(%x: tensor<4x3xf32> {seq.name = "x"},
                          %h: tensor<1x4x3xf32> {seq.name = "h"})
    -> (tensor<1x4x3xf32> {seq.name = "hN"})
    attributes {seq.states = [["h", "hN"]]} {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %flat = tensor.collapse_shape %h [[0, 1], [2]]
      : tensor<1x4x3xf32> into tensor<4x3xf32>
  %next = seq.scan domain(%b = %c4) time(%t = %c1)
      ins(%xt = %x[%b, :] : tensor<4x3xf32>)
      carry(%s = %flat[%b, :] : tensor<4x3xf32>) {
    %0 = arith.addf %s, %xt : tensor<3xf32>
    seq.yield carry(%0 : tensor<3xf32>)
  }
  %result = tensor.expand_shape %next [[0, 1], [2]] output_shape [1, 4, 3]
      : tensor<4x3xf32> into tensor<1x4x3xf32>
  return %result : tensor<1x4x3xf32>
}

// -----

// What a branch gives to an output is made there in either of its branches, in
// nested ones too.
// CHECK-LABEL: func.func @branches
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<4xf32> {seq.argument = "output"
// CHECK-NOT: memref.alloc
// CHECK: scf.if %{{.+}} {
// CHECK: linalg.reduce ins(%{{.+}} : memref<4x3xf32>) outs(%[[Y]] : memref<4xf32>)
// CHECK: } else {
// CHECK: scf.if %{{.+}} {
// CHECK: linalg.reduce ins(%{{.+}} : memref<4x3xf32>) outs(%[[Y]] : memref<4xf32>)
// CHECK-NOT: linalg.copy
// CHECK: return
func.func @branches(%a: tensor<4x3xf32> {seq.name = "a"}, %n: tensor<i64> {seq.name = "n"})
    -> (tensor<4xf32> {seq.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0 : i64
  %e = tensor.empty() : tensor<4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %number = tensor.extract %n[] : tensor<i64>
  %positive = arith.cmpi sgt, %number, %none : i64
  %negative = arith.cmpi slt, %number, %none : i64
  %y = scf.if %positive -> tensor<4xf32> {
    %sum = linalg.reduce ins(%a : tensor<4x3xf32>) outs(%fill : tensor<4xf32>)
        dimensions = [1] (%in: f32, %s: f32) {
      %0 = arith.addf %in, %s : f32
      linalg.yield %0 : f32
    }
    scf.yield %sum : tensor<4xf32>
  } else {
    %other = scf.if %negative -> tensor<4xf32> {
      %max = linalg.reduce ins(%a : tensor<4x3xf32>) outs(%fill : tensor<4xf32>)
          dimensions = [1] (%in: f32, %s: f32) {
        %0 = arith.maximumf %in, %s : f32
        linalg.yield %0 : f32
      }
      scf.yield %max : tensor<4xf32>
    } else {
      scf.yield %fill : tensor<4xf32>
    }
    scf.yield %other : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

// An input that a branch gives is copied there; a branch's result that somebody
// else reads as well is copied behind it.
// CHECK-LABEL: func.func @given
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<4xf32> {seq.argument = "input", seq.name = "a"
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<4xf32> {seq.argument = "output"
// CHECK-SAME: %[[Z:[a-z0-9]+]]: memref<4xf32> {seq.argument = "output"
// CHECK-DAG: linalg.copy ins(%[[A]] : memref<4xf32>) outs(%[[Y]] : memref<4xf32>)
// CHECK-DAG: %[[SHARED:.+]] = {{scf.if|arith.select}}
// CHECK: linalg.copy ins(%[[SHARED]] : memref<4xf32>) outs(%[[Z]] : memref<4xf32>)
func.func @given(%a: tensor<4xf32> {seq.name = "a"}, %b: tensor<4xf32> {seq.name = "b"},
                 %n: tensor<i64> {seq.name = "n"})
    -> (tensor<4xf32> {seq.name = "y"}, tensor<4xf32> {seq.name = "z"},
        tensor<f32> {seq.name = "w"}) {
  %c1 = arith.constant 1 : index
  %none = arith.constant 0 : i64
  %number = tensor.extract %n[] : tensor<i64>
  %positive = arith.cmpi sgt, %number, %none : i64
  %y = scf.if %positive -> tensor<4xf32> {
    scf.yield %a : tensor<4xf32>
  } else {
    scf.yield %b : tensor<4xf32>
  }
  %z = scf.if %positive -> tensor<4xf32> {
    scf.yield %b : tensor<4xf32>
  } else {
    scf.yield %a : tensor<4xf32>
  }
  %second = tensor.extract %z[%c1] : tensor<4xf32>
  %w = tensor.from_elements %second : tensor<f32>
  return %y, %z, %w : tensor<4xf32>, tensor<4xf32>, tensor<f32>
}
