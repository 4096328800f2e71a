// Every constraint of the cells, broken once.
// RUN: seq-opt %s -split-input-file -verify-diagnostics

// seq.lstm, constraint 1.
func.func @lstm_shape(%x: tensor<?x1x16xf32>, %w: tensor<4x8x15xf32>,
                      %r: tensor<4x8x8xf32>) {
  // expected-error @below {{w must have the shape of 'tensor<4x8x16xf32>', found 'tensor<4x8x15xf32>'}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<4x8x15xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 2.
func.func @lstm_gates(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                      %r: tensor<4x8x8xf32>) {
  // expected-error @below {{gate_order must be a permutation of iofc, found "ifgo"}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) {gate_order = "ifgo"}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 3.
func.func @lstm_states(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                       %r: tensor<4x8x8xf32>, %h0: tensor<1x8xf32>) {
  // expected-error @below {{needs h0 and c0 together}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) h0(%h0)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>,
         tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 4.
func.func @lstm_clip(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                     %r: tensor<4x8x8xf32>) {
  // expected-error @below {{clip must not be negative}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) {clip = -1.0 : f64}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 1: a full peephole.
func.func @lstm_peepholes(%x: tensor<?x1x16xf32>,
                          %w: tensor<4x8x16xf32>,
                          %r: tensor<4x8x8xf32>,
                          %peepholes: tensor<3x8x4xf32>) {
  // expected-error @below {{peepholes must have the shape of 'tensor<3x8x8xf32>', found 'tensor<3x8x4xf32>'}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) peepholes(%peepholes)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>,
         tensor<3x8x4xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 1: without a projection the state is as wide as the cell.
func.func @lstm_width(%x: tensor<?x1x16xf32>,
                      %w: tensor<4x8x16xf32>,
                      %r: tensor<4x8x3xf32>) {
  // expected-error @below {{needs r [4, H, H] without a projection, found 'tensor<4x8x3xf32>'}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x3xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x3xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 1: a projection.
func.func @lstm_projection(%x: tensor<?x1x16xf32>,
                           %w: tensor<4x8x16xf32>,
                           %r: tensor<4x8x3xf32>,
                           %projection: tensor<8x3xf32>) {
  // expected-error @below {{projection must have the shape of 'tensor<3x8xf32>', found 'tensor<8x3xf32>'}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) projection(%projection)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x3xf32>,
         tensor<8x3xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x3xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 4: activations.
func.func @lstm_activations(%x: tensor<?x1x16xf32>,
                            %w: tensor<4x8x16xf32>,
                            %r: tensor<4x8x8xf32>) {
  // expected-error @below {{needs 3 activations, found 1}}
  %y, %h, %c = seq.lstm x(%x) w(%w) r(%r) {activations = [#seq.activation<relu>]}
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1: shapes.
func.func @gru_shape(%x: tensor<?x1x16xf32>,
                     %w: tensor<4x8x16xf32>,
                     %r: tensor<3x8x8xf32>) {
  // expected-error @below {{w must have the shape of 'tensor<3x8x16xf32>', found 'tensor<4x8x16xf32>'}}
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1: ranks.
func.func @gru_rank(%x: tensor<?x1x16xf32>,
                    %w: tensor<3x8x16xf32>,
                    %r: tensor<f32>) {
  // expected-error @below {{needs x of rank 3 and r of rank 3, found 'tensor<?x1x16xf32>' and 'tensor<f32>'}}
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<f32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1: one element type.
func.func @gru_types(%x: tensor<?x1x16xf32>,
                     %w: tensor<3x8x16xf32>,
                     %r: tensor<3x8x8xf64>) {
  // expected-error @below {{needs one element type, found 'tensor<?x1x16xf32>' and 'tensor<3x8x8xf64>'}}
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf64>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1: of floats.
func.func @gru_integers(%x: tensor<?x1x16xi32>,
                        %w: tensor<3x8x16xf32>,
                        %r: tensor<3x8x8xf32>) {
  // expected-error @below {{needs floats, found 'tensor<?x1x16xi32>'}}
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x16xi32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1: static sizes.
func.func @gru_static(%x: tensor<?x1x?xf32>,
                      %w: tensor<3x8x16xf32>,
                      %r: tensor<3x8x8xf32>) {
  // expected-error @below {{needs static input and hidden sizes, found 'tensor<?x1x?xf32>' and 'tensor<3x8x8xf32>'}}
  %y, %h = seq.gru x(%x) w(%w) r(%r)
      : (tensor<?x1x?xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 2.
func.func @gru_gates(%x: tensor<?x1x16xf32>,
                     %w: tensor<3x8x16xf32>,
                     %r: tensor<3x8x8xf32>) {
  // expected-error @below {{gate_order must be a permutation of zrh, found "rzn"}}
  %y, %h = seq.gru x(%x) w(%w) r(%r) {gate_order = "rzn"}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 3: activations.
func.func @gru_activations(%x: tensor<?x1x16xf32>,
                           %w: tensor<3x8x16xf32>,
                           %r: tensor<3x8x8xf32>) {
  // expected-error @below {{needs 2 activations, found 3}}
  %y, %h = seq.gru x(%x) w(%w) r(%r) {activations = [#seq.activation<relu>, #seq.activation<tanh>,
                     #seq.activation<tanh>]}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 3: the clip.
func.func @gru_clip(%x: tensor<?x1x16xf32>,
                    %w: tensor<3x8x16xf32>,
                    %r: tensor<3x8x8xf32>) {
  // expected-error @below {{clip must not be negative}}
  %y, %h = seq.gru x(%x) w(%w) r(%r) {clip = -0.5 : f64}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.ligru, constraint 1.
func.func @ligru_scale(%x: tensor<?x1x16xf32>,
                       %w: tensor<2x8x16xf32>,
                       %r: tensor<2x8x8xf32>,
                       %input_scale: tensor<3x8xf32>) {
  // expected-error @below {{input_scale must have the shape of 'tensor<2x8xf32>', found 'tensor<3x8xf32>'}}
  %y, %h = seq.ligru x(%x) w(%w) r(%r) input_scale(%input_scale)
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>,
         tensor<3x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.ligru, constraint 2.
func.func @ligru_gates(%x: tensor<?x1x16xf32>,
                       %w: tensor<2x8x16xf32>,
                       %r: tensor<2x8x8xf32>) {
  // expected-error @below {{gate_order must be a permutation of zh, found "zrh"}}
  %y, %h = seq.ligru x(%x) w(%w) r(%r) {gate_order = "zrh"}
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.ligru, constraint 3.
func.func @ligru_activations(%x: tensor<?x1x16xf32>,
                             %w: tensor<2x8x16xf32>,
                             %r: tensor<2x8x8xf32>) {
  // expected-error @below {{needs 2 activations, found 1}}
  %y, %h = seq.ligru x(%x) w(%w) r(%r) {activations = [#seq.activation<relu>]}
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 1: shapes.
func.func @rnn_shape(%x: tensor<?x1x16xf32>,
                     %w: tensor<8x16xf32>,
                     %r: tensor<8x8xf32>) {
  // expected-error @below {{w must have the shape of 'tensor<16x8xf32>', found 'tensor<8x16xf32>'}}
  %y, %h = seq.rnn x(%x) w(%w) r(%r) {transposed}
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 1: a square matrix.
func.func @rnn_square(%x: tensor<?x1x16xf32>,
                      %w: tensor<8x16xf32>,
                      %r: tensor<8x4xf32>) {
  // expected-error @below {{r must have the shape of 'tensor<8x8xf32>', found 'tensor<8x4xf32>'}}
  %y, %h = seq.rnn x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x4xf32>)
      -> (tensor<?x1x4xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 1: the readout.
func.func @rnn_readout(%x: tensor<?x1x16xf32>,
                       %w: tensor<8x16xf32>,
                       %r: tensor<8x8xf32>,
                       %readout: tensor<8x3xf32>) {
  // expected-error @below {{readout must have the shape of 'tensor<3x8xf32>', found 'tensor<8x3xf32>'}}
  %y, %h = seq.rnn x(%x) w(%w) r(%r) readout(%readout)
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>,
         tensor<8x3xf32>)
      -> (tensor<?x1x3xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 2: activations.
func.func @rnn_activations(%x: tensor<?x1x16xf32>,
                           %w: tensor<8x16xf32>,
                           %r: tensor<8x8xf32>) {
  // expected-error @below {{needs 1 activations, found 2}}
  %y, %h = seq.rnn x(%x) w(%w) r(%r) {activations = [#seq.activation<relu>, #seq.activation<tanh>]}
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 2: the clip.
func.func @rnn_clip(%x: tensor<?x1x16xf32>,
                    %w: tensor<8x16xf32>,
                    %r: tensor<8x8xf32>) {
  // expected-error @below {{clip must not be negative}}
  %y, %h = seq.rnn x(%x) w(%w) r(%r) {clip = -1.0 : f64}
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 3.
func.func @rnn_skip(%x: tensor<?x1x16xf32>,
                    %w: tensor<8x16xf32>,
                    %r: tensor<8x8xf32>,
                    %skip: tensor<8x16xf32>) {
  // expected-error @below {{skip, readout_bias and readout_activation need a readout}}
  %y, %h = seq.rnn x(%x) w(%w) r(%r) skip(%skip)
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>,
         tensor<8x16xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.selective_scan, constraint 1.
func.func @selective_states(%u: tensor<1x?x8xf32>, %a: tensor<8x?xf32>,
                            %b: tensor<1x?x4xf32>) {
  // expected-error @below {{needs a static number of states, found 'tensor<8x?xf32>'}}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x?xf32>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.selective_scan, constraint 2.
func.func @selective_types(%u: tensor<1x?x8xf32>, %a: tensor<8x4xf64>,
                           %b: tensor<1x?x4xf32>) {
  // expected-error @below {{needs one element type, found 'tensor<1x?x8xf32>' and 'tensor<8x4xf64>'}}
  %y, %h = seq.selective_scan u(%u) delta(%u) a(%a) b(%b) c(%b)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x4xf64>,
         tensor<1x?x4xf32>, tensor<1x?x4xf32>)
      -> (tensor<1x?x8xf32>, tensor<1x8x4xf32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_heads(%q: tensor<1x?x3x4xf32>, %k: tensor<1x?x2x4xf32>,
                           %v: tensor<1x?x2x8xf32>) {
  // expected-error @below {{needs a multiple of 2 heads of queries, found 3}}
  %y, %S = seq.linear_attention q(%q) k(%k) v(%v)
      : (tensor<1x?x3x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>)
      -> (tensor<1x?x3x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_decay(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                           %g: tensor<1x?xf32>) {
  // expected-error @below {{needs a decay [H], [B, T, H] or [B, T, H, K], found 'tensor<1x?xf32>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) decay(%g)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x?xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 1.
func.func @attention_state(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                           %S0: tensor<1x2x8x4xf32>) {
  // expected-error @below {{state must have the shape of 'tensor<1x2x4x8xf32>', found 'tensor<1x2x8x4xf32>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) state(%S0)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x2x8x4xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 2.
func.func @attention_types(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf64>) {
  // expected-error @below {{needs one element type, a float, found 'tensor<1x?x2x4xf32>' and 'tensor<1x?x2x8xf64>'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf64>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 3.
func.func @attention_normaliser(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                                %z0: tensor<1x2x4xf32>) {
  // expected-error @below {{has a normaliser, which belongs to 'normalised'}}
  %y, %S = seq.linear_attention q(%k) k(%k) v(%v) normaliser(%z0)
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x2x4xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>)
  return
}

// -----

// seq.linear_attention, constraint 3.
func.func @attention_delta(%k: tensor<1x?x2x4xf32>, %v: tensor<1x?x2x8xf32>,
                           %b: tensor<1x?x2xf32>) {
  // expected-error @below {{cannot be normalised with beta}}
  %y, %S, %z = seq.linear_attention q(%k) k(%k) v(%v) beta(%b) {normalised}
      : (tensor<1x?x2x4xf32>, tensor<1x?x2x4xf32>, tensor<1x?x2x8xf32>, tensor<1x?x2xf32>)
      -> (tensor<1x?x2x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4xf32>)
  return
}

// -----

// An activation has the numbers that it needs and no others.
func.func private @affine() attributes {
  // expected-error @below {{activation affine needs a beta}}
  a = #seq.activation<affine, alpha = 1.0 : f64>}

// -----

func.func private @tanh() attributes {
  // expected-error @below {{activation tanh takes no alpha}}
  a = #seq.activation<tanh, alpha = 1.0 : f64>}

// -----

// seq.rwkv4_time_mix, constraint 1.
func.func @rwkv4_shape(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                       %d: tensor<7xf32>) {
  // expected-error @below {{decay must have the shape of 'tensor<8xf32>', found 'tensor<7xf32>'}}
  %y, %s, %a, %b, %c = seq.rwkv4_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%m)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<7xf32>, tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv4_time_mix, constraint 2.
func.func @rwkv4_states(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                        %a0: tensor<1x8xf32>) {
  // expected-error @below {{needs numerator0 and denominator0 together, found one of them}}
  %y, %s, %a, %b, %c = seq.rwkv4_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%m) bonus(%m) numerator0(%a0)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<1x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>,
          tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv5_time_mix, constraint 1.
func.func @rwkv5_heads(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                       %d: tensor<3xf32>) {
  // expected-error @below {{needs a number of heads that divides 8 channels in decay, found 'tensor<3xf32>'}}
  %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%d) norm_weight(%m)
      norm_bias(%m)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<3xf32>, tensor<3xf32>, tensor<8xf32>, tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
  return
}

// -----

// seq.rwkv5_time_mix, constraint 2.
func.func @rwkv5_gate(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                      %d: tensor<2xf32>) {
  // expected-error @below {{needs mix_g and w_g together, found one of them}}
  %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m) mix_g(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%d) norm_weight(%m)
      norm_bias(%m)
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<2xf32>, tensor<2xf32>, tensor<8xf32>,
         tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
  return
}

// -----

// seq.rwkv5_time_mix, constraint 3.
func.func @rwkv5_epsilon(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>, %w: tensor<8x8xf32>,
                         %d: tensor<2xf32>) {
  // expected-error @below {{needs a positive epsilon, found 0.000000e+00}}
  %y, %s, %S = seq.rwkv5_time_mix x(%x) mix_r(%m) mix_k(%m) mix_v(%m)
      w_r(%w) w_k(%w) w_v(%w) w_o(%w) decay(%d) bonus(%d) norm_weight(%m)
      norm_bias(%m) {epsilon = 0.0 : f64}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<2xf32>, tensor<2xf32>, tensor<8xf32>, tensor<8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x2x4x4xf32>)
  return
}

// -----

// seq.rwkv_channel_mix, constraint 1.
func.func @rwkv_channel_shape(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>,
                              %k: tensor<32x8xf32>, %v: tensor<8x31xf32>) {
  // expected-error @below {{w_v must have the shape of 'tensor<8x32xf32>', found 'tensor<8x31xf32>'}}
  %y, %s = seq.rwkv_channel_mix x(%x) mix_k(%m) w_k(%k) w_v(%v)
      {mix = #seq.update_gate<keeps_old>}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<32x8xf32>, tensor<8x31xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv_channel_mix, constraint 2.
func.func @rwkv_channel_receptance(%x: tensor<?x1x8xf32>, %m: tensor<8xf32>,
                                   %k: tensor<32x8xf32>, %v: tensor<8x32xf32>) {
  // expected-error @below {{needs mix_r and w_r together, found one of them}}
  %y, %s = seq.rwkv_channel_mix x(%x) mix_k(%m) mix_r(%m) w_k(%k) w_v(%v)
      {mix = #seq.update_gate<keeps_old>}
      : (tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<32x8xf32>,
         tensor<8x32xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rwkv7_time_mix, constraint 1.
func.func @rwkv7_narrow(
    %x: tensor<?x?x8xf32>,
    %mix_r: tensor<8xf32>,
    %mix_w: tensor<8xf32>,
    %mix_k: tensor<8xf32>,
    %mix_v: tensor<8xf32>,
    %mix_a: tensor<8xf32>,
    %mix_g: tensor<8xf32>,
    %w_r: tensor<8x8xf32>,
    %w_k: tensor<8x8xf32>,
    %w_v: tensor<8x8xf32>,
    %w_o: tensor<8x8xf32>,
    %w0: tensor<8xf32>,
    %w1: tensor<2x8xf32>,
    %w2: tensor<8x3xf32>,
    %a0: tensor<8xf32>,
    %a1: tensor<2x8xf32>,
    %a2: tensor<8x2xf32>,
    %g1: tensor<5x8xf32>,
    %g2: tensor<8x5xf32>,
    %v_first: tensor<?x?x8xf32>,
    %v0: tensor<8xf32>,
    %v1: tensor<3x8xf32>,
    %v2: tensor<8x3xf32>,
    %k_k: tensor<8xf32>,
    %k_a: tensor<8xf32>,
    %r_k: tensor<2x4xf32>,
    %norm_weight: tensor<8xf32>,
    %norm_bias: tensor<8xf32>,
    %shift0: tensor<?x8xf32>,
    %state0: tensor<?x2x4x4xf32>)
    -> (tensor<?x?x8xf32>,
        tensor<?x8xf32>,
        tensor<?x2x4x4xf32>,
        tensor<?x?x8xf32>) {
  // expected-error @below {{w2 must have the shape of 'tensor<8x2xf32>', found 'tensor<8x3xf32>'}}
  %y, %shift, %state, %v = seq.rwkv7_time_mix x(%x) mix_r(%mix_r)
      mix_w(%mix_w) mix_k(%mix_k) mix_v(%mix_v) mix_a(%mix_a) mix_g(%mix_g)
      w_r(%w_r) w_k(%w_k) w_v(%w_v) w_o(%w_o) w0(%w0) w1(%w1) w2(%w2) a0(%a0)
      a1(%a1) a2(%a2) g1(%g1) g2(%g2) v_first(%v_first) v0(%v0) v1(%v1)
      v2(%v2) k_k(%k_k) k_a(%k_a) r_k(%r_k) norm_weight(%norm_weight)
      norm_bias(%norm_bias) shift0(%shift0) state0(%state0) {epsilon = 0.125 :
      f64}
      : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>,
         tensor<2x8xf32>, tensor<8x3xf32>, tensor<8xf32>, tensor<2x8xf32>,
         tensor<8x2xf32>, tensor<5x8xf32>, tensor<8x5xf32>,
         tensor<?x?x8xf32>, tensor<8xf32>, tensor<3x8xf32>, tensor<8x3xf32>,
         tensor<8xf32>, tensor<8xf32>, tensor<2x4xf32>, tensor<8xf32>,
         tensor<8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>,
          tensor<?x?x8xf32>)
  return %y, %shift, %state, %v
      : tensor<?x?x8xf32>, tensor<?x8xf32>, tensor<?x2x4x4xf32>,
        tensor<?x?x8xf32>
}
