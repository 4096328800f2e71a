// H3 (Fu et al., Hungry hungry hippos, 2022, section 3 and algorithm 1): what linear
// attention reads from a sum of k v^T, read from a state space layer of it.
//   k-_t = sum over i < 3 of taps_i k_{t-i}            the shift layer
//   S_t = SSM(k- v^T)_t                                the diagonal layer, of every
//                                                      product of two channels of a head
//   o_t = q_t^T S_t + D q_t^T k-_t v_t^T
// q, k and v are [time, batch, 8], 2 heads of 4 channels. The diagonal layer has 4
// conjugate pairs of states with poles a for each head, which its 16 products share,
// held for steps of length delta: seq.diagonal_ssm. `past` are the two k before the
// first. runtime/python/hippo.py has values to start the poles with (s4d_lin).
#whole = affine_map<(t, b, c) -> (t, b, c)>
#channel = affine_map<(t, b, c) -> (c)>
#keys = affine_map<(t, b, h, j, i) -> (t, b, h, i)>
#values = affine_map<(t, b, h, j, i) -> (t, b, h, j)>
#products = affine_map<(t, b, h, j, i) -> (t, b, h, i, j)>
func.func @h3(
    %q: tensor<?x?x8xf32> {seq.name = "q", seq.dims = ["time", "batch", ""]},
    %k: tensor<?x?x8xf32> {seq.name = "k", seq.dims = ["time", "batch", ""]},
    %v: tensor<?x?x8xf32> {seq.name = "v", seq.dims = ["time", "batch", ""]},
    %taps: tensor<3x8xf32> {seq.name = "taps"},
    %ar: tensor<2x4xf32> {seq.name = "ar"}, %ai: tensor<2x4xf32> {seq.name = "ai"},
    %delta: tensor<2xf32> {seq.name = "delta"},
    %cr: tensor<2x4xf32> {seq.name = "cr"}, %ci: tensor<2x4xf32> {seq.name = "ci"},
    %D: tensor<2xf32> {seq.name = "D"},
    %past: tensor<2x?x8xf32> {seq.name = "past", seq.dims = ["", "batch", ""]},
    %sr: tensor<?x32x4xf32> {seq.name = "sr", seq.dims = ["batch", "", ""]},
    %si: tensor<?x32x4xf32> {seq.name = "si", seq.dims = ["batch", "", ""]})
    -> (tensor<?x?x8xf32> {seq.name = "o", seq.dims = ["time", "batch", ""]},
        tensor<2x?x8xf32> {seq.name = "pastN", seq.dims = ["", "batch", ""]},
        tensor<?x32x4xf32> {seq.name = "srN", seq.dims = ["batch", "", ""]},
        tensor<?x32x4xf32> {seq.name = "siN", seq.dims = ["batch", "", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %T = tensor.dim %k, %c0 : tensor<?x?x8xf32>
  %B = tensor.dim %k, %c1 : tensor<?x?x8xf32>
  %rows = arith.addi %T, %c2 : index

  // The shift layer: a row is sums of itself and of those before.
  %room = tensor.empty(%rows, %B) : tensor<?x?x8xf32>
  %first = tensor.insert_slice %past into %room[0, 0, 0] [2, %B, 8] [1, 1, 1]
      : tensor<2x?x8xf32> into tensor<?x?x8xf32>
  %padded = tensor.insert_slice %k into %first[2, 0, 0] [%T, %B, 8] [1, 1, 1]
      : tensor<?x?x8xf32> into tensor<?x?x8xf32>
  %k1 = tensor.extract_slice %padded[1, 0, 0] [%T, %B, 8] [1, 1, 1]
      : tensor<?x?x8xf32> to tensor<?x?x8xf32>
  %k2 = tensor.extract_slice %padded[0, 0, 0] [%T, %B, 8] [1, 1, 1]
      : tensor<?x?x8xf32> to tensor<?x?x8xf32>
  %pastN = tensor.extract_slice %padded[%T, 0, 0] [2, %B, 8] [1, 1, 1]
      : tensor<?x?x8xf32> to tensor<2x?x8xf32>
  %t0 = tensor.extract_slice %taps[0, 0] [1, 8] [1, 1]
      : tensor<3x8xf32> to tensor<8xf32>
  %t1 = tensor.extract_slice %taps[1, 0] [1, 8] [1, 1]
      : tensor<3x8xf32> to tensor<8xf32>
  %t2 = tensor.extract_slice %taps[2, 0] [1, 8] [1, 1]
      : tensor<3x8xf32> to tensor<8xf32>
  %empty = tensor.empty(%T, %B) : tensor<?x?x8xf32>
  %shifted = linalg.generic
      {indexing_maps = [#whole, #whole, #whole, #channel, #channel, #channel, #whole],
       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%k, %k1, %k2, %t0, %t1, %t2
          : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>,
            tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
      outs(%empty : tensor<?x?x8xf32>) {
    ^bb0(%x0: f32, %x1: f32, %x2: f32, %w0: f32, %w1: f32, %w2: f32, %out: f32):
      %p0 = arith.mulf %w0, %x0 : f32
      %p1 = arith.mulf %w1, %x1 : f32
      %p2 = arith.mulf %w2, %x2 : f32
      %p01 = arith.addf %p0, %p1 : f32
      %sum = arith.addf %p01, %p2 : f32
      linalg.yield %sum : f32
  } -> tensor<?x?x8xf32>

  // k- v^T, 16 products for each head.
  %kh = tensor.expand_shape %shifted [[0], [1], [2, 3]] output_shape [%T, %B, 2, 4]
      : tensor<?x?x8xf32> into tensor<?x?x2x4xf32>
  %vh = tensor.expand_shape %v [[0], [1], [2, 3]] output_shape [%T, %B, 2, 4]
      : tensor<?x?x8xf32> into tensor<?x?x2x4xf32>
  %qh = tensor.expand_shape %q [[0], [1], [2, 3]] output_shape [%T, %B, 2, 4]
      : tensor<?x?x8xf32> into tensor<?x?x2x4xf32>
  %grid = tensor.empty(%T, %B) : tensor<?x?x2x4x4xf32>
  %kv = linalg.generic
      {indexing_maps = [#keys, #values, #products],
       iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%kh, %vh : tensor<?x?x2x4xf32>, tensor<?x?x2x4xf32>)
      outs(%grid : tensor<?x?x2x4x4xf32>) {
    ^bb0(%ki: f32, %vj: f32, %out: f32):
      %product = arith.mulf %ki, %vj : f32
      linalg.yield %product : f32
  } -> tensor<?x?x2x4x4xf32>
  %u = tensor.collapse_shape %kv [[0], [1], [2, 3, 4]]
      : tensor<?x?x2x4x4xf32> into tensor<?x?x32xf32>

  // The diagonal layer.
  %poles = tensor.empty() : tensor<2x16x4xf32>
  %each = tensor.empty() : tensor<2x16xf32>
  %arb = linalg.broadcast ins(%ar : tensor<2x4xf32>)
      outs(%poles : tensor<2x16x4xf32>) dimensions = [1]
  %aib = linalg.broadcast ins(%ai : tensor<2x4xf32>)
      outs(%poles : tensor<2x16x4xf32>) dimensions = [1]
  %crb = linalg.broadcast ins(%cr : tensor<2x4xf32>)
      outs(%poles : tensor<2x16x4xf32>) dimensions = [1]
  %cib = linalg.broadcast ins(%ci : tensor<2x4xf32>)
      outs(%poles : tensor<2x16x4xf32>) dimensions = [1]
  %db = linalg.broadcast ins(%delta : tensor<2xf32>)
      outs(%each : tensor<2x16xf32>) dimensions = [1]
  %Db = linalg.broadcast ins(%D : tensor<2xf32>)
      outs(%each : tensor<2x16xf32>) dimensions = [1]
  %arc = tensor.collapse_shape %arb [[0, 1], [2]]
      : tensor<2x16x4xf32> into tensor<32x4xf32>
  %aic = tensor.collapse_shape %aib [[0, 1], [2]]
      : tensor<2x16x4xf32> into tensor<32x4xf32>
  %crc = tensor.collapse_shape %crb [[0, 1], [2]]
      : tensor<2x16x4xf32> into tensor<32x4xf32>
  %cic = tensor.collapse_shape %cib [[0, 1], [2]]
      : tensor<2x16x4xf32> into tensor<32x4xf32>
  %dc = tensor.collapse_shape %db [[0, 1]] : tensor<2x16xf32> into tensor<32xf32>
  %Dc = tensor.collapse_shape %Db [[0, 1]] : tensor<2x16xf32> into tensor<32xf32>
  %S, %srN, %siN = seq.diagonal_ssm x(%u) a(%arc, %aic) delta(%dc) c(%crc, %cic)
      skip(%Dc) h0(%sr, %si)
      {discretisation = #seq.discretisation<zero_order_hold>, conjugate}
      : (tensor<?x?x32xf32>, tensor<32x4xf32>, tensor<32x4xf32>, tensor<32xf32>,
         tensor<32x4xf32>, tensor<32x4xf32>, tensor<32xf32>, tensor<?x32x4xf32>,
         tensor<?x32x4xf32>)
      -> (tensor<?x?x32xf32>, tensor<?x32x4xf32>, tensor<?x32x4xf32>)

  // q^T S.
  %Sh = tensor.expand_shape %S [[0], [1], [2, 3, 4]] output_shape [%T, %B, 2, 4, 4]
      : tensor<?x?x32xf32> into tensor<?x?x2x4x4xf32>
  %narrow = tensor.empty(%T, %B) : tensor<?x?x2x4xf32>
  %none = linalg.fill ins(%zero : f32) outs(%narrow : tensor<?x?x2x4xf32>)
      -> tensor<?x?x2x4xf32>
  %oh = linalg.generic
      {indexing_maps = [#keys, #products, #values],
       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%qh, %Sh : tensor<?x?x2x4xf32>, tensor<?x?x2x4x4xf32>)
      outs(%none : tensor<?x?x2x4xf32>) {
    ^bb0(%qi: f32, %Sij: f32, %sum: f32):
      %product = arith.mulf %qi, %Sij : f32
      %next = arith.addf %sum, %product : f32
      linalg.yield %next : f32
  } -> tensor<?x?x2x4xf32>
  %o = tensor.collapse_shape %oh [[0], [1], [2, 3]]
      : tensor<?x?x2x4xf32> into tensor<?x?x8xf32>
  return %o, %pastN, %srN, %siN
      : tensor<?x?x8xf32>, tensor<2x?x8xf32>, tensor<?x32x4xf32>, tensor<?x32x4xf32>
}
