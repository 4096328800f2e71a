// Two outputs that begin as equal zeros: two sums of products.
// RUN: rm -rf %t && mkdir %t
// RUN: seqc compile %s -o %t/m
// RUN: seqc compile %s --form=naive -o %t/naive
// RUN: seqc run %t/m.so --input a=2x3xf32=1 --input b=2x3xf32=2 --input c=3x2xf32=1 \
// RUN:   --expect y=2x2xf32=3 --expect z=2x2xf32=6
// RUN: seqc run %t/naive.so --input a=2x3xf32=1 --input b=2x3xf32=2 --input c=3x2xf32=1 \
// RUN:   --expect y=2x2xf32=3 --expect z=2x2xf32=6
func.func @m(%a: tensor<2x3xf32> {seq.name = "a"}, %b: tensor<2x3xf32> {seq.name = "b"},
             %c: tensor<3x2xf32> {seq.name = "c"})
    -> (tensor<2x2xf32> {seq.name = "y"}, tensor<2x2xf32> {seq.name = "z"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%a, %c : tensor<2x3xf32>, tensor<3x2xf32>)
      outs(%f : tensor<2x2xf32>) -> tensor<2x2xf32>
  %z = linalg.matmul ins(%b, %c : tensor<2x3xf32>, tensor<3x2xf32>)
      outs(%f : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y, %z : tensor<2x2xf32>, tensor<2x2xf32>
}
