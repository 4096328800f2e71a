// The exponential moving average by hand: one invocation for each channel.
#version 450
layout(local_size_x = 64) in;
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) buffer S { float s[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
layout(binding = 3) readonly buffer Params {
  uint points, row;
  int time, channels;
};
void main() {
  uint c = gl_GlobalInvocationID.y * row + gl_GlobalInvocationID.x;
  if (c >= points)
    return;
  float state = s[c];
  for (int t = 0; t < time; ++t) {
    state = 0.9 * state + 0.1 * x[t * channels + c];
    y[t * channels + c] = state;
  }
  s[c] = state;
}
