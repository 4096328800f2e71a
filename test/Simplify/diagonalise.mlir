// A weight that updates a state becomes its eigenvalues; products with weights
// beside it take the eigenvectors up.
// RUN: seq-opt %s -split-input-file -seq-outline-weights -seq-diagonalise -canonicalize -cse -verify-diagnostics | FileCheck %s

// Symmetric: real numbers. The input's product becomes V^-1 B, the readout C V,
// and the first and the last state are multiplied once.
// CHECK-NOT: @weight
// CHECK-LABEL: func @symmetric
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x2x3xf32>, %[[S:[a-z0-9]+]]: tensor<2x2xf32>
// CHECK: %[[FIRST:.+]] = seq.scan {{.*}} time({{.*}} = %c1)
// CHECK-NEXT: ins({{.*}} = %[[S]][
// CHECK: seq.matvec {{.*}} : tensor<2x2xf32>, tensor<2xf32> -> tensor<2xf32>
// CHECK: %[[U0:.+]] = tensor.collapse_shape %[[FIRST]]
// CHECK: %[[ALL:.+]]:2 = seq.scan
// CHECK: carry({{.*}} = %[[U0]][
// CHECK-SAME: seq.notes = ["diagonalised: carry 0, 2 x 2, as 2 real numbers; condition of the eigenvectors 1, largest |eigenvalue| 0.75"]
// CHECK: %[[GAIN:.+]] = seq.matvec {{.*}} : tensor<2x3xf32>, tensor<3xf32> -> tensor<2xf32>
// CHECK-NEXT: %[[NEXT:.+]] = seq.affine %{{.+}} * %{{.+}} + %[[GAIN]] : tensor<2xf32>
// CHECK-NEXT: %[[OUT:.+]] = seq.matvec {{.*}}, %[[NEXT]] : tensor<1x2xf32>, tensor<2xf32> -> tensor<1xf32>
// CHECK-NEXT: seq.yield outs(%[[OUT]] : tensor<1xf32>) carry(%[[NEXT]] : tensor<2xf32>)
// CHECK: %[[LAST:.+]] = seq.scan {{.*}} time({{.*}} = %c1)
// CHECK-NEXT: ins({{.*}} = %[[ALL]]#1[
// CHECK: %[[S1:.+]] = tensor.collapse_shape %[[LAST]]
// CHECK: return %[[ALL]]#0, %[[S1]]
func.func @symmetric(%x: tensor<?x2x3xf32>, %s: tensor<2x2xf32>)
    -> (tensor<?x2x1xf32>, tensor<2x2xf32>) {
  %A = arith.constant dense<[[0.5, 0.25], [0.25, 0.5]]> : tensor<2x2xf32>
  %B = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %C = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %T = tensor.dim %x, %c0 : tensor<?x2x3xf32>
  %Y = tensor.empty(%T) : tensor<?x2x1xf32>
  %y, %s1 = seq.scan domain(%b = %c2) time(%t = %T)
      ins(%xt = %x[%t, %b, :] : tensor<?x2x3xf32>, %a = %A[:, :] : tensor<2x2xf32>,
          %bt = %B[:, :] : tensor<2x3xf32>, %c = %C[:, :] : tensor<1x2xf32>)
      outs(%Y[%t, %b, :] : tensor<?x2x1xf32>)
      carry(%h = %s[%b, :] : tensor<2x2xf32>) {
    %g = seq.matvec %bt, %xt : tensor<2x3xf32>, tensor<3xf32> -> tensor<2xf32>
    %h1 = seq.affine matrix(%a) * %h + %g : tensor<2x2xf32>, tensor<2xf32>
    %o = seq.matvec %c, %h1 : tensor<1x2xf32>, tensor<2xf32> -> tensor<1xf32>
    seq.yield outs(%o : tensor<1xf32>) carry(%h1 : tensor<2xf32>)
  }
  return %y, %s1 : tensor<?x2x1xf32>, tensor<2x2xf32>
}

// -----

