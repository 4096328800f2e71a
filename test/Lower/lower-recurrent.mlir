// Scans on memrefs become loops over vectors of the target's width.
// RUN: seq-opt %s -seq-lower-recurrent="lanes=8 registers=16" -canonicalize -cse | FileCheck %s
// RUN: sed -e 's/packed 8/packed 16/; s/memref<2x12x8xf32>/memref<1x12x16xf32>/; s/memref<2x16x8xf32>/memref<1x16x16xf32>/; s/memref<4x32x8xf32>/memref<2x32x16xf32>/; s/memref<2x6x16xbf16>/memref<1x6x32xbf16>/; s/memref<66x264x16xbf16>/memref<33x264x32xbf16>/; s/memref<128x1024x8xf32>/memref<64x1024x16xf32>/; s/memref<128x12x8xf32>/memref<64x12x16xf32>/' %s \
// RUN:   | seq-opt -seq-lower-recurrent="lanes=16 registers=32" -canonicalize -cse \
// RUN:   | FileCheck %s --check-prefix=WIDE
// RUN: seq-opt %s -seq-lower-recurrent="lanes=8 registers=16 fetches-ahead" -canonicalize -cse \
// RUN:   | FileCheck %s --check-prefix=FETCHES
// RUN: not seq-opt %s -seq-lower-recurrent="lanes=4 registers=16" 2>&1 | FileCheck %s --check-prefix=LANES

// WIDE: vector<16xf32>
// LANES: error: 'seq.scan' op needs matrices packed for 4 lanes, found 8

// Lanes run along the channels; the state stays in a register for a time block
// and goes back to memory after it. Where operands exceed the caches, a block is
// one step, rows to come are asked for in the second cache, and what is aligned goes
// past the caches. Every thread has its part of a row.
// CHECK-LABEL: func @ema
// CHECK-NOT: seq.scan
// CHECK: scf.execute_region no_inline
// CHECK: %[[ID:.+]] = seq.thread_id
// CHECK: %[[BEFORE:.+]] = arith.muli %[[ID]], %[[ITEMS:.+]] : index
// CHECK: %[[LOW:.+]] = arith.divui %[[BEFORE]], %[[THREADS:.+]] : index
// CHECK: %[[WITH:.+]] = arith.muli %{{.+}}, %[[ITEMS]] : index
// CHECK: %[[HIGH:.+]] = arith.divui %[[WITH]], %[[THREADS]] : index
// CHECK: %[[EXCEEDS:.+]] = arith.cmpi uge, %{{.+}}, %c33554432
// CHECK: %[[FITS:.+]] = arith.cmpi ule, %{{.+}}, %c4096
// CHECK: %[[STREAMS:.+]] = arith.andi %[[EXCEEDS]], %[[FITS]]
// CHECK: memref.extract_aligned_pointer_as_index %arg2
// CHECK: %[[PAST:.+]] = arith.andi %[[STREAMS]], %{{.+}}
// CHECK: %[[BLOCK:.+]] = arith.select %[[STREAMS]], %c1, %c16
// CHECK: scf.for %{{.+}} = %c0 to %{{.+}} step %[[BLOCK]]
// CHECK: scf.for %{{.+}} = %[[LOW]] to %[[HIGH]] step %c1
// CHECK: vector.load %arg1{{.*}} vector<8xf32>
// CHECK: scf.for {{.*}} iter_args({{.+}}) -> (vector<8xf32>
// CHECK: scf.if %[[STREAMS]]
// CHECK: memref.prefetch %arg0{{.*}} read, locality<2>
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK: scf.if %[[PAST]]
// CHECK-NEXT: vector.store {{.*}} {alignment = 32 : i64, nontemporal = true}
// CHECK: } else {
// CHECK-NEXT: vector.store %{{[^{]*$}}
// CHECK: scf.yield
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
// CHECK: llvm.fence seq_cst
// CHECK: {seq.threaded}
func.func @ema(%X: memref<?x?xf32>, %h0: memref<?xf32>, %Y: memref<?x?xf32>,
               %T: index, %C: index) {
  seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : memref<?x?xf32>)
      outs(%Y[%t, %c] : memref<?x?xf32>)
      carry(%h = %h0[%c] : memref<?xf32>) {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return
}

