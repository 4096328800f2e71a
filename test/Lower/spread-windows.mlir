// Convolutions whose windows lie behind each other become linalg ops along them.
// RUN: seq-opt %s -seq-spread-windows='lanes=8' | FileCheck %s

// CHECK-DAG: #[[WEIGHT:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d2, d4, d5)>
// CHECK-DAG: #[[READ:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d4, d3 * 2 + d5)>
// CHECK-DAG: #[[RESULT:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[WHOLE:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[ROW:.+]] = affine_map<(d0, d1, d2, d3) -> (d2)>

// CHECK-LABEL: func.func @strided
// CHECK-NOT: seq.scan
// CHECK: %[[ZERO:.+]] = linalg.fill
// CHECK: %[[SUM:.+]] = linalg.generic {indexing_maps = [#[[WEIGHT]], #[[READ]], #[[RESULT]]], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
// CHECK-SAME: outs(%[[ZERO]]
// CHECK: math.fma
// CHECK: linalg.generic {indexing_maps = [#[[WHOLE]], #[[ROW]], #[[WHOLE]]]
// CHECK-SAME: ins(%[[SUM]], %{{.+}} :
// CHECK: arith.addf
func.func @strided(%x: tensor<2x4x99xf32>, %w: tensor<6x4x3xf32>,
                   %b: tensor<6xf32>) -> tensor<1x2x6x49xf32> {
  %n = arith.constant 2 : index
  %windows = arith.constant 49 : index
  %one = arith.constant 1 : index
  %y = tensor.empty() : tensor<1x2x6x49xf32>
  %0 = seq.scan domain(%i = %n, %j = %windows) time(%t = %one)
      ins(%xs = %x[%i, :, %j * 2 + 3] : tensor<2x4x99xf32>,
          %ws = %w[:, :, :] : tensor<6x4x3xf32>, %bs = %b[:] : tensor<6xf32>)
      outs(%y[%t, %i, :, %j] : tensor<1x2x6x49xf32>) {
    %1 = seq.matvec %ws, %xs : tensor<6x4x3xf32>, tensor<4x3xf32> -> tensor<6xf32>
    %2 = arith.addf %1, %bs : tensor<6xf32>
    seq.yield outs(%2 : tensor<6xf32>)
  }
  return %0 : tensor<1x2x6x49xf32>
}

// A number for all of a slice is one in the linalg op. Any number of windows.
// CHECK-LABEL: func.func @scaled
// CHECK-NOT: seq.scan
// CHECK: linalg.generic
// CHECK: linalg.generic
// CHECK: %[[HALF:.+]] = arith.constant 5.000000e-01 : f32
// CHECK: arith.mulf %{{.+}}, %[[HALF]] : f32
func.func @scaled(%x: tensor<4x?xf32>, %w: tensor<6x4x1xf32>, %windows: index)
    -> tensor<1x6x?xf32> {
  %one = arith.constant 1 : index
  %half = arith.constant dense<0.5> : tensor<6xf32>
  %y = tensor.empty(%windows) : tensor<1x6x?xf32>
  %0 = seq.scan domain(%j = %windows) time(%t = %one)
      ins(%xs = %x[:, %j * 1 + 1] : tensor<4x?xf32>,
          %ws = %w[:, :, :] : tensor<6x4x1xf32>)
      outs(%y[%t, :, %j] : tensor<1x6x?xf32>) {
    %1 = seq.matvec %ws, %xs : tensor<6x4x1xf32>, tensor<4x1xf32> -> tensor<6xf32>
    %2 = arith.mulf %1, %half : tensor<6xf32>
    seq.yield outs(%2 : tensor<6xf32>)
  }
  return %0 : tensor<1x6x?xf32>
}

// Windows three elements apart, of few products.
// CHECK-LABEL: func.func @apart
// CHECK-NOT: seq.scan
// CHECK: linalg.generic
func.func @apart(%x: tensor<16x98xf32>, %w: tensor<6x16x4xf32>) -> tensor<1x6x32xf32> {
  %windows = arith.constant 32 : index
  %one = arith.constant 1 : index
  %y = tensor.empty() : tensor<1x6x32xf32>
  %0 = seq.scan domain(%j = %windows) time(%t = %one)
      ins(%xs = %x[:, %j * 3 + 4] : tensor<16x98xf32>,
          %ws = %w[:, :, :] : tensor<6x16x4xf32>)
      outs(%y[%t, :, %j] : tensor<1x6x32xf32>) {
    %1 = seq.matvec %ws, %xs : tensor<6x16x4xf32>, tensor<16x4xf32> -> tensor<6xf32>
    seq.yield outs(%1 : tensor<6xf32>)
  }
  return %0 : tensor<1x6x32xf32>
}

