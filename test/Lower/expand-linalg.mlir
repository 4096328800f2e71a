// Linalg ops on memrefs become loops; what stands around them stays.
// RUN: seq-opt %s -seq-expand-linalg -split-input-file -verify-diagnostics | FileCheck %s

#row = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @sum
// CHECK-SAME: %[[X:.+]]: memref<?x4xf32>, %[[Y:.+]]: memref<4xf32>
// CHECK: arith.addi %{{.+}}, %{{.+}} : index
// CHECK: %[[N:.+]] = memref.dim %[[X]]
// CHECK: scf.for %[[I:.+]] = %{{.+}} to %[[N]]
// CHECK: scf.for %[[J:.+]] =
// CHECK: %[[ROW:.+]] = affine.apply {{.+}}(%[[I]])
// CHECK: %[[COLUMN:.+]] = affine.apply {{.+}}(%[[J]])
// CHECK: %[[A:.+]] = memref.load %[[X]][%[[ROW]], %[[COLUMN]]]
// CHECK: %[[PLACE:.+]] = affine.apply {{.+}}(%[[J]])
// CHECK: %[[B:.+]] = memref.load %[[Y]][%[[PLACE]]]
// CHECK: %[[S:.+]] = arith.addf %[[A]], %[[B]]
// CHECK: memref.store %[[S]], %[[Y]]
// CHECK-NOT: linalg
func.func @sum(%x: memref<?x4xf32>, %y: memref<4xf32>) -> index {
  %two = arith.constant 2 : index
  %four = arith.addi %two, %two : index
  linalg.generic {indexing_maps = [#row, #column],
                  iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<?x4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out : f32
    linalg.yield %0 : f32
  }
  return %four : index
}

// -----

func.func @on_tensors(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected an op on memrefs}}
  %z = linalg.copy ins(%x : tensor<4xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}
