// The interface of a voice detector around something simple: the moving average
// of the mean magnitude of a frame.
func.func @vad(
    %input: tensor<?x576xf32> {seq.name = "input", seq.dims = ["batch", ""]},
    %h: tensor<?x1xf32> {seq.name = "h", seq.dims = ["batch", ""]})
    -> (tensor<?x1xf32> {seq.name = "output", seq.dims = ["batch", ""]},
        tensor<?x1xf32> {seq.name = "hN", seq.dims = ["batch", ""]})
    attributes {seq.states = [["h", "hN"]]} {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %input, %c0 : tensor<?x576xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%batch) : tensor<?x1xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x1xf32>)
      -> tensor<?x1xf32>
  %sum = linalg.generic {
      indexing_maps = [affine_map<(b, k) -> (b, k)>,
                       affine_map<(b, k) -> (b, 0)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%input : tensor<?x576xf32>) outs(%zeros : tensor<?x1xf32>) {
  ^bb0(%x: f32, %sofar: f32):
    %magnitude = math.absf %x : f32
    %next = arith.addf %sofar, %magnitude : f32
    linalg.yield %next : f32
  } -> tensor<?x1xf32>
  %average = linalg.generic {
      indexing_maps = [affine_map<(b, k) -> (b, k)>,
                       affine_map<(b, k) -> (b, k)>,
                       affine_map<(b, k) -> (b, k)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%sum, %h : tensor<?x1xf32>, tensor<?x1xf32>)
      outs(%empty : tensor<?x1xf32>) {
  ^bb0(%x: f32, %old: f32, %out: f32):
    %share = arith.constant 4.34027777e-4 : f32 // a quarter of 1 / 576
    %decay = arith.constant 0.75 : f32
    %new = arith.mulf %x, %share : f32
    %kept = arith.mulf %old, %decay : f32
    %next = arith.addf %new, %kept : f32
    linalg.yield %next : f32
  } -> tensor<?x1xf32>
  return %average, %average : tensor<?x1xf32>, tensor<?x1xf32>
}
