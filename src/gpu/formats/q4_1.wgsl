// Q4_1: weight = scale * nibble + minimum, both f16, for 32 of them. A chunk is a block: the low nibbles of its
// 16 bytes are weights 0 to 15, the high ones 16 to 31.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// A block's scale and minimum in each word.
@group(1) @binding(1) var<storage, read> scales: array<u32>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let words = quants[chunk];
  let low = words & vec4<u32>(0x0f0f0f0fu);
  let high = (words >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu);
  let scale = unpack_halves(scales[chunk]);
  var weights: array<vec4<f32>, CHUNK_VEC4S>;
  for (var i = 0u; i < 4u; i++) {
    weights[i] = scale.x * vec4<f32>(unpack_bytes(low[i])) + scale.y;
    weights[i + 4u] = scale.x * vec4<f32>(unpack_bytes(high[i])) + scale.y;
  }
  return weights;
}
