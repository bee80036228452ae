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
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale.x * byte_floats(low.x) + scale.y,
    scale.x * byte_floats(low.y) + scale.y,
    scale.x * byte_floats(low.z) + scale.y,
    scale.x * byte_floats(low.w) + scale.y,
    scale.x * byte_floats(high.x) + scale.y,
    scale.x * byte_floats(high.y) + scale.y,
    scale.x * byte_floats(high.z) + scale.y,
    scale.x * byte_floats(high.w) + scale.y,
  );
}