// A rotation: one of two conjugate numbers. What else reads the state gets it
// back; nobody asks for the last one.
// CHECK-LABEL: func @rotation
// CHECK: seq.scan {{.*}} time({{.*}} = %c9)
// CHECK: carry(
// CHECK-SAME: seq.notes = ["diagonalised: carry 0, 2 x 2, as 1 complex numbers; condition of the eigenvectors 1, largest |eigenvalue| 0.5"]
// CHECK: %[[RE:.+]], %[[IM:.+]] = seq.complex_affine
// CHECK-SAME: : tensor<1xf32>
// CHECK-DAG: seq.matvec %{{.+}}, %[[RE]] : tensor<2x1xf32>, tensor<1xf32> -> tensor<2xf32>
// CHECK-DAG: seq.matvec %{{.+}}, %[[IM]] : tensor<2x1xf32>, tensor<1xf32> -> tensor<2xf32>
// CHECK: arith.subf
// CHECK: math.tanh
// CHECK-NOT: seq.scan
func.func @rotation(%x: tensor<9x2xf32>, %s: tensor<2xf32>) -> tensor<9x2xf32> {
  %A = arith.constant dense<[[0.0, -0.5], [0.5, 0.0]]> : tensor<2x2xf32>
  %c9 = arith.constant 9 : index
  %Y = tensor.empty() : tensor<9x2xf32>
  %y, %s1 = seq.scan domain() time(%t = %c9)
      ins(%xt = %x[%t, :] : tensor<9x2xf32>, %a = %A[:, :] : tensor<2x2xf32>)
      outs(%Y[%t, :] : tensor<9x2xf32>) carry(%h = %s[:] : tensor<2xf32>) {
    %h1 = seq.affine matrix(%a) * %h + %xt : tensor<2x2xf32>, tensor<2xf32>
    %o = math.tanh %h1 : tensor<2xf32>
    seq.yield outs(%o : tensor<2xf32>) carry(%h1 : tensor<2xf32>)
  }
  return %y : tensor<9x2xf32>
}

// -----

// Too few eigenvectors: the matrix stays, and why is said.
// CHECK-LABEL: func @defective
// CHECK: seq.notes = ["carry 0 keeps its matrix: its eigenvectors must have
// CHECK: seq.affine matrix(
func.func @defective(%x: tensor<9x2xf32>, %s: tensor<2xf32>) -> tensor<2xf32> {
  %A = arith.constant dense<[[0.5, 1.0], [0.0, 0.5]]> : tensor<2x2xf32>
  %c9 = arith.constant 9 : index
  // expected-warning @+1 {{carry 0 keeps its matrix: its eigenvectors must have a condition number of at most 1000, found}}
  %s1 = seq.scan domain() time(%t = %c9)
      ins(%xt = %x[%t, :] : tensor<9x2xf32>, %a = %A[:, :] : tensor<2x2xf32>)
      carry(%h = %s[:] : tensor<2xf32>) {
    %h1 = seq.affine matrix(%a) * %h + %xt : tensor<2x2xf32>, tensor<2xf32>
    seq.yield carry(%h1 : tensor<2xf32>)
  }
  return %s1 : tensor<2xf32>
}

// -----

// Numbers that are not known until the model runs.
// CHECK-LABEL: func @input
// CHECK: seq.affine matrix(
func.func @input(%x: tensor<9x2xf32>, %A: tensor<2x2xf32>, %s: tensor<2xf32>)
    -> tensor<2xf32> {
  %c9 = arith.constant 9 : index
  // expected-warning @+1 {{carry 0 keeps its matrix: the matrix must be a weight whose numbers the compiler has}}
  %s1 = seq.scan domain() time(%t = %c9)
      ins(%xt = %x[%t, :] : tensor<9x2xf32>, %a = %A[:, :] : tensor<2x2xf32>)
      carry(%h = %s[:] : tensor<2xf32>) {
    %h1 = seq.affine matrix(%a) * %h + %xt : tensor<2x2xf32>, tensor<2xf32>
    seq.yield carry(%h1 : tensor<2xf32>)
  }
  return %s1 : tensor<2xf32>
}

// -----

// A diagonal already.
// expected-warning @+1 {{nothing to make diagonal: no state is updated by a matrix alone}}
module {
// CHECK-LABEL: func @diagonal
func.func @diagonal(%x: tensor<9x2xf32>, %s: tensor<2xf32>) -> tensor<2xf32> {
  %A = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %c9 = arith.constant 9 : index
  %s1 = seq.scan domain() time(%t = %c9)
      ins(%xt = %x[%t, :] : tensor<9x2xf32>, %a = %A[:] : tensor<2xf32>)
      carry(%h = %s[:] : tensor<2xf32>) {
    %h1 = seq.affine %a * %h + %xt : tensor<2xf32>
    seq.yield carry(%h1 : tensor<2xf32>)
  }
  return %s1 : tensor<2xf32>
}
}
