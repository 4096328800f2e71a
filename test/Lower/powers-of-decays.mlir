// Decays exp(s x[n]) with x[n] = (n + 1) x[0] become powers of one.
// RUN: seq-opt %s --split-input-file --seq-powers-of-decays | FileCheck %s
// RUN: seq-opt %s --split-input-file --pass-pipeline='builtin.module(seq-powers-of-decays,seq-decompose,seq-bufferize,canonicalize,seq-lower-recurrent{lanes=4 registers=32},cse)' \
// RUN:   | FileCheck %s --check-prefix=LOOPS

// Rates that are an input are asked when the kernel runs.
// CHECK-LABEL: func.func @asked
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8x4xf32>
// CHECK: %[[OTHERS:.+]] = linalg.generic {{.*}}iterator_types = ["reduction", "reduction"]} ins(%[[X]], %[[X]]
// CHECK: arith.constant 4.76837158E-7 : f32
// CHECK: arith.cmpf ugt
// CHECK: %[[COUNT:.+]] = tensor.extract %[[OTHERS]][]
// CHECK: %[[ARE:.+]] = arith.cmpi eq, %[[COUNT]]
// CHECK: scf.if %[[ARE]]
// CHECK: seq.scan
// CHECK: %[[LOG:.+]] = arith.mulf %{{.+}}, %[[RATES:.+]] : tensor<4xf32>
// CHECK: %[[FIRST:.+]] = seq.extract %[[RATES]][0]
// CHECK: %[[OFTWO:.+]] = arith.mulf %[[FIRST]], %{{.+}} : f32
// CHECK: %[[SCALED:.+]] = arith.mulf %{{.+}}, %[[OFTWO]] : f32
// CHECK: %[[BASE:.+]] = math.exp2 %[[SCALED]] : f32
// CHECK: %[[ALL:.+]] = math.exp %[[LOG]]
// CHECK: %[[POWERS:.+]] = seq.powers %[[BASE]] of %[[ALL]]
// CHECK: seq.affine %[[POWERS]] * %{{.+}} + %{{.+}} : tensor<4xf32>
// CHECK: } else {
// CHECK: seq.affine exp(%{{.+}}) * %{{.+}} + %{{.+}} : tensor<4xf32>

// Elements by products: p2 = p p, p3 = p p2, p4 = p2 p2.
// LOOPS-LABEL: func.func @asked
// LOOPS: math.exp2 %{{.+}} : vector<4xf32>
// LOOPS: %[[P2:.+]] = arith.mulf %[[P1:.+]], %[[P1]] : vector<4xf32>
// LOOPS-NOT: math.exp
// LOOPS: %[[P3:.+]] = arith.mulf %[[P1]], %[[P2]] : vector<4xf32>
// LOOPS-NOT: math.exp
// LOOPS: arith.mulf %[[P2]], %[[P2]] : vector<4xf32>
func.func @asked(%x: tensor<8x4xf32> {seq.name = "x"}, %s: tensor<64x8xf32> {seq.name = "s"},
                 %h: tensor<8x4xf32> {seq.name = "h"})
    -> (tensor<8x4xf32> {seq.name = "last"}) {
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %last = seq.scan domain(%d = %c8) time(%t = %c64)
      ins(%xd = %x[%d, :] : tensor<8x4xf32>, %st = %s[%t, %d] : tensor<64x8xf32>)
      carry(%hd = %h[%d, :] : tensor<8x4xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<8x4xf32>
}

// -----

// Of a time that nobody knows, only where it is long enough: else of no rows.
// CHECK-LABEL: func.func @dynamic
// CHECK: %[[LEAST:.+]] = arith.constant 32 : index
// CHECK: %[[ENOUGH:.+]] = arith.cmpi uge, %{{.+}}, %[[LEAST]]
// CHECK: %[[ROWS:.+]] = arith.select %[[ENOUGH]]
// CHECK: tensor.extract_slice %{{.+}}[0, 0] [%[[ROWS]], 4] [1, 1]
// CHECK: linalg.generic
// CHECK: %[[ARE:.+]] = arith.andi %[[ENOUGH]]
// CHECK: scf.if %[[ARE]]
// CHECK: seq.powers
func.func @dynamic(%x: tensor<8x4xf32> {seq.name = "x"}, %s: tensor<?x8xf32> {seq.name = "s"},
                   %h: tensor<8x4xf32> {seq.name = "h"})
    -> (tensor<8x4xf32> {seq.name = "last"}) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %steps = tensor.dim %s, %c0 : tensor<?x8xf32>
  %last = seq.scan domain(%d = %c8) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<8x4xf32>, %st = %s[%t, %d] : tensor<?x8xf32>)
      carry(%hd = %h[%d, :] : tensor<8x4xf32>)
      schedule [#seq.alternative<parallel, min_time = 512, chunk = 64>, #seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %xd, %splat : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<8x4xf32>
}

