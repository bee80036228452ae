// Project: products of up to 8 vectors x and the rows w[n] of a matrix,
//
//   p[v, n] = scale[v] * sum over k of x[v, k] * norm[k] * w[n, k],   scale[v] = 1 / sqrt(mean(x[v]^2) + epsilon),
//
// which is the product with RMSNorm(x[v]): its scale is a factor of the sum, so that it can be gathered on the way.
// Without a norm, scale and norm are 1. What becomes of p is the epilogue:
//
//   store  y[v, n] = p[v, n]
//   add    y[v, n] += p[v, n]
//   pair   y[v, n] = silu(p[v, n]) * p[v, n + pair_distance]
//   gated  y[v, n] = silu(y[v, n]) * p[v, n]
//
// Lanes share a unit of UNIT_ROWS = 4 rows of the matrix, in a pair two gates and their two partners. Lane l of L takes
// the chunks l, l + L, ... of the rows; each chunk is unpacked once and serves every vector. Nothing that is computed
// for a vector depends on how many there are, and sums of products are written as fma, so that no compiler may contract
// them one way here and another way there: results are equal to the last bit for every row_capacity.
//
// The rows and the vec4s of a chunk are written out one by one, and conditions on constants stand for loops: a private
// array that is indexed in a loop lies in memory, which made the kernel three times slower on SwiftShader. The vectors
// are looped over, which costs little there and keeps the code short; a single one is spared its array.
//
// The variants (project_*.wgsl) say how many lanes there are and how their sums meet.
//
// weights  group 1, a format's planes
// x        [.., row_length], f32
// norm     [row_length], f32
// y        [.., y_stride], f32

override row_length: u32;
// Vectors: 1 to MAX_VECTORS.
override row_capacity: u32;
override epilogue: u32;
override normalised: bool;
override epsilon: f32;

const STORE = 0u;
const ADD = 1u;
const PAIR = 2u;
const GATED = 3u;

const UNIT_ROWS = 4u;
const MAX_VECTORS = 8u;

// Numbers of a row that are read at once: as many as the weights in a chunk.
alias Chunk = array<vec4<f32>, CHUNK_VEC4S>;

