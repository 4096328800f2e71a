// RUN: seq-opt %s -seq-lower-parallel -canonicalize -cse -split-input-file | FileCheck %s

// Summaries of every chunk, a scan over them, a replay, and the rest.
// CHECK-LABEL: func @lengths
// CHECK-SAME: (%[[X:.+]]: tensor<?x?xf32>, %[[LEN:.+]]: tensor<?xi32>, %[[H0:.+]]: tensor<?xf32>, %[[Y:.+]]: tensor<?x?xf32>, %[[T:.+]]: index, %[[C:.+]]: index)
// CHECK-DAG: %[[L:.+]] = arith.constant 16 : index
// CHECK-DAG: %[[CHUNKS:.+]] = arith.divui %[[T]], %[[L]]
// CHECK: %[[SPLIT:.+]] = arith.muli %[[CHUNKS]], %[[L]]
// CHECK: %[[REST:.+]] = arith.subi %[[T]], %[[SPLIT]]
// CHECK: %[[CHUNKLEN:.+]] = linalg.generic
// CHECK: arith.maxsi
// CHECK: arith.minsi
// CHECK: %[[XS:.+]] = tensor.extract_slice %[[X]][0, 0] [%[[SPLIT]], %{{.+}}] [1, 1]
// CHECK: %[[XC:.+]] = tensor.expand_shape %[[XS]] {{\[\[}}0, 1], [2]] output_shape [%[[CHUNKS]], 16, %{{.+}}] : tensor<?x?xf32> into tensor<?x16x?xf32>
// CHECK-DAG: %[[ONES:.+]] = linalg.fill ins(%cst{{.*}} : f32)
// CHECK: %[[S:.+]]:2 = seq.scan domain(%[[K:.+]] = %[[CHUNKS]], %[[D:.+]] = %[[C]]) time(%[[TI:.+]] = %[[L]])
// CHECK-NEXT: ins(%{{.+}} = %[[XC]][%[[K]], %[[TI]], %[[D]]] : tensor<?x16x?xf32>)
// CHECK-NEXT: lengths(%[[CHUNKLEN]][%[[K]], %[[D]]] : tensor<?x?xi32>)
// CHECK-NEXT: carry(
// CHECK-SAME: schedule [#seq.alternative<recurrent, block = 8>]
// CHECK: arith.mulf
// CHECK: seq.affine
// CHECK: %[[E:.+]]:2 = seq.scan domain(%[[D2:.+]] = %[[C]]) time(%[[K2:.+]] = %[[CHUNKS]])
// CHECK-NEXT: ins(%{{.+}} = %[[S]]#0[%[[K2]], %[[D2]]] : tensor<?x?xf32>, %{{.+}} = %[[S]]#1[%[[K2]], %[[D2]]] : tensor<?x?xf32>)
// CHECK-NEXT: outs(%{{.+}}[%[[K2]], %[[D2]]] : tensor<?x?xf32>)
// CHECK-NEXT: carry(%[[STATE:.+]] = %[[H0]][%[[D2]]] : tensor<?xf32>)
// CHECK: seq.yield outs(%[[STATE]] : f32)
// CHECK: %[[R:.+]]:2 = seq.scan domain(%[[K3:.+]] = %[[CHUNKS]], %[[D3:.+]] = %[[C]]) time(%{{.+}} = %[[L]])
// CHECK: carry(%{{.+}} = %[[E]]#0[%[[K3]], %[[D3]]] : tensor<?x?xf32>)
// CHECK: %[[M:.+]] = tensor.collapse_shape %[[R]]#0 {{\[\[}}0, 1], [2]]
// CHECK: %[[Y1:.+]] = tensor.insert_slice %[[M]] into %[[Y]][0, 0]
// CHECK: %[[YT:.+]] = tensor.extract_slice %[[Y1]][%[[SPLIT]], 0] [%[[REST]], %{{.+}}]
// CHECK: %[[TAIL:.+]]:2 = seq.scan domain(%{{.+}} = %[[C]]) time(%{{.+}} = %[[REST]])
// CHECK: outs(%[[YT]][
// CHECK-NEXT: carry(%{{.+}} = %[[E]]#1[%{{.+}}] : tensor<?xf32>)
// CHECK: %[[Y2:.+]] = tensor.insert_slice %[[TAIL]]#0 into %[[Y1]][%[[SPLIT]], 0]
// CHECK: return %[[Y2]], %[[TAIL]]#1
func.func @lengths(%X: tensor<?x?xf32>, %len: tensor<?xi32>,
                   %h0: tensor<?xf32>, %Y: tensor<?x?xf32>, %T: index,
                   %C: index) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<?x?xf32>)
      lengths(%len[%c] : tensor<?xi32>)
      outs(%Y[%t, %c] : tensor<?x?xf32>)
      carry(%h = %h0[%c] : tensor<?xf32>)
      schedule [#seq.alternative<parallel, chunk = 16, block = 8>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// Guards become branches, first come first served.
// CHECK-LABEL: func @guards
// CHECK: %[[LONG:.+]] = arith.cmpi uge, %{{.+}}, %c100
// CHECK: scf.if %[[LONG]]
// CHECK-COUNT-3: seq.scan
// CHECK: else
// CHECK: %[[MIDDLE:.+]] = arith.cmpi uge, %{{.+}}, %c10
// CHECK: scf.if %[[MIDDLE]]
// CHECK: seq.scan
// CHECK: schedule [#seq.alternative<recurrent>]
// CHECK: else
// CHECK: seq.scan
// CHECK: schedule [#seq.alternative<naive>]
func.func @guards(%X: tensor<?xf32>, %h0: tensor<f32>, %T: index)
    -> tensor<f32> {
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, min_time = 100, chunk = 16>,
                #seq.alternative<recurrent, min_time = 10>,
                #seq.alternative<naive>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// -----

// A T that is known takes its branch; a multiple of the chunk leaves no rest;
// without outs there is nothing to replay.
// CHECK-LABEL: func @static
// CHECK-NOT: scf.if
// CHECK-NOT: extract_slice
// CHECK: seq.scan domain(%{{.+}} = %c4) time(%{{.+}} = %c16
// CHECK: seq.scan domain() time(%{{.+}} = %c4)
// CHECK-NOT: seq.scan
// CHECK: return
func.func @static(%X: tensor<64xf32>, %h0: tensor<f32>) -> tensor<f32> {
  %T = arith.constant 64 : index
  %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<64xf32>) carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<recurrent, min_time = 100>,
                #seq.alternative<parallel, min_time = 10, chunk = 16>,
                #seq.alternative<naive>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield carry(%h1 : f32)
  }
  return %hN : tensor<f32>
}

