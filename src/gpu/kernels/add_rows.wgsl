// Add rows: target[i] += source[i] for consecutive rows.
//
// source  [.., row_length], f32
// target  [.., row_length], f32
// Dispatch: one invocation a vec4, in workgroups of 64.

struct Params {
  // In vec4s.
  first_source: u32,
  first_target: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source_rows: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> target_rows: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= params.count) {
    return;
  }
  target_rows[params.first_target + index] += source_rows[params.first_source + index];
}