// -----

// An exp that is no affine update's counts as well, for all that use it.
// CHECK-LABEL: func.func @exp_itself
// CHECK: scf.if
// CHECK: %[[POWERS:.+]] = seq.powers
// CHECK: arith.mulf %[[POWERS]], %{{.+}} : tensor<4xf32>
// CHECK: arith.addf %{{.+}}, %[[POWERS]] : tensor<4xf32>
// CHECK: } else {
func.func @exp_itself(%x: tensor<8x4xf32> {seq.name = "x"}, %s: tensor<64x8xf32> {seq.name = "s"},
    %h: tensor<8x4xf32> {seq.name = "h"})
    -> (tensor<8x4xf32> {seq.name = "last"}) {
  %points = arith.constant 8 : index
  %steps = arith.constant 64 : index
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<8x4xf32>, %st = %s[%t, %d] : tensor<64x8xf32>)
      carry(%hd = %h[%d, :] : tensor<8x4xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %e = math.exp %log : tensor<4xf32>
    %kept = arith.mulf %e, %hd : tensor<4xf32>
    %next = arith.addf %kept, %e : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<8x4xf32>
}

// -----

// A weight is asked here: nothing is left to ask.
// CHECK-LABEL: func.func @weight
// CHECK-NOT: scf.if
// CHECK: seq.powers
// CHECK: return
seq.weight @rates_weight : tensor<2x4xf32> {
  %0 = arith.constant dense<[[-1.0, -2.0, -3.0, -4.0], [-0.5, -1.0, -1.5, -2.0]]> : tensor<2x4xf32>
  seq.yield outs(%0 : tensor<2x4xf32>)
}
func.func @weight(%s: tensor<1x2xf32> {seq.name = "s"},
    %h: tensor<2x4xf32> {seq.name = "h"})
    -> (tensor<2x4xf32> {seq.name = "last"}) {
  %points = arith.constant 2 : index
  %steps = arith.constant 1 : index
  %x = seq.load_weight @rates_weight : tensor<2x4xf32>
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<2x4xf32>, %st = %s[%t, %d] : tensor<1x2xf32>)
      carry(%hd = %h[%d, :] : tensor<2x4xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<2x4xf32>
}

// -----

// A weight whose rates are a rounding off.
// CHECK-LABEL: func.func @rounded
// CHECK: seq.powers
// CHECK: return
seq.weight @rates_rounded : tensor<2x4xf32> {
  %0 = arith.constant dense<[[-1.0, -2.0, -3.0000002, -4.0], [-0.5, -1.0, -1.5, -2.0]]> : tensor<2x4xf32>
  seq.yield outs(%0 : tensor<2x4xf32>)
}
func.func @rounded(%s: tensor<64x2xf32> {seq.name = "s"},
    %h: tensor<2x4xf32> {seq.name = "h"})
    -> (tensor<2x4xf32> {seq.name = "last"}) {
  %points = arith.constant 2 : index
  %steps = arith.constant 64 : index
  %x = seq.load_weight @rates_rounded : tensor<2x4xf32>
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<2x4xf32>, %st = %s[%t, %d] : tensor<64x2xf32>)
      carry(%hd = %h[%d, :] : tensor<2x4xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<2x4xf32>
}

