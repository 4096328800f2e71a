// A step of one row waits for its weights: the loop of its products computes sums of
// the next time block beside them. The matrix is packed for all lanes of a group, so
// that it is one stream from memory.
// RUN: seq-opt %s -split-input-file -seq-lower-recurrent="lanes=16 registers=32" -canonicalize -cse | FileCheck %s
// Sums of both do not fit 16 registers.
// RUN: seq-opt %s -split-input-file -seq-lower-recurrent="lanes=16 registers=16" -canonicalize -cse | FileCheck %s --check-prefix=FEW
// RUN: not seq-opt %s -split-input-file -seq-lower-recurrent="lanes=3" 2>&1 | FileCheck %s --check-prefix=LANES

// LANES: error: 'seq.scan' op needs matrices packed for 3 lanes or a multiple, found 16

// Two blocks of 8 steps: one is read, the next one is written. The first one's sums
// are computed ahead of all steps.
// CHECK-LABEL: func @beside
// CHECK: %[[COPIES:.+]] = memref.alloc() : memref<2x512xf32>
// CHECK: %[[BLOCKS:.+]] = memref.alloc() : memref<16x512xf32>
// CHECK: scf.for %{{.+}} = %c0 to %c64 step %c4
// CHECK: scf.for %{{.+}} = %c0 to %arg5 step %c8
// CHECK: scf.for %[[STEP:.+]] = %c0 to %{{.+}} step %c1
// A job's number is the group's, of those of all steps. Threads take the groups of
// weights as large as these.
// CHECK: %[[ODD:.+]] = arith.cmpi ne
// CHECK: scf.while (%[[LAST:.+]] = %c-1) : (index) -> index {
// CHECK: %[[GROUP:.+]] = seq.take %c4 after %[[LAST]] backwards %[[ODD]]
// CHECK: arith.cmpi sge, %[[GROUP]], %c0
// CHECK: %[[DUE:.+]] = arith.cmpi slt
// CHECK: scf.if %[[DUE]] {
// Eight sums of the step's and eight rows' of one tile, as long as both have terms;
// odd steps walk their own weights backwards. Then the rest of the longer one.
// CHECK: %[[SUMS:.+]]:16 = scf.if
// CHECK: scf.for %[[K:.+]] = %c0 to %c64 step %c4
// CHECK: arith.subi %c511, %[[K]]
// CHECK: vector.load %arg2{{.+}} : memref<4x512x128xf32>
// CHECK: vector.load %arg1[%{{.+}}, %[[K]], %c0] : memref<32x64x16xf32>
// CHECK: scf.for %{{.+}} = %c64 to %c512 step %c4
// CHECK: scf.for %{{.+}} = %c64 to %c512 step %c4
// CHECK: vector.store %[[SUMS]]#8, %[[BLOCKS]]
// CHECK: vector.store %[[SUMS]]#15, %[[BLOCKS]]
// CHECK: vector.load %[[BLOCKS]]
// Where no job is left there is the step alone.
// CHECK: } else {
// CHECK: :8 = scf.if
// FEW-LABEL: func @beside
// FEW: memref.alloc() : memref<66x512xf32>
// FEW-NOT: :16 = scf.
func.func @beside(%X: memref<?x64xf32>, %W: memref<32x64x16xf32>,
                  %R: memref<4x512x128xf32>, %h0: memref<512xf32>,
                  %Y: memref<?x512xf32>, %T: index) {
  seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : memref<?x64xf32>,
          %w = %W[:, :, :] packed 16 as tensor<512x64xf32>
              : memref<32x64x16xf32>,
          %r = %R[:, :, :] packed 128 as tensor<512x512xf32>
              : memref<4x512x128xf32>)
      outs(%Y[%t, :] : memref<?x512xf32>)
      carry(%h = %h0[:] : memref<512xf32>) {
    %wx = seq.time_block -> tensor<512xf32> {
      %p = seq.matvec %w, %x
          : tensor<512x64xf32>, tensor<64xf32> -> tensor<512xf32>
      seq.yield outs(%p : tensor<512xf32>)
    }
    %rh = seq.matvec %r, %h
        : tensor<512x512xf32>, tensor<512xf32> -> tensor<512xf32>
    %h1 = arith.addf %rh, %wx : tensor<512xf32>
    seq.yield outs(%h1 : tensor<512xf32>) carry(%h1 : tensor<512xf32>)
  }
  return
}

// -----

