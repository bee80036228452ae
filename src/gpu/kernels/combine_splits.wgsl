// Combine splits: from the parts that `attend` left to the attention's result,
// sum over splits of exp(m - M) * sums, divided by the sum of exp(m - M) * weights, with M the largest m.
//
// partials  [rows, head_count, split_count, head_dim + 2]
// out       [rows, head_count, head_dim], f32
// Dispatch: one workgroup of 64 a row and head.

override head_dim: u32;

struct Params {
  // Rows times heads.
  group_count: u32,
  split_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> attended: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = group.y * groups.x + group.x;
  if (index >= params.group_count) {
    return;
  }
  let stride = head_dim + 2u;
  let first = index * params.split_count * stride;
  var largest = partials[first + head_dim];
  for (var split = 1u; split < params.split_count; split++) {
    largest = max(largest, partials[first + split * stride + head_dim]);
  }
  var weights = 0.0;
  for (var split = 0u; split < params.split_count; split++) {
    let part = first + split * stride + head_dim;
    weights = fma(exp(partials[part] - largest), partials[part + 1u], weights);
  }
  for (var i = local; i < head_dim; i += 64u) {
    var sum = 0.0;
    for (var split = 0u; split < params.split_count; split++) {
      let part = first + split * stride;
      sum = fma(exp(partials[part + head_dim] - largest), partials[part + i], sum);
    }
    attended[index * head_dim + i] = sum / weights;
  }
}
