// Project, where 32 lanes share a unit of 4 rows: neighbours read neighbouring words of the weights. The lanes' sums
// meet in workgroup memory and are added in the lanes' order.
//
// Dispatch: two units a workgroup of 64.

const UNITS = 2u;
const LANES = 32u;

// For one vector: kept small, since software renderers take long to compile kernels with much workgroup memory.
var<workgroup> products: array<vec4<f32>, UNITS * LANES>;
var<workgroup> squares: array<f32, UNITS * LANES>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let results = unit_results();
  let group_first = (group.y * groups.x + group.x) * UNITS * results;
  var sums = walk(group_first + (local / LANES) * results, local % LANES, LANES);

  for (var v = 0u; v < row_capacity; v++) {
    products[local] = sums[v].rows;
    if (normalised) {
      squares[local] = sums[v].squares;
    }
    workgroupBarrier();
    if (local < UNITS * results) {
      let r = local % results;
      let first_lane = (local / results) * LANES;
      var row_sum = 0.0;
      var partner_sum = 0.0;
      var square_sum = 0.0;
      for (var i = first_lane; i < first_lane + LANES; i++) {
        row_sum += products[i][r];
        if (epilogue == PAIR) {
          partner_sum += products[i][r + results];
        }
        if (normalised) {
          square_sum += squares[i];
        }
      }
      finish(v, group_first + local, row_sum, partner_sum, square_sum);
    }
    workgroupBarrier();
  }
}
