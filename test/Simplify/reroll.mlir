// Equal steps one after another become one scan; what is not equal stays.
// RUN: seq-opt %s -seq-reroll=remarks=false -canonicalize | FileCheck %s
// RUN: seq-opt %s -seq-reroll -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Slices at the beginning are rows of an input, the vector that all steps read
// stays outside, rows put together at the end are an out.
// REMARK: remark: 8 equal steps became one scan
// CHECK-LABEL: func @mean
// CHECK-SAME: (%[[X:.+]]: tensor<8x4xf32>, %[[A:.+]]: tensor<4xf32>, %[[H0:.+]]: tensor<4xf32>)
// CHECK: %[[R:.+]]:2 = seq.scan domain() time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[XT:.+]] = %[[X]][%[[T]], :] : tensor<8x4xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[T]], :] : tensor<8x4xf32>)
// CHECK-NEXT: carry(%[[H:.+]] = %[[H0]][:] : tensor<4xf32>) attributes {seq.notes = ["rerolled: from 8 equal steps in a row"]} {
// CHECK-NEXT: %[[P:.+]] = arith.mulf %[[A]], %[[H]]
// CHECK-NEXT: %[[Q:.+]] = arith.addf %[[P]], %[[XT]]
// CHECK-NEXT: seq.yield outs(%[[Q]] : tensor<4xf32>) carry(%[[Q]] : tensor<4xf32>)
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @mean(%X: tensor<8x4xf32>, %a: tensor<4xf32>, %h0: tensor<4xf32>)
    -> (tensor<8x4xf32>, tensor<4xf32>) {
  %s0 = tensor.extract_slice %X[0, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x0 = tensor.collapse_shape %s0 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s1 = tensor.extract_slice %X[1, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x1 = tensor.collapse_shape %s1 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s2 = tensor.extract_slice %X[2, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x2 = tensor.collapse_shape %s2 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s3 = tensor.extract_slice %X[3, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x3 = tensor.collapse_shape %s3 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s4 = tensor.extract_slice %X[4, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x4 = tensor.collapse_shape %s4 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s5 = tensor.extract_slice %X[5, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x5 = tensor.collapse_shape %s5 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s6 = tensor.extract_slice %X[6, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x6 = tensor.collapse_shape %s6 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s7 = tensor.extract_slice %X[7, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x7 = tensor.collapse_shape %s7 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %p0 = arith.mulf %a, %h0 : tensor<4xf32>
  %q0 = arith.addf %p0, %x0 : tensor<4xf32>
  %p1 = arith.mulf %a, %q0 : tensor<4xf32>
  %q1 = arith.addf %p1, %x1 : tensor<4xf32>
  %p2 = arith.mulf %a, %q1 : tensor<4xf32>
  %q2 = arith.addf %p2, %x2 : tensor<4xf32>
  %p3 = arith.mulf %a, %q2 : tensor<4xf32>
  %q3 = arith.addf %p3, %x3 : tensor<4xf32>
  %p4 = arith.mulf %a, %q3 : tensor<4xf32>
  %q4 = arith.addf %p4, %x4 : tensor<4xf32>
  %p5 = arith.mulf %a, %q4 : tensor<4xf32>
  %q5 = arith.addf %p5, %x5 : tensor<4xf32>
  %p6 = arith.mulf %a, %q5 : tensor<4xf32>
  %q6 = arith.addf %p6, %x6 : tensor<4xf32>
  %p7 = arith.mulf %a, %q6 : tensor<4xf32>
  %q7 = arith.addf %p7, %x7 : tensor<4xf32>
  %e = tensor.empty() : tensor<8x4xf32>
  %u0 = tensor.expand_shape %q0 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i0 = tensor.insert_slice %u0 into %e[0, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u1 = tensor.expand_shape %q1 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i1 = tensor.insert_slice %u1 into %i0[1, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u2 = tensor.expand_shape %q2 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i2 = tensor.insert_slice %u2 into %i1[2, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u3 = tensor.expand_shape %q3 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i3 = tensor.insert_slice %u3 into %i2[3, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u4 = tensor.expand_shape %q4 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i4 = tensor.insert_slice %u4 into %i3[4, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u5 = tensor.expand_shape %q5 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i5 = tensor.insert_slice %u5 into %i4[5, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u6 = tensor.expand_shape %q6 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i6 = tensor.insert_slice %u6 into %i5[6, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  %u7 = tensor.expand_shape %q7 [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %i7 = tensor.insert_slice %u7 into %i6[7, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<8x4xf32>
  return %i7, %q7 : tensor<8x4xf32>, tensor<4xf32>
}

// Slices that fall make time run downward; the last steps' values are slices of
// the out, and the final one is the carry.
// CHECK-LABEL: func @backward
// CHECK-SAME: (%[[X:.+]]: tensor<8x4xf32>, %[[H0:.+]]: tensor<4xf32>)
// CHECK: %[[R:.+]]:2 = seq.scan domain() time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%{{.+}} = %[[X]][%[[T]], :] : tensor<8x4xf32>)
// CHECK: carry(%{{.+}} = %[[H0]][:] : tensor<4xf32>) reverse attributes
// CHECK: %[[S:.+]] = tensor.extract_slice %[[R]]#0[2, 0] [1, 4] [1, 1]
// CHECK: return %[[S]], %[[R]]#1
func.func @backward(%X: tensor<8x4xf32>, %h0: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) {
  %s0 = tensor.extract_slice %X[0, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x0 = tensor.collapse_shape %s0 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s1 = tensor.extract_slice %X[1, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x1 = tensor.collapse_shape %s1 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s2 = tensor.extract_slice %X[2, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x2 = tensor.collapse_shape %s2 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s3 = tensor.extract_slice %X[3, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x3 = tensor.collapse_shape %s3 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s4 = tensor.extract_slice %X[4, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x4 = tensor.collapse_shape %s4 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s5 = tensor.extract_slice %X[5, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x5 = tensor.collapse_shape %s5 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s6 = tensor.extract_slice %X[6, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x6 = tensor.collapse_shape %s6 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s7 = tensor.extract_slice %X[7, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x7 = tensor.collapse_shape %s7 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %p7 = arith.mulf %h0, %x7 : tensor<4xf32>
  %q7 = math.tanh %p7 : tensor<4xf32>
  %p6 = arith.mulf %q7, %x6 : tensor<4xf32>
  %q6 = math.tanh %p6 : tensor<4xf32>
  %p5 = arith.mulf %q6, %x5 : tensor<4xf32>
  %q5 = math.tanh %p5 : tensor<4xf32>
  %p4 = arith.mulf %q5, %x4 : tensor<4xf32>
  %q4 = math.tanh %p4 : tensor<4xf32>
  %p3 = arith.mulf %q4, %x3 : tensor<4xf32>
  %q3 = math.tanh %p3 : tensor<4xf32>
  %p2 = arith.mulf %q3, %x2 : tensor<4xf32>
  %q2 = math.tanh %p2 : tensor<4xf32>
  %p1 = arith.mulf %q2, %x1 : tensor<4xf32>
  %q1 = math.tanh %p1 : tensor<4xf32>
  %p0 = arith.mulf %q1, %x0 : tensor<4xf32>
  %q0 = math.tanh %p0 : tensor<4xf32>
  return %q2, %q0 : tensor<4xf32>, tensor<4xf32>
}

// Two carries that depend on each other, constants of equal value, and a readout
// of every step.
// CHECK-LABEL: func @two
// CHECK: %[[R:.+]]:3 = seq.scan
// CHECK: outs(%{{.+}}[%{{.+}}, :] : tensor<8x4xf32>)
// CHECK-NEXT: carry(%[[A:.+]] = %{{.+}}, %[[B:.+]] = %{{.+}}[:] : tensor<4xf32>)
// CHECK: math.exp
// CHECK: seq.yield outs(%{{.+}} : tensor<4xf32>) carry(%{{.+}}, %{{.+}} : tensor<4xf32>, tensor<4xf32>)
// CHECK-NOT: math.exp
// CHECK: return %[[R]]
func.func @two(%X: tensor<8x4xf32>, %h0: tensor<4xf32>, %c0: tensor<4xf32>)
    -> tensor<8x4xf32> {
  %s0 = tensor.extract_slice %X[0, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x0 = tensor.collapse_shape %s0 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s1 = tensor.extract_slice %X[1, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x1 = tensor.collapse_shape %s1 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s2 = tensor.extract_slice %X[2, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x2 = tensor.collapse_shape %s2 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s3 = tensor.extract_slice %X[3, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x3 = tensor.collapse_shape %s3 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s4 = tensor.extract_slice %X[4, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x4 = tensor.collapse_shape %s4 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s5 = tensor.extract_slice %X[5, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x5 = tensor.collapse_shape %s5 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s6 = tensor.extract_slice %X[6, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x6 = tensor.collapse_shape %s6 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s7 = tensor.extract_slice %X[7, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x7 = tensor.collapse_shape %s7 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %e = tensor.empty() : tensor<8x4xf32>
  %k0 = arith.constant dense<0.5> : tensor<4xf32>
  %m0 = arith.mulf %k0, %h0 : tensor<4xf32>
  %n0 = arith.addf %m0, %x0 : tensor<4xf32>
  %c1 = arith.mulf %c0, %n0 : tensor<4xf32>
  %h1 = math.tanh %c1 : tensor<4xf32>
  %k1 = arith.constant dense<0.5> : tensor<4xf32>
  %m1 = arith.mulf %k1, %h1 : tensor<4xf32>
  %n1 = arith.addf %m1, %x1 : tensor<4xf32>
  %c2 = arith.mulf %c1, %n1 : tensor<4xf32>
  %h2 = math.tanh %c2 : tensor<4xf32>
  %k2 = arith.constant dense<0.5> : tensor<4xf32>
  %m2 = arith.mulf %k2, %h2 : tensor<4xf32>
  %n2 = arith.addf %m2, %x2 : tensor<4xf32>
  %c3 = arith.mulf %c2, %n2 : tensor<4xf32>
  %h3 = math.tanh %c3 : tensor<4xf32>
  %k3 = arith.constant dense<0.5> : tensor<4xf32>
  %m3 = arith.mulf %k3, %h3 : tensor<4xf32>
  %n3 = arith.addf %m3, %x3 : tensor<4xf32>
  %c4 = arith.mulf %c3, %n3 : tensor<4xf32>
  %h4 = math.tanh %c4 : tensor<4xf32>
  %k4 = arith.constant dense<0.5> : tensor<4xf32>
  %m4 = arith.mulf %k4, %h4 : tensor<4xf32>
  %n4 = arith.addf %m4, %x4 : tensor<4xf32>
  %c5 = arith.mulf %c4, %n4 : tensor<4xf32>
  %h5 = math.tanh %c5 : tensor<4xf32>
  %k5 = arith.constant dense<0.5> : tensor<4xf32>
  %m5 = arith.mulf %k5, %h5 : tensor<4xf32>
  %n5 = arith.addf %m5, %x5 : tensor<4xf32>
  %c6 = arith.mulf %c5, %n5 : tensor<4xf32>
  %h6 = math.tanh %c6 : tensor<4xf32>
  %k6 = arith.constant dense<0.5> : tensor<4xf32>
  %m6 = arith.mulf %k6, %h6 : tensor<4xf32>
  %n6 = arith.addf %m6, %x6 : tensor<4xf32>
  %c7 = arith.mulf %c6, %n6 : tensor<4xf32>
  %h7 = math.tanh %c7 : tensor<4xf32>
  %k7 = arith.constant dense<0.5> : tensor<4xf32>
  %m7 = arith.mulf %k7, %h7 : tensor<4xf32>
  %n7 = arith.addf %m7, %x7 : tensor<4xf32>
  %c8 = arith.mulf %c7, %n7 : tensor<4xf32>
  %h8 = math.tanh %c8 : tensor<4xf32>
  %y0 = math.exp %h1 : tensor<4xf32>
  %i0 = tensor.insert_slice %y0 into %e[0, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y1 = math.exp %h2 : tensor<4xf32>
  %i1 = tensor.insert_slice %y1 into %i0[1, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y2 = math.exp %h3 : tensor<4xf32>
  %i2 = tensor.insert_slice %y2 into %i1[2, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y3 = math.exp %h4 : tensor<4xf32>
  %i3 = tensor.insert_slice %y3 into %i2[3, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y4 = math.exp %h5 : tensor<4xf32>
  %i4 = tensor.insert_slice %y4 into %i3[4, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y5 = math.exp %h6 : tensor<4xf32>
  %i5 = tensor.insert_slice %y5 into %i4[5, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y6 = math.exp %h7 : tensor<4xf32>
  %i6 = tensor.insert_slice %y6 into %i5[6, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  %y7 = math.exp %h8 : tensor<4xf32>
  %i7 = tensor.insert_slice %y7 into %i6[7, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x4xf32>
  return %i7 : tensor<8x4xf32>
}

// Two layers in one loop are two scans.
// CHECK-LABEL: func @stacked
// CHECK: %[[L:.+]]:2 = seq.scan
// CHECK: math.tanh
// CHECK: seq.scan
// CHECK: ins(%{{.+}} = %[[L]]
// CHECK: math.exp
// CHECK-NOT: math
// CHECK: return
func.func @stacked(%X: tensor<8x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %s0 = tensor.extract_slice %X[0, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x0 = tensor.collapse_shape %s0 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s1 = tensor.extract_slice %X[1, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x1 = tensor.collapse_shape %s1 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s2 = tensor.extract_slice %X[2, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x2 = tensor.collapse_shape %s2 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s3 = tensor.extract_slice %X[3, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x3 = tensor.collapse_shape %s3 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s4 = tensor.extract_slice %X[4, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x4 = tensor.collapse_shape %s4 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s5 = tensor.extract_slice %X[5, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x5 = tensor.collapse_shape %s5 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s6 = tensor.extract_slice %X[6, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x6 = tensor.collapse_shape %s6 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s7 = tensor.extract_slice %X[7, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x7 = tensor.collapse_shape %s7 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %p0 = arith.mulf %h0, %x0 : tensor<4xf32>
  %q0 = math.tanh %p0 : tensor<4xf32>
  %r0 = arith.mulf %h0, %q0 : tensor<4xf32>
  %s_0 = math.exp %r0 : tensor<4xf32>
  %p1 = arith.mulf %q0, %x1 : tensor<4xf32>
  %q1 = math.tanh %p1 : tensor<4xf32>
  %r1 = arith.mulf %s_0, %q1 : tensor<4xf32>
  %s_1 = math.exp %r1 : tensor<4xf32>
  %p2 = arith.mulf %q1, %x2 : tensor<4xf32>
  %q2 = math.tanh %p2 : tensor<4xf32>
  %r2 = arith.mulf %s_1, %q2 : tensor<4xf32>
  %s_2 = math.exp %r2 : tensor<4xf32>
  %p3 = arith.mulf %q2, %x3 : tensor<4xf32>
  %q3 = math.tanh %p3 : tensor<4xf32>
  %r3 = arith.mulf %s_2, %q3 : tensor<4xf32>
  %s_3 = math.exp %r3 : tensor<4xf32>
  %p4 = arith.mulf %q3, %x4 : tensor<4xf32>
  %q4 = math.tanh %p4 : tensor<4xf32>
  %r4 = arith.mulf %s_3, %q4 : tensor<4xf32>
  %s_4 = math.exp %r4 : tensor<4xf32>
  %p5 = arith.mulf %q4, %x5 : tensor<4xf32>
  %q5 = math.tanh %p5 : tensor<4xf32>
  %r5 = arith.mulf %s_4, %q5 : tensor<4xf32>
  %s_5 = math.exp %r5 : tensor<4xf32>
  %p6 = arith.mulf %q5, %x6 : tensor<4xf32>
  %q6 = math.tanh %p6 : tensor<4xf32>
  %r6 = arith.mulf %s_5, %q6 : tensor<4xf32>
  %s_6 = math.exp %r6 : tensor<4xf32>
  %p7 = arith.mulf %q6, %x7 : tensor<4xf32>
  %q7 = math.tanh %p7 : tensor<4xf32>
  %r7 = arith.mulf %s_6, %q7 : tensor<4xf32>
  %s_7 = math.exp %r7 : tensor<4xf32>
  return %s_7 : tensor<4xf32>
}

// Seven steps are too few.
// CHECK-LABEL: func @seven
// CHECK-NOT: seq.scan
// CHECK: return
func.func @seven(%h0: tensor<4xf32>, %a: tensor<4xf32>) -> tensor<4xf32> {
  %p0 = arith.mulf %h0, %a : tensor<4xf32>
  %q0 = math.tanh %p0 : tensor<4xf32>
  %p1 = arith.mulf %q0, %a : tensor<4xf32>
  %q1 = math.tanh %p1 : tensor<4xf32>
  %p2 = arith.mulf %q1, %a : tensor<4xf32>
  %q2 = math.tanh %p2 : tensor<4xf32>
  %p3 = arith.mulf %q2, %a : tensor<4xf32>
  %q3 = math.tanh %p3 : tensor<4xf32>
  %p4 = arith.mulf %q3, %a : tensor<4xf32>
  %q4 = math.tanh %p4 : tensor<4xf32>
  %p5 = arith.mulf %q4, %a : tensor<4xf32>
  %q5 = math.tanh %p5 : tensor<4xf32>
  %p6 = arith.mulf %q5, %a : tensor<4xf32>
  %q6 = math.tanh %p6 : tensor<4xf32>
  return %q6 : tensor<4xf32>
}

// Layers with weights of their own are no equal steps.
// REMARK: remark: left 8 almost equal steps: step 7 reads {{.+}} unlike that of the last step
// CHECK-LABEL: func @layers
// CHECK-NOT: seq.scan
// CHECK: return
func.func @layers(%h0: tensor<4xf32>) -> tensor<4xf32> {
  %w0 = arith.constant dense<[0.1, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p0 = arith.mulf %h0, %w0 : tensor<4xf32>
  %q0 = math.tanh %p0 : tensor<4xf32>
  %w1 = arith.constant dense<[0.2, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p1 = arith.mulf %q0, %w1 : tensor<4xf32>
  %q1 = math.tanh %p1 : tensor<4xf32>
  %w2 = arith.constant dense<[0.3, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p2 = arith.mulf %q1, %w2 : tensor<4xf32>
  %q2 = math.tanh %p2 : tensor<4xf32>
  %w3 = arith.constant dense<[0.4, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p3 = arith.mulf %q2, %w3 : tensor<4xf32>
  %q3 = math.tanh %p3 : tensor<4xf32>
  %w4 = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p4 = arith.mulf %q3, %w4 : tensor<4xf32>
  %q4 = math.tanh %p4 : tensor<4xf32>
  %w5 = arith.constant dense<[0.6, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p5 = arith.mulf %q4, %w5 : tensor<4xf32>
  %q5 = math.tanh %p5 : tensor<4xf32>
  %w6 = arith.constant dense<[0.7, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p6 = arith.mulf %q5, %w6 : tensor<4xf32>
  %q6 = math.tanh %p6 : tensor<4xf32>
  %w7 = arith.constant dense<[0.8, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %p7 = arith.mulf %q6, %w7 : tensor<4xf32>
  %q7 = math.tanh %p7 : tensor<4xf32>
  return %q7 : tensor<4xf32>
}

// One step in the middle differs: it stays, with a scan on either side.
// REMARK: remark: 9 equal steps became one scan
// REMARK: remark: 8 equal steps became one scan
// CHECK-LABEL: func @differing
// CHECK: %[[L:.+]] = seq.scan
// CHECK: math.tanh
// CHECK: %[[M:.+]] = math.exp %[[L]]
// CHECK: seq.scan
// CHECK: carry(%{{.+}} = %[[M]]
// CHECK: math.tanh
// CHECK-NOT: math
// CHECK: return
func.func @differing(%h0: tensor<4xf32>, %a: tensor<4xf32>) -> tensor<4xf32> {
  %p0 = arith.mulf %h0, %a : tensor<4xf32>
  %q0 = math.tanh %p0 : tensor<4xf32>
  %p1 = arith.mulf %q0, %a : tensor<4xf32>
  %q1 = math.tanh %p1 : tensor<4xf32>
  %p2 = arith.mulf %q1, %a : tensor<4xf32>
  %q2 = math.tanh %p2 : tensor<4xf32>
  %p3 = arith.mulf %q2, %a : tensor<4xf32>
  %q3 = math.tanh %p3 : tensor<4xf32>
  %p4 = arith.mulf %q3, %a : tensor<4xf32>
  %q4 = math.tanh %p4 : tensor<4xf32>
  %p5 = arith.mulf %q4, %a : tensor<4xf32>
  %q5 = math.tanh %p5 : tensor<4xf32>
  %p6 = arith.mulf %q5, %a : tensor<4xf32>
  %q6 = math.tanh %p6 : tensor<4xf32>
  %p7 = arith.mulf %q6, %a : tensor<4xf32>
  %q7 = math.tanh %p7 : tensor<4xf32>
  %q8 = math.exp %q7 : tensor<4xf32>
  %p9 = arith.mulf %q8, %a : tensor<4xf32>
  %q9 = math.tanh %p9 : tensor<4xf32>
  %p10 = arith.mulf %q9, %a : tensor<4xf32>
  %q10 = math.tanh %p10 : tensor<4xf32>
  %p11 = arith.mulf %q10, %a : tensor<4xf32>
  %q11 = math.tanh %p11 : tensor<4xf32>
  %p12 = arith.mulf %q11, %a : tensor<4xf32>
  %q12 = math.tanh %p12 : tensor<4xf32>
  %p13 = arith.mulf %q12, %a : tensor<4xf32>
  %q13 = math.tanh %p13 : tensor<4xf32>
  %p14 = arith.mulf %q13, %a : tensor<4xf32>
  %q14 = math.tanh %p14 : tensor<4xf32>
  %p15 = arith.mulf %q14, %a : tensor<4xf32>
  %q15 = math.tanh %p15 : tensor<4xf32>
  %p16 = arith.mulf %q15, %a : tensor<4xf32>
  %q16 = math.tanh %p16 : tensor<4xf32>
  %p17 = arith.mulf %q16, %a : tensor<4xf32>
  %q17 = math.tanh %p17 : tensor<4xf32>
  return %q17 : tensor<4xf32>
}

// What a step reads follows from an earlier one: no slice of an input.
// CHECK-LABEL: func @feedback
// CHECK-NOT: seq.scan
// CHECK: return
func.func @feedback(%X: tensor<8x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %z = math.exp %h0 : tensor<4xf32>
  %s0 = tensor.extract_slice %X[0, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x0 = tensor.collapse_shape %s0 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s1 = tensor.extract_slice %X[1, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x1 = tensor.collapse_shape %s1 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s2 = tensor.extract_slice %X[2, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x2 = tensor.collapse_shape %s2 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s3 = tensor.extract_slice %X[3, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x3 = tensor.collapse_shape %s3 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s4 = tensor.extract_slice %X[4, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x4 = tensor.collapse_shape %s4 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s5 = tensor.extract_slice %X[5, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x5 = tensor.collapse_shape %s5 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s6 = tensor.extract_slice %X[6, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x6 = tensor.collapse_shape %s6 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %s7 = tensor.extract_slice %X[7, 0] [1, 4] [1, 1] : tensor<8x4xf32> to tensor<1x4xf32>
  %x7 = tensor.collapse_shape %s7 [[0, 1]] : tensor<1x4xf32> into tensor<4xf32>
  %p0 = arith.mulf %h0, %z : tensor<4xf32>
  %q0 = arith.addf %p0, %x0 : tensor<4xf32>
  %p1 = arith.mulf %q0, %z : tensor<4xf32>
  %q1 = arith.addf %p1, %x1 : tensor<4xf32>
  %p2 = arith.mulf %q1, %z : tensor<4xf32>
  %q2 = arith.addf %p2, %x2 : tensor<4xf32>
  %p3 = arith.mulf %q2, %z : tensor<4xf32>
  %q3 = arith.addf %p3, %x3 : tensor<4xf32>
  %g = math.exp %q3 : tensor<4xf32>
  %p4 = arith.mulf %q3, %g : tensor<4xf32>
  %q4 = arith.addf %p4, %x4 : tensor<4xf32>
  %p5 = arith.mulf %q4, %g : tensor<4xf32>
  %q5 = arith.addf %p5, %x5 : tensor<4xf32>
  %p6 = arith.mulf %q5, %g : tensor<4xf32>
  %q6 = arith.addf %p6, %x6 : tensor<4xf32>
  %p7 = arith.mulf %q6, %g : tensor<4xf32>
  %q7 = arith.addf %p7, %x7 : tensor<4xf32>
  return %q7 : tensor<4xf32>
}

// Slices that skip a row at one step are no rows of an input.
// CHECK-LABEL: func @skipping
// CHECK-NOT: seq.scan
// CHECK: return
func.func @skipping(%X: tensor<9x4xf32>, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %x0 = tensor.extract_slice %X[0, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p0 = arith.mulf %h0, %x0 : tensor<4xf32>
  %q0 = math.tanh %p0 : tensor<4xf32>
  %x1 = tensor.extract_slice %X[1, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p1 = arith.mulf %q0, %x1 : tensor<4xf32>
  %q1 = math.tanh %p1 : tensor<4xf32>
  %x2 = tensor.extract_slice %X[2, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p2 = arith.mulf %q1, %x2 : tensor<4xf32>
  %q2 = math.tanh %p2 : tensor<4xf32>
  %x3 = tensor.extract_slice %X[3, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p3 = arith.mulf %q2, %x3 : tensor<4xf32>
  %q3 = math.tanh %p3 : tensor<4xf32>
  %x4 = tensor.extract_slice %X[4, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p4 = arith.mulf %q3, %x4 : tensor<4xf32>
  %q4 = math.tanh %p4 : tensor<4xf32>
  %x5 = tensor.extract_slice %X[6, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p5 = arith.mulf %q4, %x5 : tensor<4xf32>
  %q5 = math.tanh %p5 : tensor<4xf32>
  %x6 = tensor.extract_slice %X[7, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p6 = arith.mulf %q5, %x6 : tensor<4xf32>
  %q6 = math.tanh %p6 : tensor<4xf32>
  %x7 = tensor.extract_slice %X[8, 0] [1, 4] [1, 1] : tensor<9x4xf32> to tensor<4xf32>
  %p7 = arith.mulf %q6, %x7 : tensor<4xf32>
  %q7 = math.tanh %p7 : tensor<4xf32>
  return %q7 : tensor<4xf32>
}

// Slices of several elements, one behind another, and every value a piece of the
// result, from the last to the first.
// CHECK-LABEL: func @frames
// CHECK: %[[F:.+]] = tensor.expand_shape %{{.+}} {{.+}} : tensor<16xf32> into tensor<8x2xf32>
// CHECK: %[[R:.+]]:2 = seq.scan domain() time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%{{.+}} = %[[F]][%[[T]], :] : tensor<8x2xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[T]], :] : tensor<8x2xf32>)
// CHECK: %[[TURNED:.+]] = linalg.generic
// CHECK: tensor.extract %[[R]]
// CHECK: tensor.collapse_shape %[[TURNED]]
func.func @frames(%X: tensor<16xf32>, %h0: tensor<2xf32>) -> tensor<16xf32> {
  %e = tensor.empty() : tensor<16xf32>
  %x0 = tensor.extract_slice %X[0] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q0 = arith.mulf %h0, %x0 : tensor<2xf32>
  %i0 = tensor.insert_slice %q0 into %e[14] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x1 = tensor.extract_slice %X[2] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q1 = arith.mulf %q0, %x1 : tensor<2xf32>
  %i1 = tensor.insert_slice %q1 into %i0[12] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x2 = tensor.extract_slice %X[4] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q2 = arith.mulf %q1, %x2 : tensor<2xf32>
  %i2 = tensor.insert_slice %q2 into %i1[10] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x3 = tensor.extract_slice %X[6] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q3 = arith.mulf %q2, %x3 : tensor<2xf32>
  %i3 = tensor.insert_slice %q3 into %i2[8] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x4 = tensor.extract_slice %X[8] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q4 = arith.mulf %q3, %x4 : tensor<2xf32>
  %i4 = tensor.insert_slice %q4 into %i3[6] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x5 = tensor.extract_slice %X[10] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q5 = arith.mulf %q4, %x5 : tensor<2xf32>
  %i5 = tensor.insert_slice %q5 into %i4[4] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x6 = tensor.extract_slice %X[12] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q6 = arith.mulf %q5, %x6 : tensor<2xf32>
  %i6 = tensor.insert_slice %q6 into %i5[2] [2] [1] : tensor<2xf32> into tensor<16xf32>
  %x7 = tensor.extract_slice %X[14] [2] [1] : tensor<16xf32> to tensor<2xf32>
  %q7 = arith.mulf %q6, %x7 : tensor<2xf32>
  %i7 = tensor.insert_slice %q7 into %i6[0] [2] [1] : tensor<2xf32> into tensor<16xf32>
  return %i7 : tensor<16xf32>
}
