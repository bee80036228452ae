// Rotate heads, by one invocation a head: for adapters that compute on the CPU, where a barrier is dear.
//
// Dispatch: one invocation a row and head, in workgroups of 32.

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let head = (group.y * groups.x + group.x) * 32u + local;
  if (head >= step.row_count * heads_of_row()) {
    return;
  }
  let first = head * head_dim;
  if (is_value(head)) {
    let place = place_in_cache(head);
    for (var i = 0u; i < head_dim; i++) {
      values[place + i] = heads[first + i];
    }
    return;
  }
  var sum = 0.0;
  for (var i = 0u; i < head_dim; i++) {
    sum = fma(heads[first + i], heads[first + i], sum);
  }
  rotate(head, sum, 0u, 1u);
}