// Lanes run along the matrix' rows; the carry that the contraction reads whole
// exists twice, and every step ends with a barrier.
// CHECK-LABEL: func @rnn
// CHECK: memref.alloc(%{{.+}}) : memref<2x?x16xf32>
// CHECK: seq.barrier
// CHECK: scf.for
// CHECK: vector.load %{{.+}} : memref<2x12x8xf32>, vector<8xf32>
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK: math.tanh {{.*}} : vector<8xf32>
// CHECK: vector.maskedstore
// CHECK: seq.barrier
func.func @rnn(%X: memref<?x?x12xf32>, %R: memref<2x12x8xf32>,
               %h0: memref<?x12xf32>, %Y: memref<?x?x12xf32>, %T: index,
               %B: index) {
  seq.scan domain(%b = %B) time(%t = %T)
      ins(%x = %X[%t, %b, :] : memref<?x?x12xf32>,
          %r = %R[:, :, :] packed 8 as tensor<12x12xf32> : memref<2x12x8xf32>)
      outs(%Y[%t, %b, :] : memref<?x?x12xf32>)
      carry(%h = %h0[%b, :] : memref<?x12xf32>) {
    %rh = seq.matvec %r, %h
        : tensor<12x12xf32>, tensor<12xf32> -> tensor<12xf32>
    %s = arith.addf %rh, %x : tensor<12xf32>
    %h1 = math.tanh %s : tensor<12xf32>
    seq.yield outs(%h1 : tensor<12xf32>) carry(%h1 : tensor<12xf32>)
  }
  return
}

// A word has two neighbours of bf16 along what is contracted. Each counts as the
// upper half of an f32: the even one is shifted there, the odd one lies there, and
// the other half is masked.
// CHECK-LABEL: func @pairs
// CHECK: %[[MASK:.+]] = arith.constant dense<-65536> : vector<8xi32>
// CHECK: %[[PAIR:.+]] = arith.shrsi %[[K:.+]], %c1
// CHECK: vector.load %arg1[%{{[^,]+}}, %[[PAIR]], %c0] : memref<2x6x16xbf16>, vector<16xbf16>
// CHECK-NEXT: %[[WORDS:.+]] = vector.bitcast %{{.+}} : vector<16xbf16> to vector<8xi32>
// CHECK-NEXT: %[[ODD:.+]] = arith.remui %[[K]], %c2
// CHECK-NEXT: %[[ODD32:.+]] = arith.index_cast %[[ODD]] : index to i32
// CHECK-NEXT: %[[EVEN:.+]] = arith.subi %c1_i32, %[[ODD32]] : i32
// CHECK-NEXT: %[[SHIFT:.+]] = arith.muli %[[EVEN]], %c16_i32 : i32
// CHECK-NEXT: %[[SHIFTS:.+]] = vector.broadcast %[[SHIFT]] : i32 to vector<8xi32>
// CHECK-NEXT: %[[UPPER:.+]] = arith.shli %[[WORDS]], %[[SHIFTS]] : vector<8xi32>
// CHECK-NEXT: %[[HALF:.+]] = arith.andi %[[UPPER]], %[[MASK]] : vector<8xi32>
// CHECK-NEXT: %[[W:.+]] = arith.bitcast %[[HALF]] : vector<8xi32> to vector<8xf32>
// CHECK: math.fma %[[W]], %{{.+}} : vector<8xf32>
// WIDE-LABEL: func @pairs
// WIDE: arith.constant dense<-65536> : vector<16xi32>
// WIDE: vector.load {{.*}} memref<1x6x32xbf16>, vector<32xbf16>
// WIDE: arith.bitcast %{{.+}} : vector<16xi32> to vector<16xf32>
func.func @pairs(%X: memref<?x?x12xf32>, %R: memref<2x6x16xbf16>,
                 %h0: memref<?x12xf32>, %Y: memref<?x?x12xf32>, %T: index,
                 %B: index) {
  seq.scan domain(%b = %B) time(%t = %T)
      ins(%x = %X[%t, %b, :] : memref<?x?x12xf32>,
          %r = %R[:, :, :] packed 8 as tensor<12x12xf32> : memref<2x6x16xbf16>)
      outs(%Y[%t, %b, :] : memref<?x?x12xf32>)
      carry(%h = %h0[%b, :] : memref<?x12xf32>) {
    %rh = seq.matvec %r, %h
        : tensor<12x12xf32>, tensor<12xf32> -> tensor<12xf32>
    %s = arith.addf %rh, %x : tensor<12xf32>
    %h1 = math.tanh %s : tensor<12xf32>
    seq.yield outs(%h1 : tensor<12xf32>) carry(%h1 : tensor<12xf32>)
  }
  return
}

