// Dequantise: out[i] = w[i] for consecutive chunks of weights, which are consecutive rows of a matrix.
//
// weights  group 1, a format's planes
// out      [chunk_count * chunk], f32
// Dispatch: one invocation a chunk, in workgroups of 64.

struct Params {
  // The first chunk that is read, and how many are.
  first_chunk: u32,
  chunk_count: u32,
  // Where in `out` the first of them goes, in vec4s.
  first_vec4: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= params.chunk_count) {
    return;
  }
  var chunk = read_chunk(params.first_chunk + index);
  let first = params.first_vec4 + index * CHUNK_VEC4S;
  for (var i = 0u; i < CHUNK_VEC4S; i++) {
    out[first + i] = chunk[i];
  }
}