// Few windows, as in a step of a stream; windows three elements apart, of 68
// products; rows that lie behind each other: scans.
// CHECK-LABEL: func.func @kept
// CHECK-COUNT-3: seq.scan
func.func @kept(%x: tensor<4x17xf32>, %s: tensor<17x98xf32>, %r: tensor<99x4xf32>,
                %w: tensor<6x4x3xf32>, %v: tensor<6x17x4xf32>, %d: tensor<6x4xf32>)
    -> (tensor<1x6x15xf32>, tensor<1x6x32xf32>, tensor<1x99x6xf32>) {
  %few = arith.constant 15 : index
  %many = arith.constant 32 : index
  %rows = arith.constant 99 : index
  %one = arith.constant 1 : index
  %y = tensor.empty() : tensor<1x6x15xf32>
  %0 = seq.scan domain(%j = %few) time(%t = %one)
      ins(%xs = %x[:, %j * 1 + 3] : tensor<4x17xf32>,
          %ws = %w[:, :, :] : tensor<6x4x3xf32>)
      outs(%y[%t, :, %j] : tensor<1x6x15xf32>) {
    %1 = seq.matvec %ws, %xs : tensor<6x4x3xf32>, tensor<4x3xf32> -> tensor<6xf32>
    seq.yield outs(%1 : tensor<6xf32>)
  }
  %z = tensor.empty() : tensor<1x6x32xf32>
  %2 = seq.scan domain(%j = %many) time(%t = %one)
      ins(%xs = %s[:, %j * 3 + 4] : tensor<17x98xf32>,
          %ws = %v[:, :, :] : tensor<6x17x4xf32>)
      outs(%z[%t, :, %j] : tensor<1x6x32xf32>) {
    %1 = seq.matvec %ws, %xs : tensor<6x17x4xf32>, tensor<17x4xf32> -> tensor<6xf32>
    seq.yield outs(%1 : tensor<6xf32>)
  }
  %u = tensor.empty() : tensor<1x99x6xf32>
  %3 = seq.scan domain(%j = %rows) time(%t = %one)
      ins(%xs = %r[%j, :] : tensor<99x4xf32>, %ws = %d[:, :] : tensor<6x4xf32>)
      outs(%u[%t, %j, :] : tensor<1x99x6xf32>) {
    %1 = seq.matvec %ws, %xs : tensor<6x4xf32>, tensor<4xf32> -> tensor<6xf32>
    seq.yield outs(%1 : tensor<6xf32>)
  }
  return %0, %2, %3 : tensor<1x6x15xf32>, tensor<1x6x32xf32>, tensor<1x99x6xf32>
}

// The extent of what is added up is that of the windows alone.
// CHECK-LABEL: func.func @sums
// CHECK: seq.scan
func.func @sums(%x: tensor<100xf32>) -> tensor<1x48xf32> {
  %windows = arith.constant 48 : index
  %one = arith.constant 1 : index
  %y = tensor.empty() : tensor<1x48xf32>
  %0 = seq.scan domain(%j = %windows) time(%t = %one)
      ins(%xs = %x[%j * 2 + 4] : tensor<100xf32>)
      outs(%y[%t, %j] : tensor<1x48xf32>) {
    %1 = seq.reduce add %xs dims [0] : tensor<4xf32> -> f32
    seq.yield outs(%1 : f32)
  }
  return %0 : tensor<1x48xf32>
}

// A form that somebody asks for is kept.
// CHECK-LABEL: func.func @asked
// CHECK: seq.scan
// CHECK: schedule [#seq.alternative<naive>]
func.func @asked(%x: tensor<4x50xf32>, %w: tensor<6x4x3xf32>)
    -> tensor<1x6x48xf32> {
  %windows = arith.constant 48 : index
  %one = arith.constant 1 : index
  %y = tensor.empty() : tensor<1x6x48xf32>
  %0 = seq.scan domain(%j = %windows) time(%t = %one)
      ins(%xs = %x[:, %j * 1 + 3] : tensor<4x50xf32>,
          %ws = %w[:, :, :] : tensor<6x4x3xf32>)
      outs(%y[%t, :, %j] : tensor<1x6x48xf32>)
      schedule [#seq.alternative<naive>] {
    %1 = seq.matvec %ws, %xs : tensor<6x4x3xf32>, tensor<4x3xf32> -> tensor<6xf32>
    seq.yield outs(%1 : tensor<6xf32>)
  }
  return %0 : tensor<1x6x48xf32>
}
