// Attend: softmax(q k / sqrt(head_dim)) v over the cache, split along its length (flash decoding, Dao et al. 2023).
//
// A workgroup takes one head of one row and SPLIT keys. It leaves the sum of exp(score - m) * v, not yet
// divided, with its largest score m and the sum of exp(score - m); `combine_splits` puts the splits together.
// Row r sees the keys up to its own, past + r.
//
// queries   [rows, head_count, head_dim], f32
// keys      [kv_heads, capacity, head_dim]
// values    [kv_heads, capacity, head_dim]
// partials  [rows, head_count, split_count, head_dim + 2]: sums, then m, then the sum of weights
// Dispatch: one workgroup of 64 a row, head and split.

override head_dim: u32;
override head_count: u32;
override kv_head_count: u32;

const SPLIT = 64u;
// The lowest score: exp of it minus any real one is 0 (infinities may be assumed away by a compiler).
const LOWEST = -3.4e38;

struct Params {
  row_count: u32,
  past: u32,
  capacity: u32,
  split_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> keys: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> partials: array<f32>;

var<workgroup> scores: array<f32, SPLIT>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = group.y * groups.x + group.x;
  if (index >= params.row_count * head_count * params.split_count) {
    return;
  }
  let split = index % params.split_count;
  let row_head = index / params.split_count;
  let row = row_head / head_count;
  let kv_head = (row_head % head_count) / (head_count / kv_head_count);
  let key_count = params.past + row + 1u;
  let first_key = split * SPLIT;
  let vec4s = head_dim / 4u;

  var score = LOWEST;
  if (first_key + local < key_count) {
    let key = (kv_head * params.capacity + first_key + local) * vec4s;
    var products = vec4<f32>();
    for (var i = 0u; i < vec4s; i++) {
      products = fma(queries[row_head * vec4s + i], keys[key + i], products);
    }
    score = ((products.x + products.y) + (products.z + products.w)) * inverseSqrt(f32(head_dim));
  }
  scores[local] = score;
  workgroupBarrier();

  let keys_here = min(SPLIT, max(key_count, first_key) - first_key);
  var largest = LOWEST;
  for (var j = 0u; j < keys_here; j++) {
    largest = max(largest, scores[j]);
  }
  let out = index * (head_dim + 2u);
  var weight_sum = 0.0;
  for (var j = 0u; j < keys_here; j++) {
    weight_sum += exp(scores[j] - largest);
  }
  let first_value = (kv_head * params.capacity + first_key) * head_dim;
  for (var i = local; i < head_dim; i += 64u) {
    var sum = 0.0;
    for (var j = 0u; j < keys_here; j++) {
      sum = fma(exp(scores[j] - largest), values[first_value + j * head_dim + i], sum);
    }
    partials[out + i] = sum;
  }
  if (local == 0u) {
    partials[out + head_dim] = largest;
    partials[out + head_dim + 1u] = weight_sum;
  }
}
