// Linalg ops become tiles of vectors.
// RUN: seq-opt %s -seq-tile-loops='lanes=8 registers=16' -canonicalize -cse | FileCheck %s

#lhs = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
#rhs = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
#out = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#all = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#turned = affine_map<(d0, d1) -> (d1, d0)>
#tap = affine_map<(d0, d1) -> (d1)>

// A product of matrices, for each of four: tiles of five rows and two vectors, of
// which every load serves all rows or both vectors.
// CHECK-LABEL: func.func @product
// CHECK: scf.execute_region no_inline
// CHECK: scf.for %[[N:.+]] = %c0 to %c4
// CHECK: scf.for %{{.+}} = %c0 to %c3
// CHECK: %[[J:.+]] = arith.muli %{{.+}}, %c16
// CHECK: scf.for %{{.+}} = %c0 to %c4
// CHECK: %[[I:.+]] = arith.muli %{{.+}}, %c5
// CHECK: %[[SUMS:.+]]:10 = scf.for %[[K:.+]] = %c0 to %c32
// CHECK: %[[A:.+]] = memref.load %{{.+}}[%[[N]], %[[I]], %[[K]]]
// CHECK: %[[EVERY:.+]] = vector.broadcast %[[A]]
// CHECK: %[[B:.+]] = vector.load %{{.+}}[%[[N]], %[[K]], %[[J]]]
// CHECK: math.fma %[[EVERY]], %[[B]], %{{.+}} : vector<8xf32>
// CHECK-COUNT-1: vector.load
// CHECK: math.fma %[[EVERY]]
// CHECK-NOT: vector.load
// CHECK-COUNT-8: math.fma
// CHECK: scf.yield
// CHECK-COUNT-10: vector.store %[[SUMS]]
// CHECK-NOT: seq.threaded
// CHECK: return
func.func @product(%x: memref<4x20x32xf32>, %y: memref<4x32x48xf32>,
                   %z: memref<4x20x48xf32>) {
  linalg.generic {indexing_maps = [#lhs, #rhs, #out],
                  iterator_types = ["parallel", "parallel", "parallel",
                                    "reduction"]}
      ins(%x, %y : memref<4x20x32xf32>, memref<4x32x48xf32>)
      outs(%z : memref<4x20x48xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// The largest of every row: lanes along what is combined, six rows beside each
// other, the end under a mask, and nothing is read of the result: the fill is gone.
// CHECK-LABEL: func.func @rows
// CHECK-NOT: linalg.fill
// CHECK: %[[MOST:.+]]:12 = scf.for %{{.+}} = %c0 to %c96 step %c16
// CHECK-COUNT-12: arith.maximumf
// CHECK: %[[MASK:.+]] = vector.constant_mask [4] : vector<8xi1>
// CHECK: %[[END:.+]] = vector.maskedload %{{.+}}[%c0, %c96], %[[MASK]]
// CHECK: %[[ONE:.+]] = arith.maximumf %[[MOST]]#0, %[[END]]
// CHECK: arith.select %[[MASK]], %[[ONE]], %[[MOST]]#0
// CHECK-NOT: memref.load
// CHECK: %[[ROW:.+]] = vector.reduction <maximumf>, %{{.+}} fastmath<reassoc>
// CHECK: memref.store %[[ROW]], %{{.+}}[%c0]
func.func @rows(%x: memref<6x100xf32>, %m: memref<6xf32>) {
  %least = arith.constant 0xFF800000 : f32
  linalg.fill ins(%least : f32) outs(%m : memref<6xf32>)
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<6x100xf32>) outs(%m : memref<6xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.maximumf %o, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Between the fill and the sum something reads what was filled.
// CHECK-LABEL: func.func @seen
// CHECK: linalg.fill
// CHECK: memref.copy
// CHECK: %[[BEGIN:.+]] = memref.load %arg1
// CHECK: arith.addf %[[BEGIN]], %{{.+}} : f32
func.func @seen(%x: memref<6x100xf32>, %m: memref<6xf32>, %c: memref<6xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%m : memref<6xf32>)
  memref.copy %m, %c : memref<6xf32> to memref<6xf32>
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<6x100xf32>) outs(%m : memref<6xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Every second element, of two vectors of neighbours that end with the last.
// CHECK-LABEL: func.func @pool
// CHECK: scf.for %[[TAP:.+]] = %c0 to %c2
// CHECK: %[[AT:.+]] = affine.apply #{{.+}}(%{{.+}}, %[[TAP]])
// CHECK: %[[LOW:.+]] = vector.load %{{.+}}[%[[AT]]]
// CHECK: %[[THEN:.+]] = arith.addi %[[AT]], %c7
// CHECK: %[[HIGH:.+]] = vector.load %{{.+}}[%[[THEN]]]
// CHECK: vector.shuffle %[[LOW]], %[[HIGH]] [0, 2, 4, 6, 9, 11, 13, 15]
func.func @pool(%x: memref<2000xf32>, %w: memref<2xf32>,
                %m: memref<1000xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0 * 2 + d1)>, #tap,
                                   #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : memref<2000xf32>, memref<2xf32>)
      outs(%m : memref<1000xf32>) {
  ^bb0(%in: f32, %t: f32, %o: f32):
    %0 = arith.maximumf %o, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Columns of any number, shared by threads: whole tiles by all, what is left by the
// last one, a vector at a time.
// CHECK-LABEL: func.func @columns
// CHECK: %[[ROWS:.+]] = memref.dim %{{.+}}, %c0
// CHECK: %[[COLUMNS:.+]] = memref.dim %{{.+}}, %c1
// CHECK: %[[TILES:.+]] = arith.divui %[[COLUMNS]], %c[[WIDTH:.+]] : index
// CHECK: %[[ID:.+]] = seq.thread_id
// CHECK: %[[COUNT:.+]] = seq.num_threads
// CHECK: arith.muli %[[ID]], %[[TILES]]
// CHECK: scf.for %{{.+}} to %{{.+}} step %c1
// CHECK: scf.for %{{.+}} = %c0 to %[[ROWS]]
// CHECK: %[[BEHIND:.+]] = arith.muli %[[TILES]], %c[[WIDTH]]
// CHECK: %[[LAST:.+]] = arith.cmpi eq, %{{.+}}, %[[COUNT]]
// CHECK: scf.if %[[LAST]]
// CHECK: scf.for %[[FROM:.+]] = %[[BEHIND]] to %[[COLUMNS]] step %c8
// CHECK: %[[LEFT:.+]] = arith.subi %[[COLUMNS]], %[[FROM]]
// CHECK: vector.create_mask %[[LEFT]]
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
// CHECK: {seq.threaded}
func.func @columns(%x: memref<?x?xf32>, %m: memref<?xf32>) {
  linalg.generic {indexing_maps = [#turned, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x?xf32>) outs(%m : memref<?xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Half as many numbers of 64 bits; what the body does besides stays with it.
// CHECK-LABEL: func.func @wide
// CHECK: vector.load %{{.+}} : memref<6x100xf64>, vector<4xf64>
// CHECK: math.exp %{{.+}} : vector<4xf64>
func.func @wide(%x: memref<6x100xf64>, %m: memref<6xf64>) {
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<6x100xf64>) outs(%m : memref<6xf64>) {
  ^bb0(%in: f64, %o: f64):
    %0 = math.exp %in : f64
    %1 = arith.addf %o, %0 : f64
    linalg.yield %1 : f64
  }
  return
}

// A function of every element, and of what comparing two gives: no sums, no loops
// within, and neither the product nor the sum is another than the body's.
// CHECK-LABEL: func.func @elementwise
// CHECK: scf.for %{{.+}} = %c0 to %c6
// CHECK: %[[IS:.+]] = arith.cmpf ogt, %{{.+}} : vector<8xf32>
// CHECK: %[[P:.+]] = arith.mulf %{{.+}} : vector<8xf32>
// CHECK: %[[S:.+]] = arith.addf %[[P]], %{{.+}} : vector<8xf32>
// CHECK: arith.select %[[IS]], %[[S]], %{{.+}} : vector<8xi1>, vector<8xf32>
// CHECK-NOT: scf.for
// CHECK-COUNT-5: vector.store %{{.+}} : memref<6x40xf32>, vector<8xf32>
func.func @elementwise(%x: memref<6x40xf32>, %b: memref<6xf32>,
                       %y: memref<6x40xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#all, #row, #all],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : memref<6x40xf32>, memref<6xf32>) outs(%y : memref<6x40xf32>) {
  ^bb0(%in: f32, %own: f32, %o: f32):
    %0 = arith.cmpf ogt, %in, %zero : f32
    %1 = arith.mulf %in, %own : f32
    %2 = arith.addf %1, %own : f32
    %3 = arith.select %0, %2, %in : f32
    linalg.yield %3 : f32
  }
  return
}

// Large enough for threads, which divide the loop outside that has enough tiles.
// CHECK-LABEL: func.func @large
// CHECK: seq.thread_id
// CHECK: {seq.threaded}
func.func @large(%x: memref<64x20x64xf32>, %y: memref<64x64x48xf32>,
                 %z: memref<64x20x48xf32>) {
  linalg.generic {indexing_maps = [#lhs, #rhs, #out],
                  iterator_types = ["parallel", "parallel", "parallel",
                                    "reduction"]}
      ins(%x, %y : memref<64x20x64xf32>, memref<64x64x48xf32>)
      outs(%z : memref<64x20x48xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// One sum is one thread's, however large.
// CHECK-LABEL: func.func @one
// CHECK: %[[ID:.+]] = seq.thread_id
// CHECK: %[[COUNT:.+]] = seq.num_threads
// CHECK: %[[NEXT:.+]] = arith.addi %[[ID]], %c1
// CHECK: %[[LAST:.+]] = arith.cmpi eq, %[[NEXT]], %[[COUNT]]
// CHECK: scf.if %[[LAST]]
// CHECK: memref.store
// CHECK: {seq.threaded}
func.func @one(%x: memref<1x1000000xf32>, %m: memref<1xf32>) {
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<1x1000000xf32>) outs(%m : memref<1xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.addf %o, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Elements three apart: picked from three vectors, the last of which ends with the
// last of them. Of the five at the end all of a first vector are read, five of the
// second and none of the third.
// CHECK-LABEL: func.func @picked
// CHECK: %[[A:.+]] = vector.load %arg0[%c0]
// CHECK: %[[B:.+]] = vector.load %arg0[%c8]
// CHECK: %[[C:.+]] = vector.load %arg0[%c14]
// CHECK: %[[AB:.+]] = vector.shuffle %[[A]], %[[B]] [0, 3, 6, 9, 12, 15, 6, 7]
// CHECK: %[[X:.+]] = vector.shuffle %[[AB]], %[[C]] [0, 1, 2, 3, 4, 5, 12, 15]
// CHECK: arith.negf %[[X]]
// CHECK: %[[D:.+]] = vector.load %arg0[%c120]
// CHECK: %[[FIVE:.+]] = vector.constant_mask [5] : vector<8xi1>
// CHECK: %[[E:.+]] = vector.maskedload %arg0[%c128], %[[FIVE]]
// CHECK: vector.shuffle %[[D]], %[[E]]
// CHECK-NOT: vector.maskedload
// CHECK: vector.maskedstore %arg1[%c40], %[[FIVE]]
func.func @picked(%x: memref<136xf32>, %y: memref<45xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0 * 3)>,
                                   affine_map<(d0) -> (d0)>],
                  iterator_types = ["parallel"]}
      ins(%x : memref<136xf32>) outs(%y : memref<45xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Lanes along a dimension that is not the last one, whose two elements lie between
// those of the lanes: both are made of one load, interleaved, and stored.
// CHECK-LABEL: func.func @interleaved
// CHECK: %[[FLAT:.+]] = memref.reinterpret_cast %arg2 to offset: [0], sizes: [128], strides: [1]
// CHECK: %[[X:.+]] = vector.load %arg0[%[[AT:.+]]]
// CHECK: %[[P:.+]] = arith.mulf %[[X]],
// CHECK: %[[Q:.+]] = arith.mulf %[[X]],
// CHECK: %[[TO:.+]] = arith.muli %{{.+}}, %c64
// CHECK: %[[LOW:.+]] = vector.shuffle %[[P]], %[[Q]] [0, 8, 1, 9, 2, 10, 3, 11]
// CHECK: %[[HIGH:.+]] = vector.shuffle %[[P]], %[[Q]] [4, 12, 5, 13, 6, 14, 7, 15]
// CHECK: vector.store %[[LOW]], %[[FLAT]][%[[TO]]]
// CHECK: %[[BEHIND:.+]] = arith.addi %[[TO]], %c8
// CHECK: vector.store %[[HIGH]], %[[FLAT]][%[[BEHIND]]]
func.func @interleaved(%x: memref<64xf32>, %f: memref<2xf32>,
                       %y: memref<64x2xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>,
                                   affine_map<(d0, d1) -> (d1)>, #all],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x, %f : memref<64xf32>, memref<2xf32>) outs(%y : memref<64x2xf32>) {
  ^bb0(%in: f32, %factor: f32, %o: f32):
    %0 = arith.mulf %in, %factor : f32
    linalg.yield %0 : f32
  }
  return
}

// Integers; a result that the body sees twice; elements nine apart: as they were.
// CHECK-LABEL: func.func @left
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: vector
// CHECK: return
func.func @left(%i: memref<6x100xi64>, %n: memref<6xi64>, %x: memref<6x100xf32>,
                %y: memref<1000xf32>, %m: memref<6xf32>, %k: memref<100xf32>) {
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%i : memref<6x100xi64>) outs(%n : memref<6xi64>) {
  ^bb0(%in: i64, %o: i64):
    %0 = arith.addi %o, %in : i64
    linalg.yield %0 : i64
  }
  linalg.generic {indexing_maps = [#all, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<6x100xf32>) outs(%m : memref<6xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.mulf %o, %in : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0 * 11 + d1 * 9)>,
                                   #tap, #row],
                  iterator_types = ["parallel", "reduction"]}
      ins(%y, %k : memref<1000xf32>, memref<100xf32>) outs(%m : memref<6xf32>) {
  ^bb0(%in: f32, %t: f32, %o: f32):
    %p = arith.mulf %in, %t : f32
    %0 = arith.addf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}
