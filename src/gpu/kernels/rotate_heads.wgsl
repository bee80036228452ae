// Rotate heads: what lies between the projections of one layer and its attention, for one token a row.
//
// Query and key heads are normalised, n = x / sqrt(mean(x^2) + epsilon) * weight, and rotated by halves,
// (a, b) -> (a cos - b sin, b cos + a sin). Queries stay where they are; keys and values go to the cache.
//
// heads    [rows, q heads | k heads | v heads, head_dim], f32
// weights  [2, head_dim]: of the query norm, of the key norm
// angles   [rows, 2, head_dim / 2]: cosines, then sines
// keys     [kv_heads, capacity, head_dim]
// values   [kv_heads, capacity, head_dim]
//
// `head` numbers the heads of all rows. What computes one follows in rotate_heads_invocation.wgsl or
// rotate_heads_lanes.wgsl, as do the dispatch shapes.

override head_dim: u32;
override head_count: u32;
override kv_head_count: u32;
override epsilon: f32;

@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read_write> heads: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> angles: array<f32>;
@group(0) @binding(5) var<storage, read_write> keys: array<f32>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;

fn heads_of_row() -> u32 {
  return head_count + 2u * kv_head_count;
}

fn is_value(head: u32) -> bool {
  return head % heads_of_row() >= head_count + kv_head_count;
}

// Where the cache keeps a key or value head, in floats.
fn place_in_cache(head: u32) -> u32 {
  let kv_head = (head % heads_of_row() - head_count) % kv_head_count;
  return (kv_head * step.capacity + step.past + head / heads_of_row()) * head_dim;
}

// Every `lanes`-th pair of a query or key head from `lane` on, the sum of whose squares is known.
fn rotate(head: u32, squares: f32, lane: u32, lanes: u32) {
  let first = head * head_dim;
  let half = head_dim / 2u;
  let is_query = head % heads_of_row() < head_count;
  let weight = select(head_dim, 0u, is_query);
  let turn = head / heads_of_row() * head_dim;
  let scale = inverseSqrt(squares / f32(head_dim) + epsilon);
  let place = place_in_cache(head);
  for (var i = lane; i < half; i += lanes) {
    let a = heads[first + i] * scale * weights[weight + i];
    let b = heads[first + half + i] * scale * weights[weight + half + i];
    let cosine = angles[turn + i];
    let sine = angles[turn + half + i];
    let x = a * cosine - b * sine;
    let y = b * cosine + a * sine;
    if (is_query) {
      heads[first + i] = x;
      heads[first + half + i] = y;
    } else {
      keys[place + i] = x;
      keys[place + half + i] = y;
    }
  }
}