// What a step reads and writes beside its matrices is asked for before its products,
// which take long enough for it to come: what a block of steps computed ahead, the
// carry's other copy and the out.
// CHECK-LABEL: func @hoisted
// CHECK: %[[BLOCK:.+]] = memref.alloc() : memref<66x1024xf32>
// CHECK: vector.store %{{.+}}, %[[BLOCK]]
// CHECK: memref.prefetch %[[BLOCK]]{{.*}}, read
// CHECK: memref.prefetch %{{.+}}, write{{.*}} : memref<2x1024xf32>
// CHECK: memref.prefetch %arg4{{.*}}, write
// CHECK: scf.if
// CHECK: vector.load %[[BLOCK]]
func.func @hoisted(%X: memref<?x12xf32>, %W: memref<128x12x8xf32>,
                 %R: memref<128x1024x8xf32>, %h0: memref<1024xf32>,
                 %Y: memref<?x1024xf32>, %T: index) {
  seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : memref<?x12xf32>,
          %w = %W[:, :, :] packed 8 as tensor<1024x12xf32>
              : memref<128x12x8xf32>,
          %r = %R[:, :, :] packed 8 as tensor<1024x1024xf32>
              : memref<128x1024x8xf32>)
      outs(%Y[%t, :] : memref<?x1024xf32>)
      carry(%h = %h0[:] : memref<1024xf32>) {
    %wx = seq.time_block -> tensor<1024xf32> {
      %p = seq.matvec %w, %x
          : tensor<1024x12xf32>, tensor<12xf32> -> tensor<1024xf32>
      seq.yield outs(%p : tensor<1024xf32>)
    }
    %rh = seq.matvec %r, %h
        : tensor<1024x1024xf32>, tensor<1024xf32> -> tensor<1024xf32>
    %h1 = arith.addf %rh, %wx : tensor<1024xf32>
    seq.yield outs(%h1 : tensor<1024xf32>) carry(%h1 : tensor<1024xf32>)
  }
  return
}

// Blocks of rows read the same weights one after another, and the n-th asks for the
// n-th vector that the next tiles have for each term; where registers are few, none
// does.
// CHECK-LABEL: func @rows
// CHECK-NOT: locality<2>
// WIDE-LABEL: func @rows
// WIDE: %[[DISTANCE:.+]] = arith.select %{{.+}}, %c-4, %c4
// WIDE: scf.for %[[ROW:.+]] = %c0 to %{{.+}} step %c6
// WIDE: %[[BLOCK:.+]] = arith.divui %[[ROW]], %c6
// WIDE: scf.for %{{.+}} = %c0 to %c1024 step %c4
// WIDE: %[[VECTOR:.+]] = arith.minui %[[BLOCK]], %c3
// WIDE: %[[NEXT:.+]] = arith.addi %{{.+}}, %[[DISTANCE]]
// WIDE: %[[TILE:.+]] = arith.addi %[[NEXT]], %[[VECTOR]]
// WIDE: memref.prefetch %arg1[%[[TILE]], %{{.+}}, %c0], read, locality<2>
func.func @rows(%X: memref<?x32x1024xf32>, %R: memref<128x1024x8xf32>,
                %h0: memref<32x1024xf32>, %Y: memref<?x32x1024xf32>,
                %T: index) {
  %B = arith.constant 32 : index
  seq.scan domain(%b = %B) time(%t = %T)
      ins(%x = %X[%t, %b, :] : memref<?x32x1024xf32>,
          %r = %R[:, :, :] packed 8 as tensor<1024x1024xf32>
              : memref<128x1024x8xf32>)
      outs(%Y[%t, %b, :] : memref<?x32x1024xf32>)
      carry(%h = %h0[%b, :] : memref<32x1024xf32>) {
    %rh = seq.matvec %r, %h
        : tensor<1024x1024xf32>, tensor<1024xf32> -> tensor<1024xf32>
    %h1 = arith.addf %rh, %x : tensor<1024xf32>
    seq.yield outs(%h1 : tensor<1024xf32>) carry(%h1 : tensor<1024xf32>)
  }
  return
}

