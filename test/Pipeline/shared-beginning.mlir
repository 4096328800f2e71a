// Two outputs and a state that are the same x beside something else: they begin as
// one tensor, and each is what it must be, wherever it is made.
// RUN: rm -rf %t && mkdir %t
// RUN: seqc compile %s -o %t/m
// RUN: seqc run %t/m.so --input x=2x3xf32=1 --input a=2x3xf32=2 --input b=2x3xf32=3 \
// RUN:   --output y=@%t/y.npy --output z=@%t/z.npy --state-out s=@%t/s.npy
// RUN: %python -c "import numpy as np; y, z, s = (np.load('%t/' + n + '.npy') for n in 'yzs'); \
// RUN:   print(y.tolist()); print(z.tolist()); print(s.tolist())" | FileCheck %s
// CHECK:      {{^}}{{\[\[}}1.0, 1.0, 1.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]]
// CHECK-NEXT: {{^}}{{\[\[}}1.0, 1.0, 1.0, 3.0, 3.0, 3.0], [1.0, 1.0, 1.0, 3.0, 3.0, 3.0]]
// CHECK-NEXT: {{^}}{{\[\[}}1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]
func.func @m(%x: tensor<?x3xf32> {seq.name = "x", seq.dims = ["n", ""]},
             %a: tensor<?x3xf32> {seq.name = "a", seq.dims = ["n", ""]},
             %b: tensor<?x3xf32> {seq.name = "b", seq.dims = ["n", ""]},
             %s: tensor<?x6xf32> {seq.name = "s", seq.dims = ["n", ""]})
    -> (tensor<?x6xf32> {seq.name = "y", seq.dims = ["n", ""]},
        tensor<?x6xf32> {seq.name = "z", seq.dims = ["n", ""]},
        tensor<?x6xf32> {seq.name = "sN", seq.dims = ["n", ""]})
    attributes {seq.states = [["s", "sN"]]} {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3xf32>
  %e = tensor.empty(%n) : tensor<?x6xf32>
  %begun = tensor.insert_slice %x into %e[0, 0] [%n, 3] [1, 1]
      : tensor<?x3xf32> into tensor<?x6xf32>
  %y = tensor.insert_slice %a into %begun[0, 3] [%n, 3] [1, 1]
      : tensor<?x3xf32> into tensor<?x6xf32>
  %z = tensor.insert_slice %b into %begun[0, 3] [%n, 3] [1, 1]
      : tensor<?x3xf32> into tensor<?x6xf32>
  %sN = tensor.insert_slice %x into %begun[0, 3] [%n, 3] [1, 1]
      : tensor<?x3xf32> into tensor<?x6xf32>
  return %y, %z, %sN : tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
}
