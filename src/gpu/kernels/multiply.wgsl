// Multiply: y[v, n] = sum over k of x[v, k] * w[n, k], for 1 to 8 vectors x.
//
// Each group of 32 lanes has 4 rows n. Lane l takes the chunks l, l + 32, ... of a row: neighbours read neighbouring
// words of the weights. Each chunk is unpacked once and serves every vector. The lanes' sums meet in workgroup
// memory and are added in the lanes' order, so a result depends neither on the number of vectors nor on subgroups.
//
// weights  group 1, a format's planes [row_count, row_length]
// x        [.., row_length], f32
// y        [.., row_stride], f32
// Dispatch: 8 rows a workgroup of 64.

override row_length: u32;
override vector_count: u32;

const LANES = 32u;
const UNITS = 2u;
const ROWS = 4u;
const MAX_VECTORS = 8u;

struct Params {
  // Rows of the matrix that this part holds.
  first_row: u32,
  row_count: u32,
  // Distance between the results of two vectors: rows of the whole matrix.
  row_stride: u32,
  // Rows of `x` and `y` for the first vector.
  first_x: u32,
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Each lane's sums for the rows of its unit, for one vector: kept small, since software renderers take long to
// compile kernels with much workgroup memory.
var<workgroup> partials: array<vec4<f32>, UNITS * LANES>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks_per_row = row_length / (CHUNK_VEC4S * 4u);
  let group_row = (group.y * groups.x + group.x) * (UNITS * ROWS);
  let unit_row = (local / LANES) * ROWS;
  let lane = local % LANES;

  var sums: array<f32, ROWS * MAX_VECTORS>;
  for (var chunk = lane; chunk < chunks_per_row; chunk += LANES) {
    for (var r = 0u; r < ROWS; r++) {
      // Rows beyond the last repeat it; only the store looks.
      let row = min(group_row + unit_row + r, params.row_count - 1u);
      var w = read_chunk(row * chunks_per_row + chunk);
      for (var v = 0u; v < vector_count; v++) {
        let first = ((params.first_x + v) * chunks_per_row + chunk) * CHUNK_VEC4S;
        var products = vec4<f32>();
        for (var i = 0u; i < CHUNK_VEC4S; i++) {
          products = fma(w[i], x[first + i], products);
        }
        sums[r * MAX_VECTORS + v] += (products.x + products.y) + (products.z + products.w);
      }
    }
  }

  let row = group_row + local;
  for (var v = 0u; v < vector_count; v++) {
    partials[local] = vec4<f32>(sums[v], sums[v + MAX_VECTORS], sums[v + 2u * MAX_VECTORS], sums[v + 3u * MAX_VECTORS]);
    workgroupBarrier();
    if (local < UNITS * ROWS && row < params.row_count) {
      var sum = 0.0;
      for (var i = 0u; i < LANES; i++) {
        sum += partials[(local / ROWS) * LANES + i][local % ROWS];
      }
      y[(params.first_y + v) * params.row_stride + params.first_row + row] = sum;
    }
    workgroupBarrier();
  }
}