// More gates, with fewer tiles in a group, and inputs that have more terms than the
// state. The last vector of lanes is not full: a job's loads of what is not padded
// are masked.
// CHECK-LABEL: func @longer
// CHECK: %[[BLOCKS:.+]] = memref.alloc() : memref<20x208xf32>
// CHECK: %[[SUMS:.+]]:27 = scf.if
// CHECK: scf.for %{{.+}} = %c0 to %c200 step %c4
// CHECK: scf.for %{{.+}} = %c200 to %c300 step %c4
// CHECK: vector.maskedload %arg3
// CHECK: vector.store %{{.+}}, %[[BLOCKS]]
func.func @longer(%X: memref<?x300xf32>, %W: memref<13x300x3x16xf32>,
                  %R: memref<4x200x3x64xf32>, %B: memref<200xf32>,
                  %h0: memref<200xf32>, %Y: memref<?x200xf32>, %T: index) {
  seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : memref<?x300xf32>,
          %w = %W[:, :, :, :] packed 16 as tensor<3x200x300xf32>
              : memref<13x300x3x16xf32>,
          %r = %R[:, :, :, :] packed 64 as tensor<3x200x200xf32>
              : memref<4x200x3x64xf32>,
          %bias = %B[:] : memref<200xf32>)
      outs(%Y[%t, :] : memref<?x200xf32>)
      carry(%h = %h0[:] : memref<200xf32>) {
    %wx = seq.time_block -> tensor<200xf32> {
      %p = seq.matvec %w, %x
          : tensor<3x200x300xf32>, tensor<300xf32> -> tensor<3x200xf32>
      %p0 = seq.extract %p[0] : tensor<3x200xf32> -> tensor<200xf32>
      %p1 = seq.extract %p[1] : tensor<3x200xf32> -> tensor<200xf32>
      %p2 = seq.extract %p[2] : tensor<3x200xf32> -> tensor<200xf32>
      %p01 = arith.mulf %p0, %p1 : tensor<200xf32>
      %p012 = arith.addf %p01, %p2 : tensor<200xf32>
      %biased = arith.addf %p012, %bias : tensor<200xf32>
      seq.yield outs(%biased : tensor<200xf32>)
    }
    %rh = seq.matvec %r, %h
        : tensor<3x200x200xf32>, tensor<200xf32> -> tensor<3x200xf32>
    %r0 = seq.extract %rh[0] : tensor<3x200xf32> -> tensor<200xf32>
    %r1 = seq.extract %rh[1] : tensor<3x200xf32> -> tensor<200xf32>
    %r2 = seq.extract %rh[2] : tensor<3x200xf32> -> tensor<200xf32>
    %r01 = arith.mulf %r0, %r1 : tensor<200xf32>
    %r012 = arith.addf %r01, %r2 : tensor<200xf32>
    %h1 = arith.addf %r012, %wx : tensor<200xf32>
    seq.yield outs(%h1 : tensor<200xf32>) carry(%h1 : tensor<200xf32>)
  }
  return
}

// -----

// Of any number of rows a single one goes this way, the others in blocks of four,
// two and one.
// CHECK-LABEL: func @any
// CHECK: memref.alloc(%arg6) : memref<20x?x128xf32>
// CHECK: %[[SINGLE:.+]] = arith.cmpi eq, %arg6, %c1
// CHECK: scf.if %[[SINGLE]] {
// CHECK: scf.for %{{.+}} = %c0 to %arg5 step %c10
// CHECK: scf.if
// CHECK: :27 = scf.for
// CHECK: } else {
// CHECK: scf.for %{{.+}} = %c0 to %arg5 step %c16
// CHECK: step %c4 {
// CHECK: step %c2 {
// CHECK: step %c1 {
func.func @any(%X: memref<?x?x64xf32>, %W: memref<8x64x3x16xf32>,
               %R: memref<8x128x3x16xf32>, %h0: memref<?x128xf32>,
               %Y: memref<?x?x128xf32>, %T: index, %B: index) {
  seq.scan domain(%b = %B) time(%t = %T)
      ins(%x = %X[%t, %b, :] : memref<?x?x64xf32>,
          %w = %W[:, :, :, :] packed 16 as tensor<3x128x64xf32>
              : memref<8x64x3x16xf32>,
          %r = %R[:, :, :, :] packed 16 as tensor<3x128x128xf32>
              : memref<8x128x3x16xf32>)
      outs(%Y[%t, %b, :] : memref<?x?x128xf32>)
      carry(%h = %h0[%b, :] : memref<?x128xf32>) {
    %wx = seq.time_block -> tensor<128xf32> {
      %p = seq.matvec %w, %x
          : tensor<3x128x64xf32>, tensor<64xf32> -> tensor<3x128xf32>
      %p0 = seq.extract %p[0] : tensor<3x128xf32> -> tensor<128xf32>
      %p1 = seq.extract %p[1] : tensor<3x128xf32> -> tensor<128xf32>
      %p2 = seq.extract %p[2] : tensor<3x128xf32> -> tensor<128xf32>
      %p01 = arith.mulf %p0, %p1 : tensor<128xf32>
      %p012 = arith.addf %p01, %p2 : tensor<128xf32>
      seq.yield outs(%p012 : tensor<128xf32>)
    }
    %rh = seq.matvec %r, %h
        : tensor<3x128x128xf32>, tensor<128xf32> -> tensor<3x128xf32>
    %r0 = seq.extract %rh[0] : tensor<3x128xf32> -> tensor<128xf32>
    %r1 = seq.extract %rh[1] : tensor<3x128xf32> -> tensor<128xf32>
    %r2 = seq.extract %rh[2] : tensor<3x128xf32> -> tensor<128xf32>
    %r01 = arith.mulf %r0, %r1 : tensor<128xf32>
    %r012 = arith.addf %r01, %r2 : tensor<128xf32>
    %h1 = arith.addf %r012, %wx : tensor<128xf32>
    seq.yield outs(%h1 : tensor<128xf32>) carry(%h1 : tensor<128xf32>)
  }
  return
}
