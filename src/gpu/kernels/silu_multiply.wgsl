// SiLU and multiply: gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i].
//
// gate, up  [.., row_length], f32
// Dispatch: one invocation a vec4, in workgroups of 64.

struct Params {
  // In vec4s.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gate: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<f32>>;

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
  let x = gate[index];
  // exp overflows beyond 88; there the gate is 0 to all digits.
  gate[index] = x / (1.0 + exp(min(-x, vec4<f32>(80.0)))) * up[index];
}
