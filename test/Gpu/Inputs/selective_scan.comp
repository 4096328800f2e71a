// The selective scan by hand: one invocation for each batch entry and channel.
#version 450
layout(local_size_x = 64) in;
layout(binding = 0) readonly buffer U { float u[]; };
layout(binding = 1) readonly buffer Delta { float delta[]; };
layout(binding = 2) readonly buffer A { float a[]; };
layout(binding = 3) readonly buffer B { float b[]; };
layout(binding = 4) readonly buffer C { float c[]; };
layout(binding = 5) readonly buffer D { float d[]; };
layout(binding = 6) readonly buffer Bias { float bias[]; };
layout(binding = 7) readonly buffer Z { float z[]; };
layout(binding = 8) buffer H { float h[]; };
layout(binding = 9) writeonly buffer Y { float y[]; };
layout(binding = 10) readonly buffer Params {
  uint points, row;
  int time, channels;
};
const int N = 16;
void main() {
  uint point = gl_GlobalInvocationID.y * row + gl_GlobalInvocationID.x;
  if (point >= points)
    return;
  uint batch = point / channels, channel = point % channels;
  float state[N];
  for (int n = 0; n < N; ++n)
    state[n] = h[point * N + n];
  for (int t = 0; t < time; ++t) {
    uint at = (batch * time + t) * channels + channel;
    uint shared_at = (batch * time + t) * N;
    float x = delta[at] + bias[channel];
    float dt = max(x, 0.0) + log(1.0 + exp(-abs(x)));
    float sum = 0.0;
    for (int n = 0; n < N; ++n) {
      state[n] = exp(dt * a[channel * N + n]) * state[n] +
                 dt * u[at] * b[shared_at + n];
      sum += c[shared_at + n] * state[n];
    }
    sum += d[channel] * u[at];
    y[at] = sum * z[at] / (1.0 + exp(-z[at]));
  }
  for (int n = 0; n < N; ++n)
    h[point * N + n] = state[n];
}
