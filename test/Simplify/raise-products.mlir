// What steps of a trace are made of: parts of rows, reductions, products.
// RUN: seq-opt %s -seq-raise -canonicalize -cse | FileCheck %s

#e = affine_map<(d0, d1) -> (d0, d1)>
#f = affine_map<(d0, d1) -> (d0)>
#m = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#rk = affine_map<(d0, d1, d2) -> (d0, d2)>
#rs = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
#ro = affine_map<(d0, d1, d2) -> (d0, d1)>

// Parts of what a step reads are inputs of their own.
// CHECK-LABEL: func @parts
// CHECK-SAME: (%[[X:.+]]: tensor<?x3x16xf32>,
// CHECK-DAG: %[[Z:.+]] = tensor.extract_slice %[[X]][0, 0, 0] [%{{.+}}, 3, 8] [1, 1, 1]
// CHECK-DAG: %[[A:.+]] = tensor.extract_slice %[[X]][0, 0, 8] [%{{.+}}, 3, 8] [1, 1, 1]
// CHECK: seq.scan domain(%[[B:.+]] = %c3, %[[C:.+]] = %c8) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[ZT:.+]] = %[[Z]][%[[T]], %[[B]], %[[C]]] : tensor<?x3x8xf32>, %[[AT:.+]] = %[[A]][%[[T]], %[[B]], %[[C]]] : tensor<?x3x8xf32>)
// CHECK: seq.affine %[[ZT]] * %{{.+}} + %[[AT]] : f32
func.func @parts(%X: tensor<?x3x16xf32>, %h0: tensor<3x8xf32>,
                 %Y: tensor<?x3x8xf32>, %T: index) -> tensor<?x3x8xf32> {
  %e = tensor.empty() : tensor<3x8xf32>
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x3x16xf32>)
      outs(%Y[%t, :, :] : tensor<?x3x8xf32>)
      carry(%h = %h0[:, :] : tensor<3x8xf32>) {
    %z = tensor.extract_slice %x[0, 0] [3, 8] [1, 1]
        : tensor<3x16xf32> to tensor<3x8xf32>
    %a = tensor.extract_slice %x[0, 8] [3, 8] [1, 1]
        : tensor<3x16xf32> to tensor<3x8xf32>
    %n = linalg.generic {indexing_maps = [#e, #e, #e, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%z, %h, %a : tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>)
        outs(%e : tensor<3x8xf32>) {
    ^bb0(%i: f32, %j: f32, %k: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %0, %k : f32
      linalg.yield %1 : f32
    } -> tensor<3x8xf32>
    seq.yield outs(%n : tensor<3x8xf32>) carry(%n : tensor<3x8xf32>)
  }
  return %y : tensor<?x3x8xf32>
}

// A state that is multiplied behind the sum, as where a trace's steps are cut
// there; a reduction is walked whole.
// CHECK-LABEL: func @sums
// CHECK: seq.scan domain(%[[B:.+]] = %c3) time
// CHECK: carry(%[[S:.+]] = %{{.+}}[%[[B]], :] : tensor<3x8xf32>) {
// CHECK-NEXT: %[[N:.+]] = arith.addf %[[S]], %[[X:.+]] : tensor<8xf32>
// CHECK-NEXT: %[[Y:.+]] = seq.reduce {{ *}}max %[[N]] dims [0] : tensor<8xf32> -> f32
// CHECK-NEXT: %[[G:.+]] = arith.mulf %[[A:.+]], %[[X]] : tensor<8xf32>
// CHECK-NEXT: %[[M:.+]] = seq.affine %[[A]] * %[[S]] + %[[G]] : tensor<8xf32>
// CHECK-NEXT: seq.yield outs(%[[Y]] : f32) carry(%[[M]] : tensor<8xf32>)
func.func @sums(%X: tensor<?x3x8xf32>, %A: tensor<?x3x8xf32>,
                %s0: tensor<3x8xf32>, %Y: tensor<?x3xf32>, %T: index)
    -> (tensor<?x3xf32>, tensor<3x8xf32>) {
  %e = tensor.empty() : tensor<3x8xf32>
  %f = tensor.empty() : tensor<3xf32>
  %least = arith.constant 0xFF800000 : f32
  %start = linalg.fill ins(%least : f32) outs(%f : tensor<3xf32>)
      -> tensor<3xf32>
  %y, %sN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x3x8xf32>,
          %a = %A[%t, :, :] : tensor<?x3x8xf32>)
      outs(%Y[%t, :] : tensor<?x3xf32>)
      carry(%s = %s0[:, :] : tensor<3x8xf32>) {
    %n = linalg.generic {indexing_maps = [#e, #e, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%s, %x : tensor<3x8xf32>, tensor<3x8xf32>)
        outs(%e : tensor<3x8xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.addf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<3x8xf32>
    %r = linalg.generic {indexing_maps = [#e, #f],
                         iterator_types = ["parallel", "reduction"]}
        ins(%n : tensor<3x8xf32>) outs(%start : tensor<3xf32>) {
    ^bb0(%i: f32, %o: f32):
      %0 = arith.maximumf %o, %i : f32
      linalg.yield %0 : f32
    } -> tensor<3xf32>
    %m = linalg.generic {indexing_maps = [#e, #e, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%a, %n : tensor<3x8xf32>, tensor<3x8xf32>)
        outs(%e : tensor<3x8xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<3x8xf32>
    seq.yield outs(%r : tensor<3xf32>) carry(%m : tensor<3x8xf32>)
  }
  return %y, %sN : tensor<?x3xf32>, tensor<3x8xf32>
}

// Products of a batch: outer ones, and with a state whose columns are the
// domain's; what is squeezed out of one is a number.
// CHECK-LABEL: func @products
// CHECK: seq.scan domain(%[[B:.+]] = %c3, %[[C:.+]] = %c6) time(%[[T:.+]] = %{{.+}})
// CHECK-NEXT: ins(%[[K:.+]] = %{{.+}}[%[[T]], %[[B]], :] : tensor<?x3x8xf32>, %[[V:.+]] = %{{.+}}[%[[T]], %[[B]], %[[C]]] : tensor<?x3x6xf32>, %[[G:.+]] = %{{.+}}[%[[T]], %[[B]], :] : tensor<?x3x1xf32>)
// CHECK: carry(%[[S:.+]] = %{{.+}}[%[[B]], :, %[[C]]] : tensor<3x8x6xf32>) {
// CHECK: %[[R:.+]] = seq.dot %[[K]], %[[S]] : tensor<8xf32> -> f32
// CHECK: %[[G1:.+]] = seq.extract %[[G]][0] : tensor<1xf32> -> f32
// CHECK: %[[U:.+]] = arith.subf %[[V]], %[[R]] : f32
// CHECK: %[[W:.+]] = arith.mulf %[[U]], %[[G1]] : f32
// CHECK: %[[WS:.+]] = tensor.splat %[[W]] : tensor<8xf32>
// CHECK: %[[KW:.+]] = arith.mulf %[[K]], %[[WS]] : tensor<8xf32>
// CHECK: arith.addf %[[S]], %[[KW]] : tensor<8xf32>
func.func @products(%K: tensor<?x3x8xf32>, %V: tensor<?x3x6xf32>,
                    %G: tensor<?x3x1xf32>, %s0: tensor<3x8x6xf32>,
                    %Y: tensor<?x3x6xf32>, %T: index)
    -> (tensor<?x3x6xf32>, tensor<3x8x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x6xf32>
  %f = tensor.empty() : tensor<3x8x6xf32>
  %none = linalg.fill ins(%zero : f32) outs(%e : tensor<3x6xf32>)
      -> tensor<3x6xf32>
  %empty = linalg.fill ins(%zero : f32) outs(%f : tensor<3x8x6xf32>)
      -> tensor<3x8x6xf32>
  %y, %sN = seq.scan domain() time(%t = %T)
      ins(%k = %K[%t, :, :] : tensor<?x3x8xf32>,
          %v = %V[%t, :, :] : tensor<?x3x6xf32>,
          %g = %G[%t, :, :] : tensor<?x3x1xf32>)
      outs(%Y[%t, :, :] : tensor<?x3x6xf32>)
      carry(%s = %s0[:, :, :] : tensor<3x8x6xf32>) {
    %r = linalg.generic {
          indexing_maps = [#rk, #rs, #ro],
          iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%k, %s : tensor<3x8xf32>, tensor<3x8x6xf32>)
        outs(%none : tensor<3x6xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %o, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<3x6xf32>
    %g1 = tensor.collapse_shape %g [[0, 1]] : tensor<3x1xf32> into tensor<3xf32>
    %w = linalg.generic {indexing_maps = [#e, #e, #f, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%v, %r, %g1 : tensor<3x6xf32>, tensor<3x6xf32>, tensor<3xf32>)
        outs(%e : tensor<3x6xf32>) {
    ^bb0(%i: f32, %j: f32, %l: f32, %o: f32):
      %0 = arith.subf %i, %j : f32
      %1 = arith.mulf %0, %l : f32
      linalg.yield %1 : f32
    } -> tensor<3x6xf32>
    %kw = linalg.generic {
          indexing_maps = [#ro, #rk, #m],
          iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%k, %w : tensor<3x8xf32>, tensor<3x6xf32>)
        outs(%empty : tensor<3x8x6xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %o, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<3x8x6xf32>
    %n = linalg.generic {
          indexing_maps = [#m, #m, #m],
          iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%s, %kw : tensor<3x8x6xf32>, tensor<3x8x6xf32>)
        outs(%f : tensor<3x8x6xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.addf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<3x8x6xf32>
    seq.yield outs(%w : tensor<3x6xf32>) carry(%n : tensor<3x8x6xf32>)
  }
  return %y, %sN : tensor<?x3x6xf32>, tensor<3x8x6xf32>
}

// A second state has no columns: they stay in the body, whose products have
// names, or are a sum of elementwise ones.
// CHECK-LABEL: func @columns
// CHECK: seq.scan domain(%[[B:.+]] = %c3) time(%[[T:.+]] = %{{.+}})
// CHECK: carry(%[[S:.+]] = %{{.+}}[%[[B]], :, :] : tensor<3x8x6xf32>, %[[N:.+]] = %{{.+}}[%[[B]], :] : tensor<3x8xf32>) {
// CHECK: %[[KV:.+]] = seq.outer %[[K:.+]], %[[V:.+]] : tensor<8xf32>, tensor<6xf32> -> tensor<8x6xf32>
// CHECK: %[[M:.+]] = seq.affine %{{.+}} * %[[S]] + %[[KV]] : f32, tensor<8x6xf32>
// CHECK: seq.affine %{{.+}} * %[[N]] + %[[K]] : tensor<8xf32>
// CHECK: seq.vecmat %[[K]], %[[M]] : tensor<8xf32>, tensor<8x6xf32> -> tensor<6xf32>
// CHECK: seq.matvec %[[M]], %[[V]] : tensor<8x6xf32>, tensor<6xf32> -> tensor<8xf32>
// CHECK: %[[P:.+]] = arith.mulf %[[M]], %{{.+}} : tensor<8x6xf32>
// CHECK: seq.reduce {{ *}}add %[[P]] dims [0, 1] : tensor<8x6xf32> -> f32
func.func @columns(%K: tensor<?x3x8xf32>, %V: tensor<?x3x6xf32>,
                   %W: tensor<8x6xf32>, %s0: tensor<3x8x6xf32>,
                   %n0: tensor<3x8xf32>, %Y: tensor<?x3x6xf32>,
                   %Z: tensor<?x3x8xf32>, %U: tensor<?x3xf32>, %T: index)
    -> (tensor<?x3x6xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %e6 = tensor.empty() : tensor<3x6xf32>
  %e8 = tensor.empty() : tensor<3x8xf32>
  %e1 = tensor.empty() : tensor<3xf32>
  %e = tensor.empty() : tensor<3x8x6xf32>
  %z6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<3x6xf32>)
      -> tensor<3x6xf32>
  %z8 = linalg.fill ins(%zero : f32) outs(%e8 : tensor<3x8xf32>)
      -> tensor<3x8xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3xf32>) -> tensor<3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<3x8x6xf32>)
      -> tensor<3x8x6xf32>
  %r:5 = seq.scan domain() time(%t = %T)
      ins(%k = %K[%t, :, :] : tensor<?x3x8xf32>,
          %v = %V[%t, :, :] : tensor<?x3x6xf32>)
      outs(%Y[%t, :, :] : tensor<?x3x6xf32>, %Z[%t, :, :] : tensor<?x3x8xf32>,
           %U[%t, :] : tensor<?x3xf32>)
      carry(%s = %s0[:, :, :] : tensor<3x8x6xf32>,
            %n = %n0[:, :] : tensor<3x8xf32>) {
    %kv = linalg.generic {
          indexing_maps = [#ro, #rk, #m],
          iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%k, %v : tensor<3x8xf32>, tensor<3x6xf32>)
        outs(%z : tensor<3x8x6xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %o, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<3x8x6xf32>
    %s1 = linalg.generic {
          indexing_maps = [#m, #m, #m],
          iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%s, %kv : tensor<3x8x6xf32>, tensor<3x8x6xf32>)
        outs(%e : tensor<3x8x6xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.addf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<3x8x6xf32>
    %n1 = linalg.generic {indexing_maps = [#e, #e, #e],
                          iterator_types = ["parallel", "parallel"]}
        ins(%n, %k : tensor<3x8xf32>, tensor<3x8xf32>)
        outs(%e8 : tensor<3x8xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.addf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<3x8xf32>
    %y = linalg.generic {
          indexing_maps = [#rk, #rs, #ro],
          iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%k, %s1 : tensor<3x8xf32>, tensor<3x8x6xf32>)
        outs(%z6 : tensor<3x6xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %o, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<3x6xf32>
    %zt = linalg.generic {
          indexing_maps = [#m, #rk, #ro],
          iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%s1, %v : tensor<3x8x6xf32>, tensor<3x6xf32>)
        outs(%z8 : tensor<3x8xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %j, %i : f32
      %1 = arith.addf %0, %o : f32
      linalg.yield %1 : f32
    } -> tensor<3x8xf32>
    %u = linalg.generic {
          indexing_maps = [#m, affine_map<(d0, d1, d2) -> (d1, d2)>,
                           affine_map<(d0, d1, d2) -> (d0)>],
          iterator_types = ["parallel", "reduction", "reduction"]}
        ins(%s1, %W : tensor<3x8x6xf32>, tensor<8x6xf32>)
        outs(%z1 : tensor<3xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.mulf %i, %j : f32
      %1 = arith.addf %o, %0 : f32
      linalg.yield %1 : f32
    } -> tensor<3xf32>
    seq.yield outs(%y, %zt, %u : tensor<3x6xf32>, tensor<3x8xf32>, tensor<3xf32>)
        carry(%s1, %n1 : tensor<3x8x6xf32>, tensor<3x8xf32>)
  }
  return %r#0, %r#1, %r#2 : tensor<?x3x6xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>
}

// A sum that does not begin at nothing stays as it is.
// CHECK-LABEL: func @begun
// CHECK: seq.scan domain() time
// CHECK: linalg.generic
func.func @begun(%X: tensor<?x3x8xf32>, %s0: tensor<3xf32>, %T: index)
    -> tensor<3xf32> {
  %sN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x3x8xf32>)
      carry(%s = %s0[:] : tensor<3xf32>) {
    %r = linalg.generic {indexing_maps = [#e, #f],
                         iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<3x8xf32>) outs(%s : tensor<3xf32>) {
    ^bb0(%i: f32, %o: f32):
      %0 = arith.addf %o, %i : f32
      linalg.yield %0 : f32
    } -> tensor<3xf32>
    seq.yield carry(%r : tensor<3xf32>)
  }
  return %sN : tensor<3xf32>
}

// A part of a row from before, whose first ones lie elsewhere, is none of an
// operand.
// CHECK-LABEL: func @past
// CHECK: seq.scan domain() time
// CHECK: tensor.extract_slice
func.func @past(%X: tensor<?x3x16xf32>, %past: tensor<2x3x16xf32>,
                %Y: tensor<?x3x8xf32>, %T: index)
    -> (tensor<?x3x8xf32>, tensor<2x3x16xf32>) {
  %e = tensor.empty() : tensor<3x8xf32>
  %y, %pastN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t - 2, :, :] history %past : tensor<2x3x16xf32>
               : tensor<?x3x16xf32>)
      outs(%Y[%t, :, :] : tensor<?x3x8xf32>) {
    %a = tensor.extract_slice %x[0, 8] [3, 8] [1, 1]
        : tensor<3x16xf32> to tensor<3x8xf32>
    %n = linalg.generic {indexing_maps = [#e, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%a : tensor<3x8xf32>) outs(%e : tensor<3x8xf32>) {
    ^bb0(%i: f32, %o: f32):
      %0 = math.tanh %i : f32
      linalg.yield %0 : f32
    } -> tensor<3x8xf32>
    seq.yield outs(%n : tensor<3x8xf32>)
  }
  return %y, %pastN : tensor<?x3x8xf32>, tensor<2x3x16xf32>
}

// A state of one point alone, combined whole: there is nothing for lanes.
// CHECK-LABEL: func @single
// CHECK: seq.scan domain() time
// CHECK: linalg.generic
func.func @single(%X: tensor<?x1x8xf32>, %s0: tensor<1x8xf32>, %T: index)
    -> tensor<1x8xf32> {
  %e = tensor.empty() : tensor<1x8xf32>
  %f = tensor.empty() : tensor<1xf32>
  %least = arith.constant 0xFF800000 : f32
  %start = linalg.fill ins(%least : f32) outs(%f : tensor<1xf32>)
      -> tensor<1xf32>
  %sN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x1x8xf32>)
      carry(%s = %s0[:, :] : tensor<1x8xf32>) {
    %r = linalg.generic {indexing_maps = [#e, #f],
                         iterator_types = ["parallel", "reduction"]}
        ins(%s : tensor<1x8xf32>) outs(%start : tensor<1xf32>) {
    ^bb0(%i: f32, %o: f32):
      %0 = arith.maximumf %o, %i : f32
      linalg.yield %0 : f32
    } -> tensor<1xf32>
    %n = linalg.generic {indexing_maps = [#e, #f, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%x, %r : tensor<1x8xf32>, tensor<1xf32>)
        outs(%e : tensor<1x8xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.subf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<1x8xf32>
    seq.yield carry(%n : tensor<1x8xf32>)
  }
  return %sN : tensor<1x8xf32>
}

// A part that is all of what it is taken from, of a batch that nobody knows.
// CHECK-LABEL: func @whole
// CHECK: seq.scan domain(%{{.+}} = %{{.+}}) time
// CHECK-NOT: extract_slice
// CHECK: seq.affine
func.func @whole(%X: tensor<?x?x8xf32>, %s0: tensor<?x8xf32>, %T: index,
                 %B: index) -> tensor<?x8xf32> {
  %sN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x?x8xf32>)
      carry(%s = %s0[:, :] : tensor<?x8xf32>) {
    %e = tensor.empty(%B) : tensor<?x8xf32>
    %n = linalg.generic {indexing_maps = [#e, #e, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%s, %x : tensor<?x8xf32>, tensor<?x8xf32>)
        outs(%e : tensor<?x8xf32>) {
    ^bb0(%i: f32, %j: f32, %o: f32):
      %0 = arith.addf %i, %j : f32
      linalg.yield %0 : f32
    } -> tensor<?x8xf32>
    %w = tensor.extract_slice %n[0, 0] [%B, 8] [1, 1]
        : tensor<?x8xf32> to tensor<?x8xf32>
    seq.yield carry(%w : tensor<?x8xf32>)
  }
  return %sN : tensor<?x8xf32>
}

// One that may be less is a part.
// CHECK-LABEL: func @less
// CHECK: tensor.extract_slice
func.func @less(%X: tensor<?x?x8xf32>, %s0: tensor<?x8xf32>, %T: index,
                %B: index, %C: index) -> tensor<?x8xf32> {
  %sN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t, :, :] : tensor<?x?x8xf32>)
      carry(%s = %s0[:, :] : tensor<?x8xf32>) {
    %e = tensor.empty(%B) : tensor<?x8xf32>
    %n = linalg.generic {indexing_maps = [#e, #e],
                         iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%j: f32, %o: f32):
      %0 = math.tanh %j : f32
      linalg.yield %0 : f32
    } -> tensor<?x8xf32>
    %m = tensor.insert_slice %n into %s[0, 0] [%B, 8] [1, 1]
        : tensor<?x8xf32> into tensor<?x8xf32>
    %w = tensor.extract_slice %m[0, 0] [%C, 8] [1, 1]
        : tensor<?x8xf32> to tensor<?x8xf32>
    seq.yield carry(%w : tensor<?x8xf32>)
  }
  return %sN : tensor<?x8xf32>
}