// Two bytes each, weights beyond the caches are used up faster than the processor
// asks for more: 2048 bytes ahead they are asked for, 128 terms of eight lanes.
// Every second step walks them from their end to their beginning: what the step
// before read last is still there.
// CHECK-LABEL: func @beyond
// CHECK: %[[ODD:.+]] = arith.cmpi ne, %{{.+}}, %c0
// CHECK: scf.if %[[ODD]] -> (vector<8xf32>
// CHECK-NEXT: scf.for %[[K:.+]] = %c0 to %c528 step %c4
// CHECK: arith.subi %c527, %[[K]]
// CHECK: arith.subi %c399, %[[K]]
// CHECK: memref.prefetch %arg1
// CHECK: arith.subi %c524, %[[K]]
// CHECK: } else {
// CHECK-NEXT: scf.for %[[K:.+]] = %c0 to %c528 step %c4
// CHECK: arith.addi %[[K]], %c128
// CHECK: memref.prefetch %arg1
// A processor that keeps up is not asked; other operands' rows are asked for anyway.
// FETCHES-LABEL: func @beyond
// FETCHES-NOT: memref.prefetch %arg1
// FETCHES: return
// FETCHES-LABEL: func @large
// FETCHES: memref.prefetch %arg0{{.*}}, read
func.func @beyond(%X: memref<?x528xf32>, %R: memref<66x264x16xbf16>,
                  %h0: memref<528xf32>, %Y: memref<?x528xf32>, %T: index) {
  seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :] : memref<?x528xf32>,
          %r = %R[:, :, :] packed 8 as tensor<528x528xf32>
              : memref<66x264x16xbf16>)
      outs(%Y[%t, :] : memref<?x528xf32>)
      carry(%h = %h0[:] : memref<528xf32>) {
    %rh = seq.matvec %r, %h
        : tensor<528x528xf32>, tensor<528xf32> -> tensor<528xf32>
    %h1 = arith.addf %rh, %x : tensor<528xf32>
    seq.yield outs(%h1 : tensor<528xf32>) carry(%h1 : tensor<528xf32>)
  }
  return
}

// What is slow and needs no carry is computed for a few steps ahead, on the
// stack, four steps side by side; a state too large for registers stays in memory,
// and a loop walks it. What a later step reads
// and writes is asked for ahead.
// CHECK-LABEL: func @large
// CHECK: %[[EARLY:.+]] = memref.alloca() : memref<{{[0-9]+}}x64x2x8xf32>
// CHECK: scf.for %{{.+}} = %c0 to %{{.+}} step %c64
// CHECK: scf.for %{{.+}} step %c4
// CHECK-COUNT-8: seq.sigmoid {{.*}} : vector<8xf32>
// CHECK-COUNT-8: vector.store %{{.+}}, %[[EARLY]]
// CHECK: scf.for %{{.+}} step %c1
// CHECK: %[[G:.+]] = seq.sigmoid {{.*}} : vector<8xf32>
// CHECK: vector.store %{{.+}}, %[[EARLY]]
// CHECK: scf.for
// CHECK: memref.prefetch %arg0{{.*}}, read
// CHECK: memref.prefetch %arg3{{.*}}, write
// CHECK: vector.load %[[EARLY]]
// CHECK: scf.for {{.*}} step %c2{{.*}} iter_args({{.+}}) -> (vector<8xf32>, vector<8xf32>)
// CHECK-NOT: scf.for
// CHECK: math.exp
// CHECK: vector.store
// CHECK: scf.yield
func.func @large(%X: memref<?x32xf32>, %A: memref<16x32xf32>,
                 %h0: memref<16x32xf32>, %Y: memref<?x32xf32>, %T: index) {
  %c32 = arith.constant 32 : index
  seq.scan domain(%c = %c32) time(%t = %T)
      ins(%x = %X[%t, %c] : memref<?x32xf32>,
          %a = %A[:, %c] : memref<16x32xf32>)
      outs(%Y[%t, %c] : memref<?x32xf32>)
      carry(%h = %h0[:, %c] : memref<16x32xf32>) {
    %g = seq.sigmoid %x : f32
    %gs = tensor.splat %g : tensor<16xf32>
    %log = arith.mulf %gs, %a : tensor<16xf32>
    %h1 = seq.affine exp(%log) * %h + %gs : tensor<16xf32>
    %y = seq.dot %h1, %a : tensor<16xf32> -> f32
    seq.yield outs(%y : f32) carry(%h1 : tensor<16xf32>)
  }
  return
}

