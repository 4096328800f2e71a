// Every constraint of the recurrent cells and of activations, broken once.
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

// An activation has the numbers that it needs and no others.
func.func private @affine() attributes {
  // expected-error @below {{activation affine needs a beta}}
  a = #seq.activation<affine, alpha = 1.0 : f64>}

// -----

func.func private @tanh() attributes {
  // expected-error @below {{activation tanh takes no alpha}}
  a = #seq.activation<tanh, alpha = 1.0 : f64>}

// -----

// seq.rnn, constraint 1.
func.func @rnn_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<8x?xf32>,
                 %r: tensor<8x8xf32>) {
  // expected-error @below {{needs static extents of w, found 'tensor<8x?xf32>'}}
  %r0, %r1 = seq.rnn x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<8x?xf32>, tensor<8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.rnn, constraint 1.
func.func @rnn_lengths(%x: tensor<?x1x16xf32>, %w: tensor<8x16xf32>,
                 %r: tensor<8x8xf32>, %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1 = seq.rnn x(%x) w(%w) r(%r) lengths(%n)
      : (tensor<?x1x16xf32>, tensor<8x16xf32>, tensor<8x8xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1.
func.func @gru_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<3x8x?xf32>,
                 %r: tensor<3x8x8xf32>) {
  // expected-error @below {{needs static extents of w, found 'tensor<3x8x?xf32>'}}
  %r0, %r1 = seq.gru x(%x) w(%w) r(%r) {update_gate = #seq.update_gate<keeps_old>}
      : (tensor<?x1x16xf32>, tensor<3x8x?xf32>, tensor<3x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.gru, constraint 1.
func.func @gru_lengths(%x: tensor<?x1x16xf32>, %w: tensor<3x8x16xf32>,
                 %r: tensor<3x8x8xf32>, %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1 = seq.gru x(%x) w(%w) r(%r) lengths(%n) {update_gate = #seq.update_gate<keeps_old>}
      : (tensor<?x1x16xf32>, tensor<3x8x16xf32>, tensor<3x8x8xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 1.
func.func @lstm_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<4x8x?xf32>,
                 %r: tensor<4x8x8xf32>) {
  // expected-error @below {{needs static extents of w, found 'tensor<4x8x?xf32>'}}
  %r0, %r1, %r2 = seq.lstm x(%x) w(%w) r(%r)
      : (tensor<?x1x16xf32>, tensor<4x8x?xf32>, tensor<4x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.lstm, constraint 1.
func.func @lstm_lengths(%x: tensor<?x1x16xf32>, %w: tensor<4x8x16xf32>,
                 %r: tensor<4x8x8xf32>, %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1, %r2 = seq.lstm x(%x) w(%w) r(%r) lengths(%n)
      : (tensor<?x1x16xf32>, tensor<4x8x16xf32>, tensor<4x8x8xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.ligru, constraint 1.
func.func @ligru_dynamic(%x: tensor<?x1x16xf32>, %w: tensor<2x8x?xf32>,
                 %r: tensor<2x8x8xf32>) {
  // expected-error @below {{needs static extents of w, found 'tensor<2x8x?xf32>'}}
  %r0, %r1 = seq.ligru x(%x) w(%w) r(%r) {update_gate = #seq.update_gate<keeps_old>}
      : (tensor<?x1x16xf32>, tensor<2x8x?xf32>, tensor<2x8x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}

// -----

// seq.ligru, constraint 1.
func.func @ligru_lengths(%x: tensor<?x1x16xf32>, %w: tensor<2x8x16xf32>,
                 %r: tensor<2x8x8xf32>, %n: tensor<1xf32>) {
  // expected-error @below {{needs lengths of integers, found 'tensor<1xf32>'}}
  %r0, %r1 = seq.ligru x(%x) w(%w) r(%r) lengths(%n) {update_gate = #seq.update_gate<keeps_old>}
      : (tensor<?x1x16xf32>, tensor<2x8x16xf32>, tensor<2x8x8xf32>, tensor<1xf32>)
      -> (tensor<?x1x8xf32>, tensor<1x8xf32>)
  return
}
