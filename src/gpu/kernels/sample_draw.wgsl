// What the kernels of sampling share: the numbers of a draw, the order of logits, and the race (race.ts).

struct Draw {
  // What the random numbers of each row depend on (drawKey of race.ts).
  keys: array<vec4<u32>, 2>,
  temperature: f32,
  inverse_temperature: f32,
  // Below 1 where it cuts.
  top_p: f32,
  // Log of the smallest weight that may be drawn: min-p, or where a weight counts as nothing.
  least: f32,
  // 0 keeps all.
  top_k: u32,
  presence_penalty: f32,
  frequency_penalty: f32,
  repetition_penalty: f32,
  // Of the FLAG constants.
  flags: u32,
}

// The race is run over all tokens.
const FLAG_RACE = 1u;
// Top-k, top-p or min-p cut something off.
const FLAG_CUT = 2u;
const FLAG_MASK = 4u;
const FLAG_BIAS = 8u;
const FLAG_PENALTIES = 16u;

// Why a row has no token, or that it has one.
const SKIPPED = 0u;
const DRAWN = 1u;
const NO_NUMBER = 2u;
const NONE_ALLOWED = 3u;

const NEGLIGIBLE = -27.725887;
const LOWEST = -3.4e38;

// What a slice of the vocabulary comes to.
struct Slice {
  // Largest key, EXCLUDED if no token of the slice may be drawn, and the first token that has it. In a race
  // it is the winner's id instead.
  top: u32,
  id: u32,
  // Of a race: the winner's score, relative to `top`.
  score: f32,
  // Of weights relative to `top`, where they are needed.
  sum: f32,
  // SKIPPED, DRAWN (there may be a draw) or NO_NUMBER.
  state: u32,
}

// Key of a token that may not be drawn; smaller than that of any number.
const EXCLUDED = 0u;

// An integer in the order of the numbers, from a number's bits; both zeros have the same one.
fn key_of_bits(bits: u32) -> u32 {
  let key = bits ^ (bitcast<u32>(bitcast<i32>(bits) >> 31u) | 0x80000000u);
  return key + u32(key == 0x7fffffffu);
}

fn key_of(value: f32) -> u32 {
  return key_of_bits(bitcast<u32>(value));
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, key >= 0x80000000u));
}

// Log of a token's weight, relative to the weight of the likeliest.
fn log_weight(key: u32, top_value: f32) -> f32 {
  return max((value_of(key) - top_value) * draw.inverse_temperature, -1e30);
}

fn lowbias32(x: u32) -> u32 {
  var h = x;
  h = (h ^ (h >> 16u)) * 0x7feb352du;
  h = (h ^ (h >> 15u)) * 0x846ca68bu;
  return h ^ (h >> 16u);
}

fn draw_hash(key: u32, id: u32) -> u32 {
  return lowbias32(key ^ lowbias32(id + 0x9e3779b9u));
}

// -log(1 - v) of v = (hash + 1/2) / 2^32. WGSL's log is only good to 2^-21 where its argument is near 1, which
// would be much of a short wait. So: 1 - v = 2^-k (1 - u) with u at most 1/2 (3/4 for the last hash), and -log(1 - u) = 2 atanh(z) of
// z = u / (2 - u), as a series.
fn wait_of(hash: u32) -> f32 {
  let k = min(countLeadingZeros(~hash), 31u);
  // (1 - u) 2^32 = rest + 2^k / 2.
  let rest = (~hash) << k;
  let u = fma(f32(~rest), 0x1p-32, fma(f32(1u << k), -0x1p-33, 0x1p-32));
  let z = u / (2.0 - u);
  let s = z * z;
  var series = fma(s, 1.0 / 15.0, 1.0 / 13.0);
  series = fma(s, series, 1.0 / 11.0);
  series = fma(s, series, 1.0 / 9.0);
  series = fma(s, series, 1.0 / 7.0);
  series = fma(s, series, 1.0 / 5.0);
  series = fma(s, series, 1.0 / 3.0);
  return fma(f32(k), 0.6931472, 2.0 * fma(z * s, series, z));
}

// What the winner of the race has most of: minus the log of wait / weight.
fn race_score(hash: u32, log_weight: f32) -> f32 {
  return log_weight - log(wait_of(hash));
}

fn row_key(row: u32) -> u32 {
  return draw.keys[row / 4u][row % 4u];
}

// The larger rank; of equal ones the smaller id.
fn better(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return select(b, a, a.x > b.x || (a.x == b.x && a.y < b.y));
}
