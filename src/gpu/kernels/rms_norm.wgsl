// RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467): y[r, i] = x[r, i] / sqrt(mean(x[r]^2) + epsilon) * weight[i].
//
// x       [.., row_length], f32
// weight  [row_length], f32
// y       [.., row_length], f32
// Dispatch: one workgroup of 64 a row.

override row_length: u32;
override epsilon: f32;

struct Params {
  row_count: u32,
  // Where the first row begins, in vec4s.
  first_x: u32,
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

var<workgroup> partials: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.row_count) {
    return;
  }
  let vec4s = row_length / 4u;
  let first_x = params.first_x + row * vec4s;
  let first_y = params.first_y + row * vec4s;

  var squares = vec4<f32>();
  for (var i = local; i < vec4s; i += 64u) {
    let value = x[first_x + i];
    squares = fma(value, value, squares);
  }
  partials[local] = (squares.x + squares.y) + (squares.z + squares.w);
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      partials[local] += partials[local + half];
    }
  }
  workgroupBarrier();

  let scale = inverseSqrt(partials[0] / f32(row_length) + epsilon);
  for (var i = local; i < vec4s; i += 64u) {
    y[first_y + i] = x[first_x + i] * scale * weight[i];
  }
}
