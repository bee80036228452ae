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
// Lanes share UNIT_ROWS rows of the matrix, in a pair half of them gates and half of them their partners. Lane l of
// L takes the chunks l, l + L, ... of the rows; each chunk is unpacked once and serves every vector. Nothing that is
// computed for a vector depends on how many there are, and sums of products are written as fma, so that no compiler
// may contract them one way here and another way there: results are equal to the last bit for every row_capacity.
//
// The variants (project_*.wgsl) define UNIT_ROWS and say how many lanes there are and how their sums meet.
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

const MAX_VECTORS = 8u;

struct Params {
  // The first row, within the part, and how many results each vector gets.
  first_row: u32,
  row_count: u32,
  // From a gate's row to its partner's.
  pair_distance: u32,
  // Where in x the first vector begins, in vec4s.
  first_x: u32,
  // Where in y the first vector's first result goes, and the distance to the next vector's.
  first_y: u32,
  y_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> norm: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// What a lane has gathered.
struct Sums {
  // By row of the unit and vector.
  products: array<f32, UNIT_ROWS * MAX_VECTORS>,
  // Of each vector.
  squares: array<f32, MAX_VECTORS>,
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

// Gathers one lane's share of a unit.
fn walk(sums: ptr<function, Sums>, first: u32, lane: u32, lanes: u32) {
  let chunks_per_row = row_length / (CHUNK_VEC4S * 4u);
  for (var chunk = lane; chunk < chunks_per_row; chunk += lanes) {
    var weights: array<array<vec4<f32>, CHUNK_VEC4S>, UNIT_ROWS>;
    for (var r = 0u; r < UNIT_ROWS; r++) {
      weights[r] = read_chunk(matrix_row(first, r) * chunks_per_row + chunk);
    }
    for (var v = 0u; v < row_capacity; v++) {
      let at = params.first_x + (v * chunks_per_row + chunk) * CHUNK_VEC4S;
      var values: array<vec4<f32>, CHUNK_VEC4S>;
      var squares = vec4<f32>();
      for (var i = 0u; i < CHUNK_VEC4S; i++) {
        let value = x[at + i];
        values[i] = value;
        if (normalised) {
          squares = fma(value, value, squares);
          values[i] = value * norm[chunk * CHUNK_VEC4S + i];
        }
      }
      (*sums).squares[v] += total(squares);
      for (var r = 0u; r < UNIT_ROWS; r++) {
        var products = vec4<f32>();
        for (var i = 0u; i < CHUNK_VEC4S; i++) {
          products = fma(weights[r][i], values[i], products);
        }
        (*sums).products[r * MAX_VECTORS + v] += total(products);
      }
    }
  }
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