struct Params {
  // The first row, within the part, and how many results each vector gets.
  first_row: u32,
  row_count: u32,
  // From a gate's row to its partner's.
  pair_distance: u32,
  // Where in x the first vector begins, in chunks.
  first_x: u32,
  // Where in y the first vector's first result goes, and the distance to the next vector's.
  first_y: u32,
  y_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Chunk>;
@group(0) @binding(2) var<storage, read> norm: array<Chunk>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// What a lane has gathered for one vector: sums of products by row of the unit, and of squares.
struct Sums {
  rows: vec4<f32>,
  squares: f32,
}

// What it gathers from one chunk.
struct Partial {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
  squares: vec4<f32>,
}

// Results that a unit has for each vector.
fn unit_results() -> u32 {
  return select(UNIT_ROWS, UNIT_ROWS / 2u, epilogue == PAIR);
}

// Row of the part that is row `r` of the unit whose first result is `first`. Beyond the last result the last is
// repeated; only the store looks.
fn matrix_row(first: u32, r: u32) -> u32 {
  let results = unit_results();
  let result = min(first + r % results, params.row_count - 1u);
  return params.first_row + result + select(0u, params.pair_distance, r >= results);
}

fn total(v: vec4<f32>) -> f32 {
  return (v.x + v.y) + (v.z + v.w);
}

// One vec4 of a vector times those of the four rows.
fn step(p: Partial, value: vec4<f32>, scale: vec4<f32>, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> Partial {
  var factor = value;
  var squares = p.squares;
  if (normalised) {
    squares = fma(value, value, squares);
    factor *= scale;
  }
  return Partial(fma(a, factor, p.a), fma(b, factor, p.b), fma(c, factor, p.c), fma(d, factor, p.d), squares);
}

// One chunk of a vector times those of the four rows.
fn gather(sums: Sums, values: Chunk, scales: Chunk, a: Chunk, b: Chunk, c: Chunk, d: Chunk) -> Sums {
  // Indices taken modulo the length, since even what is never run must not lie beyond it.
  const N = CHUNK_VEC4S;
  var p = step(Partial(), values[0], scales[0], a[0], b[0], c[0], d[0]);
  if (N > 1u) {
    p = step(p, values[1u % N], scales[1u % N], a[1u % N], b[1u % N], c[1u % N], d[1u % N]);
  }
  if (N > 2u) {
    p = step(p, values[2u % N], scales[2u % N], a[2u % N], b[2u % N], c[2u % N], d[2u % N]);
    p = step(p, values[3u % N], scales[3u % N], a[3u % N], b[3u % N], c[3u % N], d[3u % N]);
  }
  if (N > 4u) {
    p = step(p, values[4u % N], scales[4u % N], a[4u % N], b[4u % N], c[4u % N], d[4u % N]);
    p = step(p, values[5u % N], scales[5u % N], a[5u % N], b[5u % N], c[5u % N], d[5u % N]);
    p = step(p, values[6u % N], scales[6u % N], a[6u % N], b[6u % N], c[6u % N], d[6u % N]);
    p = step(p, values[7u % N], scales[7u % N], a[7u % N], b[7u % N], c[7u % N], d[7u % N]);
  }
  let rows = vec4<f32>(total(p.a), total(p.b), total(p.c), total(p.d));
  return Sums(sums.rows + rows, sums.squares + total(p.squares));
}

// Gathers one lane's share of a unit.
fn walk(first: u32, lane: u32, lanes: u32) -> array<Sums, MAX_VECTORS> {
  let chunks_per_row = row_length / (CHUNK_VEC4S * 4u);
  let row_a = matrix_row(first, 0u) * chunks_per_row;
  let row_b = matrix_row(first, 1u) * chunks_per_row;
  let row_c = matrix_row(first, 2u) * chunks_per_row;
  let row_d = matrix_row(first, 3u) * chunks_per_row;
  var sums: array<Sums, MAX_VECTORS>;
  var only: Sums;
  for (var chunk = lane; chunk < chunks_per_row; chunk += lanes) {
    var scales: Chunk;
    if (normalised) {
      scales = norm[chunk];
    }
    let a = read_chunk(row_a + chunk);
    let b = read_chunk(row_b + chunk);
    let c = read_chunk(row_c + chunk);
    let d = read_chunk(row_d + chunk);
    if (row_capacity == 1u) {
      only = gather(only, x[params.first_x + chunk], scales, a, b, c, d);
    } else {
      for (var v = 0u; v < row_capacity; v++) {
        let values = x[params.first_x + v * chunks_per_row + chunk];
        sums[v] = gather(sums[v], values, scales, a, b, c, d);
      }
    }
  }
  if (row_capacity == 1u) {
    sums[0] = only;
  }
  return sums;
}

fn silu(value: f32) -> f32 {
  // exp overflows beyond 88; there the gate is 0 to all digits.
  return value / (1.0 + exp(min(-value, 80.0)));
}

// Writes a result, given the whole sums of its row, in a pair of its partner's row, and of the vector's squares.
fn finish(v: u32, result: u32, row_sum: f32, partner_sum: f32, squares: f32) {
  if (result >= params.row_count) {
    return;
  }
  var scale = 1.0;
  if (normalised) {
    scale = inverseSqrt(squares / f32(row_length) + epsilon);
  }
  let at = params.first_y + v * params.y_stride + result;
  switch (epilogue) {
    case ADD: {
      y[at] = fma(row_sum, scale, y[at]);
    }
    case PAIR: {
      y[at] = silu(row_sum * scale) * (partner_sum * scale);
    }
    case GATED: {
      y[at] = silu(y[at]) * (row_sum * scale);
    }
    default: {
      y[at] = row_sum * scale;
    }
  }
}
