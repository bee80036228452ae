// Rotate heads: what lies between the projections of one layer and its attention, for one token a row.
//
// Query and key heads are normalised, n = x / sqrt(mean(x^2) + epsilon) * weight, and rotated by halves,
// (a, b) -> (a cos - b sin, b cos + a sin). Queries stay where they are; keys and values go to the cache.
//
// heads    [q heads of all rows][k heads of all rows][v heads of all rows], each [row, head, head_dim], f32
// weights  [2, head_dim]: of the query norm, of the key norm
// angles   [2, rows, head_dim / 2]: cosines, then sines
// keys     [kv_heads, capacity, head_dim]
// values   [kv_heads, capacity, head_dim]
// Dispatch: one workgroup of 32 a row and head: the q heads of all rows, then k, then v.

override head_dim: u32;
override head_count: u32;
override kv_head_count: u32;
override epsilon: f32;

const LANES = 32u;

struct Params {
  row_count: u32,
  // Tokens in the cache before these.
  past: u32,
  // Tokens that the cache can hold.
  capacity: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> heads: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> angles: array<f32>;
@group(0) @binding(4) var<storage, read_write> keys: array<f32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;

var<workgroup> squares: array<f32, LANES>;

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group.y * groups.x + group.x;
  let q_end = params.row_count * head_count;
  let k_end = q_end + params.row_count * kv_head_count;
  let v_end = k_end + params.row_count * kv_head_count;
  if (index >= v_end) {
    return;
  }
  let first = index * head_dim;
  let is_query = index < q_end;

  var sum = 0.0;
  for (var i = lane; i < head_dim; i += LANES) {
    sum = fma(heads[first + i], heads[first + i], sum);
  }
  squares[lane] = sum;
  workgroupBarrier();

  if (index >= k_end) {
    let at = index - k_end;
    let row = at / kv_head_count;
    let target_first = ((at % kv_head_count) * params.capacity + params.past + row) * head_dim;
    for (var i = lane; i < head_dim; i += LANES) {
      values[target_first + i] = heads[first + i];
    }
    return;
  }

  var total = 0.0;
  for (var i = 0u; i < LANES; i++) {
    total += squares[i];
  }
  let scale = inverseSqrt(total / f32(head_dim) + epsilon);
  let at = select(index - q_end, index, is_query);
  let row = at / select(kv_head_count, head_count, is_query);
  let key_first = ((at % kv_head_count) * params.capacity + params.past + row) * head_dim;
  let half = head_dim / 2u;
  let weight = select(head_dim, 0u, is_query);
  for (var i = lane; i < half; i += LANES) {
    let a = heads[first + i] * scale * weights[weight + i];
    let b = heads[first + half + i] * scale * weights[weight + half + i];
    let cosine = angles[row * half + i];
    let sine = angles[(params.row_count + row) * half + i];
    let x = a * cosine - b * sine;
    let y = b * cosine + a * sine;
    if (is_query) {
      heads[first + i] = x;
      heads[first + half + i] = y;
    } else {
      keys[key_first + i] = x;
      keys[key_first + half + i] = y;
    }
  }
}
