// Project, where one invocation does a unit alone: for adapters that compute on the CPU, where a barrier costs more
// than the work that it saves.
//
// Dispatch: one invocation a unit, in workgroups of 16: enough of them to occupy several cores with small matrices.

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let results = unit_results();
  let first = ((group.y * groups.x + group.x) * 16u + local) * results;
  if (first >= params.row_count) {
    return;
  }
  var sums = walk(first, 0u, 1u);
  for (var v = 0u; v < row_capacity; v++) {
    for (var r = 0u; r < results; r++) {
      finish(v, first + r, sums[v].rows[r], sums[v].rows[(r + results) % UNIT_ROWS], sums[v].squares);
    }
  }
}
