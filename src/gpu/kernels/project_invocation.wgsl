// Project, where one invocation does a unit alone: for adapters that compute on the CPU, where a barrier costs more
// than the work that it saves.
//
// Dispatch: one invocation a unit, in workgroups of 64.

const UNIT_ROWS = 4u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let results = unit_results();
  let first = ((group.y * groups.x + group.x) * 64u + local) * results;
  if (first >= params.row_count) {
    return;
  }
  var sums: Sums;
  walk(&sums, first, 0u, 1u);
  for (var r = 0u; r < results; r++) {
    for (var v = 0u; v < row_capacity; v++) {
      let partner = (r + results) % UNIT_ROWS;
      finish(v, first + r, sums.products[r * MAX_VECTORS + v], sums.products[partner * MAX_VECTORS + v], sums.squares[v]);
    }
  }
}