// With the state in registers, where the steps will write is asked for with what
// is computed ahead for them, and into the second cache what the next channels will
// read.
// CHECK-LABEL: func @ahead
// CHECK: scf.for %{{.+}} step %c4
// CHECK-COUNT-16: vector.store %{{.+}}, %alloca
// CHECK-COUNT-16: memref.prefetch %arg2{{.*}}, write, locality<3>
// CHECK-COUNT-16: memref.prefetch %arg0{{.*}}, read, locality<2>
// CHECK: scf.for %{{.+}} step %c1
// CHECK: scf.for {{.*}} iter_args
func.func @ahead(%X: memref<?x32xf32>, %h0: memref<32xf32>,
                 %Y: memref<?x32xf32>, %T: index) {
  %c32 = arith.constant 32 : index
  seq.scan domain(%c = %c32) time(%t = %T)
      ins(%x = %X[%t, %c] : memref<?x32xf32>)
      outs(%Y[%t, %c] : memref<?x32xf32>)
      carry(%h = %h0[%c] : memref<32xf32>) {
    %g = seq.sigmoid %x : f32
    %h1 = seq.affine %g * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return
}

// Six rows of two vectors fit the registers. Of eight, two would be left: twice
// four keep the units busier. Of the rows of nine steps none is left.
// CHECK-LABEL: func @batch
// CHECK: scf.for %{{.+}} = %c0 to %arg4 step %c9
// CHECK: scf.for %{{.+}} = %c0 to %c8 step %c4
// CHECK-COUNT-2: :8 = scf.for %{{.+}} = %c0 to %c32 step %c4 iter_args
// CHECK-NOT: iter_args
func.func @batch(%X: memref<?x8x32xf32>, %R: memref<4x32x8xf32>,
                 %h0: memref<8x32xf32>, %Y: memref<?x8x32xf32>, %T: index) {
  %c8 = arith.constant 8 : index
  seq.scan domain(%b = %c8) time(%t = %T)
      ins(%x = %X[%t, %b, :] : memref<?x8x32xf32>,
          %r = %R[:, :, :] packed 8 as tensor<32x32xf32> : memref<4x32x8xf32>)
      outs(%Y[%t, %b, :] : memref<?x8x32xf32>)
      carry(%h = %h0[%b, :] : memref<8x32xf32>) {
    %wx = seq.matvec %r, %x
        : tensor<32x32xf32>, tensor<32xf32> -> tensor<32xf32>
    %rh = seq.matvec %r, %h
        : tensor<32x32xf32>, tensor<32xf32> -> tensor<32xf32>
    %s = arith.addf %rh, %wx : tensor<32xf32>
    %h1 = math.tanh %s : tensor<32xf32>
    seq.yield outs(%h1 : tensor<32xf32>) carry(%h1 : tensor<32xf32>)
  }
  return
}

// Points of a batch read the same poles: two of them share what is loaded, at a
// vector of channels each; the fifth is by itself.
// CHECK-LABEL: func @points
// CHECK: scf.for %{{.+}} step %c256
// CHECK: %[[WHOLE:.+]] = arith.cmpi slt
// CHECK: scf.if %[[WHOLE]]
// CHECK: scf.for {{.*}} iter_args({{.+}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: %[[A:.+]] = vector.load %arg1
// CHECK-NOT: vector.load %arg1
// CHECK: vector.load %arg2
// CHECK-COUNT-2: math.fma %[[A]]
// CHECK: vector.store %{{.+}}, %arg2
// CHECK: vector.store %{{.+}}, %arg2
// CHECK: else
// CHECK: scf.for {{.*}} iter_args({{.+}}) -> (vector<8xf32>, vector<8xf32>)
func.func @points(%X: memref<?x5x32xf32>, %A: memref<64x32xf32>,
                  %h0: memref<5x64x32xf32>, %Y: memref<?x5x32xf32>,
                  %T: index) {
  %c5 = arith.constant 5 : index
  %c32 = arith.constant 32 : index
  seq.scan domain(%b = %c5, %c = %c32) time(%t = %T)
      ins(%x = %X[%t, %b, %c] : memref<?x5x32xf32>,
          %a = %A[:, %c] : memref<64x32xf32>)
      outs(%Y[%t, %b, %c] : memref<?x5x32xf32>)
      carry(%h = %h0[%b, :, %c] : memref<5x64x32xf32>) {
    %xs = tensor.splat %x : tensor<64xf32>
    %h1 = seq.affine %a * %h + %xs : tensor<64xf32>
    %y0 = seq.reduce add %h1 dims [0] : tensor<64xf32> -> f32
    %y1 = seq.dot %a, %h1 : tensor<64xf32> -> f32
    %y = arith.addf %y0, %y1 : f32
    seq.yield outs(%y : f32) carry(%h1 : tensor<64xf32>)
  }
  return
}

// Four steps take each through an element of the state in memory while it is in a
// register; what is left of a block goes step by step.
// CHECK-LABEL: func @steps
// CHECK: scf.for %{{.+}} step %c256
// CHECK: scf.for %{{.+}} step %c4
// CHECK: scf.for {{.*}} iter_args({{.+}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: %[[A:.+]] = vector.load %arg1
// CHECK: %[[H:.+]] = vector.load %arg2
// CHECK: %[[H1:.+]] = math.fma %[[A]], %[[H]]
// CHECK: %[[H2:.+]] = math.fma %[[A]], %[[H1]]
// CHECK: %[[H3:.+]] = math.fma %[[A]], %[[H2]]
// CHECK: %[[H4:.+]] = math.fma %[[A]], %[[H3]]
// CHECK: vector.store %[[H4]], %arg2
// CHECK-NOT: vector.store %{{.+}}, %arg2
// CHECK: scf.yield
// CHECK-COUNT-4: vector.store %{{.+}}, %arg3
// CHECK: scf.for %{{.+}} step %c1
// CHECK: scf.for {{.*}} iter_args({{.+}}) -> (vector<8xf32>)
func.func @steps(%X: memref<?x5x32xf32>, %A: memref<64x32xf32>,
                  %h0: memref<5x64x32xf32>, %Y: memref<?x5x32xf32>,
                  %T: index) {
  %c5 = arith.constant 5 : index
  %c32 = arith.constant 32 : index
  seq.scan domain(%b = %c5, %c = %c32) time(%t = %T)
      ins(%x = %X[%t, %b, %c] : memref<?x5x32xf32>,
          %a = %A[:, %c] : memref<64x32xf32>)
      outs(%Y[%t, %b, %c] : memref<?x5x32xf32>)
      carry(%h = %h0[%b, :, %c] : memref<5x64x32xf32>) {
    %xs = tensor.splat %x : tensor<64xf32>
    %h1 = seq.affine %a * %h + %xs : tensor<64xf32>
    %y = seq.reduce add %h1 dims [0] : tensor<64xf32> -> f32
    seq.yield outs(%y : f32) carry(%h1 : tensor<64xf32>)
  }
  return
}

// The second contraction reads what the first one led to: the step has two
// stages, with a barrier between them, and hands two values on in memory. A
// constant that repeats one number needs none.
// CHECK-LABEL: func @stages
// CHECK: %[[ONE:.+]] = arith.constant dense<1.0{{.*}}> : vector<8xf32>
// CHECK: %[[GH:.+]] = memref.alloc() : memref<1x2x16xf32>
// CHECK: %[[KEEP:.+]] = memref.alloc() : memref<1x2x16xf32>
// CHECK: seq.barrier
// CHECK: math.fma
// CHECK: seq.sigmoid
// CHECK: vector.store %{{.+}}, %[[GH]]
// CHECK: arith.subf %[[ONE]], %{{.+}} : vector<8xf32>
// CHECK: vector.store %{{.+}}, %[[KEEP]]
// CHECK: seq.barrier
// CHECK: memref.load %[[GH]]
// CHECK: math.fma
// CHECK: vector.load %[[KEEP]]
// CHECK: seq.barrier
func.func @stages(%X: memref<?x2x16xf32>, %R: memref<2x16x8xf32>,
                  %Q: memref<2x16x8xf32>, %h0: memref<2x16xf32>,
                  %Y: memref<?x2x16xf32>, %T: index) {
  %c2 = arith.constant 2 : index
  %one = arith.constant dense<1.0> : tensor<16xf32>
  seq.scan domain(%b = %c2) time(%t = %T)
      ins(%x = %X[%t, %b, :] : memref<?x2x16xf32>,
          %r = %R[:, :, :] packed 8 as tensor<16x16xf32> : memref<2x16x8xf32>,
          %q = %Q[:, :, :] packed 8 as tensor<16x16xf32> : memref<2x16x8xf32>)
      outs(%Y[%t, %b, :] : memref<?x2x16xf32>)
      carry(%h = %h0[%b, :] : memref<2x16xf32>) {
    %rh = seq.matvec %r, %h
        : tensor<16x16xf32>, tensor<16xf32> -> tensor<16xf32>
    %g = seq.sigmoid %rh : tensor<16xf32>
    %gh = arith.mulf %g, %h : tensor<16xf32>
    %n = seq.matvec %q, %gh
        : tensor<16x16xf32>, tensor<16xf32> -> tensor<16xf32>
    %s = arith.addf %n, %x : tensor<16xf32>
    %c = math.tanh %s : tensor<16xf32>
    %keep = arith.subf %one, %g : tensor<16xf32>
    %h1 = arith.mulf %keep, %c : tensor<16xf32>
    seq.yield outs(%h1 : tensor<16xf32>) carry(%h1 : tensor<16xf32>)
  }
  return
}

// Only the first steps ask whether a shifted read is of the history, which gets
// the last rows afterwards; an out of every few steps is stored when it is due.
// No step waits for another: threads take parts of the steps where there are
// many, and four steps load what two of them read once.
// CHECK-LABEL: func @shifted
// CHECK-SAME: %[[X:[^:]+]]: memref<?x16xf32>, %[[PAST:[^:]+]]: memref<2x16xf32>
// CHECK: %[[FIRST:.+]] = arith.minsi %{{.+}}, %c2
// CHECK: %[[MANY:.+]] = arith.cmpi uge, %[[FIRST]]
// CHECK: %[[LAST:.+]] = arith.select %[[MANY]], %{{.+}}, %[[FIRST]]
// CHECK: scf.for %{{.+}} to %[[LAST]] step %
// CHECK: scf.if {{.*}} -> (vector<8xf32>)
// CHECK: vector.load %[[X]]
// CHECK: else
// CHECK: vector.load %[[PAST]]
// CHECK: %[[START:.+]] = arith.select %{{.+}}, %{{.+}}, %[[FIRST]]
// CHECK: scf.for %{{.+}} = %[[START]] to %{{.+}} step %
// CHECK-NOT: vector.load %[[PAST]]
// CHECK: scf.for %{{.+}} step %c4
// CHECK-COUNT-6: vector.load %[[X]]
// CHECK-NOT: vector.load
// CHECK: arith.remui
// CHECK: scf.if
// CHECK-NEXT: arith.divui
// CHECK: vector.store
// CHECK: scf.for %{{.+}} step %c1
// CHECK: seq.barrier
// CHECK: memref.store %{{.+}}, %[[PAST]]
// CHECK: memref.store %{{.+}}, %[[PAST]]
func.func @shifted(%X: memref<?x16xf32>, %past: memref<2x16xf32>,
                   %Y: memref<?x16xf32>, %T: index) {
  %c16 = arith.constant 16 : index
  seq.scan domain(%c = %c16) time(%t = %T)
      ins(%x = %X[%t, %c] : memref<?x16xf32>,
          %x2 = %X[%t - 2, %c] history %past : memref<2x16xf32>
            : memref<?x16xf32>)
      outs(%Y[%t floordiv 3, %c] : memref<?x16xf32>) {
    %y = arith.subf %x, %x2 : f32
    seq.yield outs(%y : f32)
  }
  return
}