// -----

// A weight with one rate that is none of the multiples.
// CHECK-LABEL: func.func @others
// CHECK-NOT: seq.powers
// CHECK: return
seq.weight @rates_others : tensor<2x4xf32> {
  %0 = arith.constant dense<[[-1.0, -2.0, -3.00001, -4.0], [-0.5, -1.0, -1.5, -2.0]]> : tensor<2x4xf32>
  seq.yield outs(%0 : tensor<2x4xf32>)
}
func.func @others(%s: tensor<64x2xf32> {seq.name = "s"},
    %h: tensor<2x4xf32> {seq.name = "h"})
    -> (tensor<2x4xf32> {seq.name = "last"}) {
  %points = arith.constant 2 : index
  %steps = arith.constant 64 : index
  %x = seq.load_weight @rates_others : tensor<2x4xf32>
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<2x4xf32>, %st = %s[%t, %d] : tensor<64x2xf32>)
      carry(%hd = %h[%d, :] : tensor<2x4xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<2x4xf32>
}

// -----

// Fewer steps than it takes to pay for the question.
// CHECK-LABEL: func.func @few_steps
// CHECK-NOT: seq.powers
// CHECK: return
func.func @few_steps(%x: tensor<8x4xf32> {seq.name = "x"}, %s: tensor<31x8xf32> {seq.name = "s"},
    %h: tensor<8x4xf32> {seq.name = "h"})
    -> (tensor<8x4xf32> {seq.name = "last"}) {
  %points = arith.constant 8 : index
  %steps = arith.constant 31 : index
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<8x4xf32>, %st = %s[%t, %d] : tensor<31x8xf32>)
      carry(%hd = %h[%d, :] : tensor<8x4xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<8x4xf32>
}

// -----

// More elements than registers.
// CHECK-LABEL: func.func @many
// CHECK-NOT: seq.powers
// CHECK: return
func.func @many(%x: tensor<8x33xf32> {seq.name = "x"}, %s: tensor<64x8xf32> {seq.name = "s"},
    %h: tensor<8x33xf32> {seq.name = "h"})
    -> (tensor<8x33xf32> {seq.name = "last"}) {
  %points = arith.constant 8 : index
  %steps = arith.constant 64 : index
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<8x33xf32>, %st = %s[%t, %d] : tensor<64x8xf32>)
      carry(%hd = %h[%d, :] : tensor<8x33xf32>)
      schedule [#seq.alternative<recurrent>] {
    %splat = tensor.splat %st : tensor<33xf32>
    %log = arith.mulf %splat, %xd : tensor<33xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<33xf32>
    seq.yield carry(%next : tensor<33xf32>)
  }
  return %last : tensor<8x33xf32>
}

// -----

// A form that adds logarithms.
// CHECK-LABEL: func.func @chunked
// CHECK-NOT: seq.powers
// CHECK: return
func.func @chunked(%x: tensor<8x4xf32> {seq.name = "x"}, %s: tensor<64x8xf32> {seq.name = "s"},
    %h: tensor<8x4xf32> {seq.name = "h"})
    -> (tensor<8x4xf32> {seq.name = "last"}) {
  %points = arith.constant 8 : index
  %steps = arith.constant 64 : index
  %last = seq.scan domain(%d = %points) time(%t = %steps)
      ins(%xd = %x[%d, :] : tensor<8x4xf32>, %st = %s[%t, %d] : tensor<64x8xf32>)
      carry(%hd = %h[%d, :] : tensor<8x4xf32>)
      schedule [#seq.alternative<chunked>] {
    %splat = tensor.splat %st : tensor<4xf32>
    %log = arith.mulf %splat, %xd : tensor<4xf32>
    %next = seq.affine exp(%log) * %hd + %splat : tensor<4xf32>
    seq.yield carry(%next : tensor<4xf32>)
  }
  return %last : tensor<8x4xf32>
}