// -----

// A component that reads another's state goes second: the first one's states
// are replayed beside its summaries. What never changes is an input.
// CHECK-LABEL: func @levels
// CHECK-SAME: %[[K0:[a-z0-9]+]]: tensor<f32>, %[[T:[a-z0-9]+]]: index
// CHECK: seq.scan
// CHECK: carry(%{{.+}} = %{{.+}}[%{{.+}}] : tensor<?xf32>, %{{.+}} = %{{.+}}[%{{.+}}] : tensor<?xf32>)
// CHECK: %[[Q:.+]]:2 = seq.scan domain() time
// CHECK: seq.scan
// CHECK: carry(%{{.+}} = %[[Q]]#0[%{{.+}}] : tensor<?xf32>, %{{.+}} = %{{.+}}[%{{.+}}] : tensor<?xf32>, %{{.+}} = %{{.+}}[%{{.+}}] : tensor<?xf32>)
// CHECK: %[[P:.+]]:2 = seq.scan domain() time
// CHECK: seq.scan
// CHECK: carry(%{{.+}} = %[[P]]#1[] : tensor<f32>, %{{.+}} = %[[Q]]#1[] : tensor<f32>)
// CHECK: return %{{.+}}, %{{.+}}, %[[K0]]
func.func @levels(%X: tensor<?xf32>, %p0: tensor<f32>, %q0: tensor<f32>,
                  %k0: tensor<f32>, %T: index)
    -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %r:3 = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>)
      carry(%p = %p0[] : tensor<f32>, %q = %q0[] : tensor<f32>,
            %k = %k0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, chunk = 16>] {
    %q1 = seq.affine %k * %q + %x : f32
    %a = seq.sigmoid %q1 : f32
    %p1 = seq.affine %a * %p + %x : f32
    seq.yield carry(%p1, %q1, %k : f32, f32, f32)
  }
  return %r#0, %r#1, %r#2 : tensor<f32>, tensor<f32>, tensor<f32>
}

// -----

