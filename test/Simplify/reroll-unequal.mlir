// Steps that are almost equal, and what must not be made of them.
// RUN: seq-opt %s -seq-reroll=remarks=false -canonicalize | FileCheck %s

// Slices that begin alike and move along other dimensions are two inputs.
// CHECK-LABEL: func @dims
// CHECK-SAME: (%[[X:.+]]: tensor<8x8xf32>
// CHECK-DAG: %[[COLUMN:.+]] = tensor.extract_slice %[[X]][0, 0] [8, 1]
// CHECK-DAG: %[[ROW:.+]] = tensor.extract_slice %[[X]][0, 0] [1, 8]
// CHECK: seq.scan
// CHECK-NEXT: ins(%{{.+}} = %[[ROW]][:, %[[T:.+]]] : tensor<1x8xf32>, %{{.+}} = %[[COLUMN]][%[[T]], :] : tensor<8x1xf32>)
func.func @dims(%x: tensor<8x8xf32>, %h: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %a0 = tensor.extract_slice %x[0, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b0 = tensor.extract_slice %x[0, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m0 = arith.mulf %h, %a0 : tensor<1x1xf32>
  %q0 = arith.addf %m0, %b0 : tensor<1x1xf32>
  %a1 = tensor.extract_slice %x[1, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b1 = tensor.extract_slice %x[0, 1] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m1 = arith.mulf %q0, %a1 : tensor<1x1xf32>
  %q1 = arith.addf %m1, %b1 : tensor<1x1xf32>
  %a2 = tensor.extract_slice %x[2, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b2 = tensor.extract_slice %x[0, 2] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m2 = arith.mulf %q1, %a2 : tensor<1x1xf32>
  %q2 = arith.addf %m2, %b2 : tensor<1x1xf32>
  %a3 = tensor.extract_slice %x[3, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b3 = tensor.extract_slice %x[0, 3] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m3 = arith.mulf %q2, %a3 : tensor<1x1xf32>
  %q3 = arith.addf %m3, %b3 : tensor<1x1xf32>
  %a4 = tensor.extract_slice %x[4, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b4 = tensor.extract_slice %x[0, 4] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m4 = arith.mulf %q3, %a4 : tensor<1x1xf32>
  %q4 = arith.addf %m4, %b4 : tensor<1x1xf32>
  %a5 = tensor.extract_slice %x[5, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b5 = tensor.extract_slice %x[0, 5] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m5 = arith.mulf %q4, %a5 : tensor<1x1xf32>
  %q5 = arith.addf %m5, %b5 : tensor<1x1xf32>
  %a6 = tensor.extract_slice %x[6, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b6 = tensor.extract_slice %x[0, 6] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m6 = arith.mulf %q5, %a6 : tensor<1x1xf32>
  %q6 = arith.addf %m6, %b6 : tensor<1x1xf32>
  %a7 = tensor.extract_slice %x[7, 0] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %b7 = tensor.extract_slice %x[0, 7] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1x1xf32>
  %m7 = arith.mulf %q6, %a7 : tensor<1x1xf32>
  %q7 = arith.addf %m7, %b7 : tensor<1x1xf32>
  return %q7 : tensor<1x1xf32>
}

// Where the rows of a readout are follows from the last step: the steps become a
// scan without it.
// CHECK-LABEL: func @offset
// CHECK: %[[R:.+]]:2 = seq.scan
// CHECK: math.tanh
// CHECK-NOT: arith.addf
// CHECK: }
// CHECK: tensor.extract %[[R]]#1
// CHECK-COUNT-8: arith.addf
func.func @offset(%x: tensor<8x8xf32>, %h: tensor<1xf32>) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %e = tensor.empty() : tensor<8xf32>
  %q0 = math.tanh %h : tensor<1xf32>
  %q1 = math.tanh %q0 : tensor<1xf32>
  %q2 = math.tanh %q1 : tensor<1xf32>
  %q3 = math.tanh %q2 : tensor<1xf32>
  %q4 = math.tanh %q3 : tensor<1xf32>
  %q5 = math.tanh %q4 : tensor<1xf32>
  %q6 = math.tanh %q5 : tensor<1xf32>
  %q7 = math.tanh %q6 : tensor<1xf32>
  %f = tensor.extract %q7[%c0] : tensor<1xf32>
  %ii = arith.fptosi %f : f32 to i32
  %at = arith.index_cast %ii : i32 to index
  %s0 = tensor.extract_slice %x[0, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r0 = arith.addf %q0, %s0 : tensor<1xf32>
  %d0 = tensor.insert_slice %r0 into %e[0] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s1 = tensor.extract_slice %x[1, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r1 = arith.addf %q1, %s1 : tensor<1xf32>
  %d1 = tensor.insert_slice %r1 into %d0[1] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s2 = tensor.extract_slice %x[2, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r2 = arith.addf %q2, %s2 : tensor<1xf32>
  %d2 = tensor.insert_slice %r2 into %d1[2] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s3 = tensor.extract_slice %x[3, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r3 = arith.addf %q3, %s3 : tensor<1xf32>
  %d3 = tensor.insert_slice %r3 into %d2[3] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s4 = tensor.extract_slice %x[4, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r4 = arith.addf %q4, %s4 : tensor<1xf32>
  %d4 = tensor.insert_slice %r4 into %d3[4] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s5 = tensor.extract_slice %x[5, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r5 = arith.addf %q5, %s5 : tensor<1xf32>
  %d5 = tensor.insert_slice %r5 into %d4[5] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s6 = tensor.extract_slice %x[6, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r6 = arith.addf %q6, %s6 : tensor<1xf32>
  %d6 = tensor.insert_slice %r6 into %d5[6] [1] [1] : tensor<1xf32> into tensor<8xf32>
  %s7 = tensor.extract_slice %x[7, %at] [1, 1] [1, 1] : tensor<8x8xf32> to tensor<1xf32>
  %r7 = arith.addf %q7, %s7 : tensor<1xf32>
  %d7 = tensor.insert_slice %r7 into %d6[7] [1] [1] : tensor<1xf32> into tensor<8xf32>
  return %d7 : tensor<8xf32>
}

// A state that grows is no carry.
// CHECK-LABEL: func @grow
// CHECK-NOT: seq.scan
// CHECK: return
func.func @grow(%x: tensor<1x4xf32>, %h: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %q0 = tensor.concat dim(0) %h, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q1 = tensor.concat dim(0) %q0, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q2 = tensor.concat dim(0) %q1, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q3 = tensor.concat dim(0) %q2, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q4 = tensor.concat dim(0) %q3, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q5 = tensor.concat dim(0) %q4, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q6 = tensor.concat dim(0) %q5, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %q7 = tensor.concat dim(0) %q6, %x : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return %q7 : tensor<?x4xf32>
}

// One whose extent stays is.
// CHECK-LABEL: func @kept
// CHECK: seq.scan
// CHECK: return
func.func @kept(%x: tensor<?x4xf32>, %h: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %q0 = arith.mulf %h, %x : tensor<?x4xf32>
  %q1 = arith.mulf %q0, %x : tensor<?x4xf32>
  %q2 = arith.mulf %q1, %x : tensor<?x4xf32>
  %q3 = arith.mulf %q2, %x : tensor<?x4xf32>
  %q4 = arith.mulf %q3, %x : tensor<?x4xf32>
  %q5 = arith.mulf %q4, %x : tensor<?x4xf32>
  %q6 = arith.mulf %q5, %x : tensor<?x4xf32>
  %q7 = arith.mulf %q6, %x : tensor<?x4xf32>
  return %q7 : tensor<?x4xf32>
}

// The first chain has the other's functions of the input, every second one of them.
// CHECK-LABEL: func @stride
// CHECK: seq.scan
// CHECK-COUNT-7: arith.subf
// CHECK: return
func.func @stride(%x: tensor<17x4xf32>, %h: tensor<4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %x0 = tensor.extract_slice %x[0, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y0 = math.exp %x0 : tensor<4xf32>
  %x1 = tensor.extract_slice %x[1, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y1 = math.exp %x1 : tensor<4xf32>
  %x2 = tensor.extract_slice %x[2, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y2 = math.exp %x2 : tensor<4xf32>
  %x3 = tensor.extract_slice %x[3, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y3 = math.exp %x3 : tensor<4xf32>
  %x4 = tensor.extract_slice %x[4, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y4 = math.exp %x4 : tensor<4xf32>
  %x5 = tensor.extract_slice %x[5, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y5 = math.exp %x5 : tensor<4xf32>
  %x6 = tensor.extract_slice %x[6, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y6 = math.exp %x6 : tensor<4xf32>
  %x7 = tensor.extract_slice %x[7, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y7 = math.exp %x7 : tensor<4xf32>
  %x8 = tensor.extract_slice %x[8, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y8 = math.exp %x8 : tensor<4xf32>
  %x9 = tensor.extract_slice %x[9, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y9 = math.exp %x9 : tensor<4xf32>
  %x10 = tensor.extract_slice %x[10, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y10 = math.exp %x10 : tensor<4xf32>
  %x11 = tensor.extract_slice %x[11, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y11 = math.exp %x11 : tensor<4xf32>
  %x12 = tensor.extract_slice %x[12, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y12 = math.exp %x12 : tensor<4xf32>
  %x13 = tensor.extract_slice %x[13, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y13 = math.exp %x13 : tensor<4xf32>
  %x14 = tensor.extract_slice %x[14, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y14 = math.exp %x14 : tensor<4xf32>
  %x15 = tensor.extract_slice %x[15, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y15 = math.exp %x15 : tensor<4xf32>
  %x16 = tensor.extract_slice %x[16, 0] [1, 4] [1, 1] : tensor<17x4xf32> to tensor<4xf32>
  %y16 = math.exp %x16 : tensor<4xf32>
  %m0 = arith.mulf %h, %y0 : tensor<4xf32>
  %n0 = arith.addf %m0, %y1 : tensor<4xf32>
  %m1 = arith.mulf %n0, %y1 : tensor<4xf32>
  %n1 = arith.addf %m1, %y2 : tensor<4xf32>
  %m2 = arith.mulf %n1, %y2 : tensor<4xf32>
  %n2 = arith.addf %m2, %y3 : tensor<4xf32>
  %m3 = arith.mulf %n2, %y3 : tensor<4xf32>
  %n3 = arith.addf %m3, %y4 : tensor<4xf32>
  %m4 = arith.mulf %n3, %y4 : tensor<4xf32>
  %n4 = arith.addf %m4, %y5 : tensor<4xf32>
  %m5 = arith.mulf %n4, %y5 : tensor<4xf32>
  %n5 = arith.addf %m5, %y6 : tensor<4xf32>
  %m6 = arith.mulf %n5, %y6 : tensor<4xf32>
  %n6 = arith.addf %m6, %y7 : tensor<4xf32>
  %m7 = arith.mulf %n6, %y7 : tensor<4xf32>
  %n7 = arith.addf %m7, %y8 : tensor<4xf32>
  %m8 = arith.mulf %n7, %y8 : tensor<4xf32>
  %n8 = arith.addf %m8, %y9 : tensor<4xf32>
  %m9 = arith.mulf %n8, %y9 : tensor<4xf32>
  %n9 = arith.addf %m9, %y10 : tensor<4xf32>
  %m10 = arith.mulf %n9, %y10 : tensor<4xf32>
  %n10 = arith.addf %m10, %y11 : tensor<4xf32>
  %m11 = arith.mulf %n10, %y11 : tensor<4xf32>
  %n11 = arith.addf %m11, %y12 : tensor<4xf32>
  %m12 = arith.mulf %n11, %y12 : tensor<4xf32>
  %n12 = arith.addf %m12, %y13 : tensor<4xf32>
  %m13 = arith.mulf %n12, %y13 : tensor<4xf32>
  %n13 = arith.addf %m13, %y14 : tensor<4xf32>
  %m14 = arith.mulf %n13, %y14 : tensor<4xf32>
  %n14 = arith.addf %m14, %y15 : tensor<4xf32>
  %m15 = arith.mulf %n14, %y15 : tensor<4xf32>
  %n15 = arith.addf %m15, %y16 : tensor<4xf32>
  %p0 = arith.subf %g, %y0 : tensor<4xf32>
  %r0 = math.tanh %p0 : tensor<4xf32>
  %p1 = arith.subf %r0, %y2 : tensor<4xf32>
  %r1 = math.tanh %p1 : tensor<4xf32>
  %p2 = arith.subf %r1, %y4 : tensor<4xf32>
  %r2 = math.tanh %p2 : tensor<4xf32>
  %p3 = arith.subf %r2, %y6 : tensor<4xf32>
  %r3 = math.tanh %p3 : tensor<4xf32>
  %p4 = arith.subf %r3, %y8 : tensor<4xf32>
  %r4 = math.tanh %p4 : tensor<4xf32>
  %p5 = arith.subf %r4, %y10 : tensor<4xf32>
  %r5 = math.tanh %p5 : tensor<4xf32>
  %p6 = arith.subf %r5, %y12 : tensor<4xf32>
  %r6 = math.tanh %p6 : tensor<4xf32>
  %p7 = arith.subf %r6, %y14 : tensor<4xf32>
  %r7 = math.tanh %p7 : tensor<4xf32>
  return %n15, %r7 : tensor<4xf32>, tensor<4xf32>
}
