// Silero VAD, written by hand around the tensors of its safetensors file: 64
// samples of before and 512 new ones in, the probability of speech out.
func.func @vad(
    %input: tensor<1x576xf32> {seq.name = "input"},
    %state: tensor<2x1x128xf32> {seq.name = "state"})
    -> (tensor<1x1xf32> {seq.name = "output"},
        tensor<2x1x128xf32> {seq.name = "stateN"})
    attributes {seq.states = [["state", "stateN"]]} {
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index

  // The end mirrored: 64 samples more.
  %last = arith.constant 1150 : index
  %samples_empty = tensor.empty() : tensor<640xf32>
  %samples = linalg.generic {
      indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      outs(%samples_empty : tensor<640xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %mirrored = arith.subi %last, %i : index
    %at = arith.minsi %i, %mirrored : index
    %first = arith.constant 0 : index
    %sample = tensor.extract %input[%first, %at] : tensor<1x576xf32>
    linalg.yield %sample : f32
  } -> tensor<640xf32>

  // Magnitudes of four short Fourier transforms: 129 real and 129 imaginary rows.
  %basis = seq.named_weight "stft_conv.weight" : tensor<2x129x256xf32>
  %magnitudes_empty = tensor.empty() : tensor<1x129x4xf32>
  %magnitudes = seq.scan domain(%i = %c4) time(%t = %c1)
      ins(%window = %samples[%i * 128 + 256] : tensor<640xf32>,
          %rows = %basis[:, :, :] : tensor<2x129x256xf32>)
      outs(%magnitudes_empty[%t, :, %i] : tensor<1x129x4xf32>) {
    %0 = seq.matvec %rows, %window
        : tensor<2x129x256xf32>, tensor<256xf32> -> tensor<2x129xf32>
    %re = seq.extract %0[0] : tensor<2x129xf32> -> tensor<129xf32>
    %im = seq.extract %0[1] : tensor<2x129xf32> -> tensor<129xf32>
    %re2 = arith.mulf %re, %re : tensor<129xf32>
    %im2 = arith.mulf %im, %im : tensor<129xf32>
    %sum = arith.addf %re2, %im2 : tensor<129xf32>
    %1 = math.sqrt %sum : tensor<129xf32>
    seq.yield outs(%1 : tensor<129xf32>)
  }
  %spectrum = tensor.collapse_shape %magnitudes [[0, 1], [2]]
      : tensor<1x129x4xf32> into tensor<129x4xf32>

  // Four convolutions of three taps.
  %conv1_w = seq.named_weight "conv1.weight" : tensor<128x129x3xf32>
  %conv1_b = seq.named_weight "conv1.bias" : tensor<128xf32>
  %conv1_padded = tensor.pad %spectrum low[0, 1] high[0, 1] {
  ^bb0(%row: index, %column: index):
    tensor.yield %zero : f32
  } : tensor<129x4xf32> to tensor<129x6xf32>
  %conv1_empty = tensor.empty() : tensor<1x128x4xf32>
  %conv1_frames = seq.scan domain(%i = %c4) time(%t = %c1)
      ins(%window = %conv1_padded[:, %i * 1 + 3] : tensor<129x6xf32>,
          %w = %conv1_w[:, :, :] : tensor<128x129x3xf32>,
          %b = %conv1_b[:] : tensor<128xf32>)
      outs(%conv1_empty[%t, :, %i] : tensor<1x128x4xf32>) {
    %0 = seq.matvec %w, %window
        : tensor<128x129x3xf32>, tensor<129x3xf32> -> tensor<128xf32>
    %1 = arith.addf %0, %b : tensor<128xf32>
    %nothing = arith.constant dense<0.0> : tensor<128xf32>
    %2 = arith.maximumf %1, %nothing : tensor<128xf32>
    seq.yield outs(%2 : tensor<128xf32>)
  }
  %conv1 = tensor.collapse_shape %conv1_frames [[0, 1], [2]]
      : tensor<1x128x4xf32> into tensor<128x4xf32>
  // A stride of two.
  %conv2_w = seq.named_weight "conv2.weight" : tensor<64x128x3xf32>
  %conv2_b = seq.named_weight "conv2.bias" : tensor<64xf32>
  %conv2_padded = tensor.pad %conv1 low[0, 1] high[0, 1] {
  ^bb0(%row: index, %column: index):
    tensor.yield %zero : f32
  } : tensor<128x4xf32> to tensor<128x6xf32>
  %conv2_empty = tensor.empty() : tensor<1x64x2xf32>
  %conv2_frames = seq.scan domain(%i = %c2) time(%t = %c1)
      ins(%window = %conv2_padded[:, %i * 2 + 3] : tensor<128x6xf32>,
          %w = %conv2_w[:, :, :] : tensor<64x128x3xf32>,
          %b = %conv2_b[:] : tensor<64xf32>)
      outs(%conv2_empty[%t, :, %i] : tensor<1x64x2xf32>) {
    %0 = seq.matvec %w, %window
        : tensor<64x128x3xf32>, tensor<128x3xf32> -> tensor<64xf32>
    %1 = arith.addf %0, %b : tensor<64xf32>
    %nothing = arith.constant dense<0.0> : tensor<64xf32>
    %2 = arith.maximumf %1, %nothing : tensor<64xf32>
    seq.yield outs(%2 : tensor<64xf32>)
  }
  %conv2 = tensor.collapse_shape %conv2_frames [[0, 1], [2]]
      : tensor<1x64x2xf32> into tensor<64x2xf32>
  // A stride of two.
  %conv3_w = seq.named_weight "conv3.weight" : tensor<64x64x3xf32>
  %conv3_b = seq.named_weight "conv3.bias" : tensor<64xf32>
  %conv3_padded = tensor.pad %conv2 low[0, 1] high[0, 1] {
  ^bb0(%row: index, %column: index):
    tensor.yield %zero : f32
  } : tensor<64x2xf32> to tensor<64x4xf32>
  %conv3_empty = tensor.empty() : tensor<1x64x1xf32>
  %conv3_frames = seq.scan domain(%i = %c1) time(%t = %c1)
      ins(%window = %conv3_padded[:, %i * 2 + 3] : tensor<64x4xf32>,
          %w = %conv3_w[:, :, :] : tensor<64x64x3xf32>,
          %b = %conv3_b[:] : tensor<64xf32>)
      outs(%conv3_empty[%t, :, %i] : tensor<1x64x1xf32>) {
    %0 = seq.matvec %w, %window
        : tensor<64x64x3xf32>, tensor<64x3xf32> -> tensor<64xf32>
    %1 = arith.addf %0, %b : tensor<64xf32>
    %nothing = arith.constant dense<0.0> : tensor<64xf32>
    %2 = arith.maximumf %1, %nothing : tensor<64xf32>
    seq.yield outs(%2 : tensor<64xf32>)
  }
  %conv3 = tensor.collapse_shape %conv3_frames [[0, 1], [2]]
      : tensor<1x64x1xf32> into tensor<64x1xf32>
  // One frame is left.
  %conv4_w = seq.named_weight "conv4.weight" : tensor<128x64x3xf32>
  %conv4_b = seq.named_weight "conv4.bias" : tensor<128xf32>
  %conv4_padded = tensor.pad %conv3 low[0, 1] high[0, 1] {
  ^bb0(%row: index, %column: index):
    tensor.yield %zero : f32
  } : tensor<64x1xf32> to tensor<64x3xf32>
  %conv4_empty = tensor.empty() : tensor<1x128x1xf32>
  %conv4_frames = seq.scan domain(%i = %c1) time(%t = %c1)
      ins(%window = %conv4_padded[:, %i * 1 + 3] : tensor<64x3xf32>,
          %w = %conv4_w[:, :, :] : tensor<128x64x3xf32>,
          %b = %conv4_b[:] : tensor<128xf32>)
      outs(%conv4_empty[%t, :, %i] : tensor<1x128x1xf32>) {
    %0 = seq.matvec %w, %window
        : tensor<128x64x3xf32>, tensor<64x3xf32> -> tensor<128xf32>
    %1 = arith.addf %0, %b : tensor<128xf32>
    %nothing = arith.constant dense<0.0> : tensor<128xf32>
    %2 = arith.maximumf %1, %nothing : tensor<128xf32>
    seq.yield outs(%2 : tensor<128xf32>)
  }
  %conv4 = tensor.collapse_shape %conv4_frames [[0, 1], [2]]
      : tensor<1x128x1xf32> into tensor<128x1xf32>

  // PyTorch writes the gates as i, f, g, o; g is the candidate.
  %w_ih = seq.named_weight "lstm_cell.weight_ih" : tensor<4x128x128xf32>
  %w_hh = seq.named_weight "lstm_cell.weight_hh" : tensor<4x128x128xf32>
  %b_ih = seq.named_weight "lstm_cell.bias_ih" : tensor<4x128xf32>
  %b_hh = seq.named_weight "lstm_cell.bias_hh" : tensor<4x128xf32>
  %features = tensor.collapse_shape %conv4 [[0, 1]]
      : tensor<128x1xf32> into tensor<128xf32>
  %x = tensor.expand_shape %features [[0, 1, 2]] output_shape [1, 1, 128]
      : tensor<128xf32> into tensor<1x1x128xf32>
  %h0 = tensor.extract_slice %state[0, 0, 0] [1, 1, 128] [1, 1, 1]
      : tensor<2x1x128xf32> to tensor<1x128xf32>
  %c0 = tensor.extract_slice %state[1, 0, 0] [1, 1, 128] [1, 1, 1]
      : tensor<2x1x128xf32> to tensor<1x128xf32>
  %y, %h, %c = seq.lstm x(%x) w(%w_ih) r(%w_hh) input_bias(%b_ih)
      recurrent_bias(%b_hh) h0(%h0) c0(%c0) {gate_order = "ifco"}
      : (tensor<1x1x128xf32>, tensor<4x128x128xf32>, tensor<4x128x128xf32>,
         tensor<4x128xf32>, tensor<4x128xf32>, tensor<1x128xf32>,
         tensor<1x128xf32>)
      -> (tensor<1x1x128xf32>, tensor<1x128xf32>, tensor<1x128xf32>)
  %state_empty = tensor.empty() : tensor<2x1x128xf32>
  %state_h = tensor.insert_slice %h into %state_empty[0, 0, 0] [1, 1, 128] [1, 1, 1]
      : tensor<1x128xf32> into tensor<2x1x128xf32>
  %stateN = tensor.insert_slice %c into %state_h[1, 0, 0] [1, 1, 128] [1, 1, 1]
      : tensor<1x128xf32> into tensor<2x1x128xf32>

  %final_w = seq.named_weight "final_conv.weight" : tensor<128xf32>
  %final_b = seq.named_weight "final_conv.bias" : tensor<1xf32>
  %output_empty = tensor.empty() : tensor<1x1xf32>
  %output = seq.scan domain(%i = %c1) time(%t = %c1)
      ins(%hidden = %h[%i, :] : tensor<1x128xf32>,
          %w = %final_w[:] : tensor<128xf32>, %b = %final_b[%i] : tensor<1xf32>)
      outs(%output_empty[%t, %i] : tensor<1x1xf32>) {
    %nothing = arith.constant dense<0.0> : tensor<128xf32>
    %positive = arith.maximumf %hidden, %nothing : tensor<128xf32>
    %0 = seq.dot %positive, %w : tensor<128xf32> -> f32
    %1 = arith.addf %0, %b : f32
    %2 = seq.sigmoid %1 : f32
    seq.yield outs(%2 : f32)
  }
  return %output, %stateN : tensor<1x1xf32>, tensor<2x1x128xf32>
}