// Of 64 chunks, four at a time are composed to nodes, and four of those; a loop
// over the four at the top; then down again, the latest first.
// CHECK-LABEL: func @tree
// CHECK-SAME: (%[[X:.+]]: tensor<512x3xf32>, %[[H0:.+]]: tensor<3xf32>, %[[Y:.+]]: tensor<512x3xf32>)
// CHECK: %[[S:.+]]:2 = seq.scan domain(%{{.+}} = %c64, %{{.+}} = %c3) time(%{{.+}} = %c8)
// CHECK: %[[S1:.+]] = tensor.expand_shape %[[S]]#0 {{.+}} into tensor<16x4x3xf32>
// CHECK: %[[N:.+]]:2 = seq.scan domain(%{{.+}} = %c16, %{{.+}} = %c3) time(%{{.+}} = %c4)
// CHECK-NEXT: ins(%{{.+}} = %[[S1]][{{.+}} : tensor<16x4x3xf32>, %{{.+}} : tensor<16x4x3xf32>)
// CHECK-NEXT: reverse
// CHECK: seq.affine
// CHECK: tensor.expand_shape %[[N]]#0 {{.+}} into tensor<4x4x3xf32>
// CHECK: %[[M:.+]]:2 = seq.scan domain(%{{.+}} = %c4, %{{.+}} = %c3) time(%{{.+}} = %c4)
// CHECK: %[[TOP:.+]]:2 = seq.scan domain(%{{.+}} = %c3) time(%{{.+}} = %c4)
// CHECK-NEXT: ins(%{{.+}} = %[[M]]#0[
// CHECK: carry(%{{.+}} = %[[H0]][
// CHECK: %[[DOWN:.+]]:2 = seq.scan domain(%{{.+}} = %c4, %{{.+}} = %c3) time(%{{.+}} = %c4)
// CHECK: carry(%{{.+}} = %[[TOP]]#0[
// CHECK: %[[AT:.+]] = tensor.collapse_shape %[[DOWN]]#0 {{.+}} into tensor<16x3xf32>
// CHECK: %[[DOWN1:.+]]:2 = seq.scan domain(%{{.+}} = %c16, %{{.+}} = %c3) time(%{{.+}} = %c4)
// CHECK: carry(%{{.+}} = %[[AT]][
// CHECK: %[[E:.+]] = tensor.collapse_shape %[[DOWN1]]#0 {{.+}} into tensor<64x3xf32>
// CHECK: seq.scan domain(%{{.+}} = %c64, %{{.+}} = %c3) time(%{{.+}} = %c8)
// CHECK: carry(%{{.+}} = %[[E]][
// CHECK-NOT: seq.scan
// CHECK: return %{{.+}}, %[[TOP]]#1
func.func @tree(%X: tensor<512x3xf32>, %h0: tensor<3xf32>,
                %Y: tensor<512x3xf32>)
    -> (tensor<512x3xf32>, tensor<3xf32>) {
  %T = arith.constant 512 : index
  %C = arith.constant 3 : index
  %y, %hN = seq.scan domain(%c = %C) time(%t = %T)
      ins(%x = %X[%t, %c] : tensor<512x3xf32>)
      outs(%Y[%t, %c] : tensor<512x3xf32>)
      carry(%h = %h0[%c] : tensor<3xf32>) reverse
      schedule [#seq.alternative<parallel, chunk = 8, fan = 4>] {
    %a = arith.constant 0.9 : f32
    %h1 = seq.affine %a * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y, %hN : tensor<512x3xf32>, tensor<3xf32>
}

// -----

// Where nobody knows how many chunks there will be, there are two levels, each
// with what fills no node.
// CHECK-LABEL: func @unknown
// CHECK: %[[CHUNKS:.+]] = arith.divui %{{.+}}, %c8
// CHECK: seq.scan domain(%{{.+}} = %[[CHUNKS]]) time(%{{.+}} = %c8)
// CHECK: %[[NODES:.+]] = arith.divui %[[CHUNKS]], %c4
// CHECK: seq.scan domain(%{{.+}} = %[[NODES]]) time(%{{.+}} = %c4)
// CHECK: %[[ABOVE:.+]] = arith.divui %[[NODES]], %c4
// CHECK: seq.scan domain(%{{.+}} = %[[ABOVE]]) time(%{{.+}} = %c4)
// CHECK: seq.scan domain() time(%{{.+}} = %[[ABOVE]])
// CHECK: seq.scan domain(%{{.+}} = %[[ABOVE]]) time(%{{.+}} = %c4)
// CHECK: seq.scan domain() time
// CHECK: seq.scan domain(%{{.+}} = %[[NODES]]) time(%{{.+}} = %c4)
// CHECK: seq.scan domain() time
// CHECK: seq.scan domain(%{{.+}} = %[[CHUNKS]]) time(%{{.+}} = %c8)
// CHECK: seq.scan domain() time
// CHECK-NOT: seq.scan
func.func @unknown(%X: tensor<?xf32>, %h0: tensor<f32>, %Y: tensor<?xf32>,
                   %T: index) -> tensor<?xf32> {
  %y, %hN = seq.scan domain() time(%t = %T)
      ins(%x = %X[%t] : tensor<?xf32>) outs(%Y[%t] : tensor<?xf32>)
      carry(%h = %h0[] : tensor<f32>)
      schedule [#seq.alternative<parallel, chunk = 8, fan = 4>] {
    %h1 = seq.affine %x * %h + %x : f32
    seq.yield outs(%h1 : f32) carry(%h1 : f32)
  }
  return %y : tensor<?xf32>
}
