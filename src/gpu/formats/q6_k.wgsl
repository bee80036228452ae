// Q6_K: weight = d * s * (q - 32), with a signed byte s for each of a block's 16 sub-blocks of 16. A chunk is two
// sub-blocks: the low nibbles of its 16 bytes belong to weights 0 to 15, the high ones to 16 to 31. The upper two
// bits of all weights in half a block lie in 32 bytes, those of the half's chunk c from bit 2 * c on.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// Four for each block.
@group(1) @binding(1) var<storage, read> uppers: array<vec4<u32>>;
// The s of two chunks in each word.
@group(1) @binding(2) var<storage, read> scales: array<u32>;
// A pair of d in each word.
@group(1) @binding(3) var<storage, read> super_scales: array<u32>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let block = chunk >> 3u;
  let words = quants[chunk];
  let first_upper = 2u * (chunk >> 2u);
  let shift = vec4<u32>(2u * (chunk & 3u));
  let low_uppers = ((uppers[first_upper] >> shift) & vec4<u32>(0x03030303u)) << vec4<u32>(4u);
  let high_uppers = ((uppers[first_upper + 1u] >> shift) & vec4<u32>(0x03030303u)) << vec4<u32>(4u);
  let low = (words & vec4<u32>(0x0f0f0f0fu)) | low_uppers;
  let high = ((words >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu)) | high_uppers;
  // Both signed bytes, from the top of a word down to its bottom.
  let pair = scales[chunk >> 1u] >> (16u * (chunk & 1u));
  let factors = vec2<i32>(vec2<u32>(pair) << vec2<u32>(24u, 16u)) >> vec2<u32>(24u);
  let scale = unpack_half(super_scales[block >> 1u], block & 1u) * vec2<f32>(factors);
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale.x * (byte_floats(low.x) - 32.0),
    scale.x * (byte_floats(low.y) - 32.0),
    scale.x * (byte_floats(low.z) - 32.0),
    scale.x * (byte_floats(low.w) - 32.0),
    scale.y * (byte_floats(high.x) - 32.0),
    scale.y * (byte_floats(high.y) - 32.0),
    scale.y * (byte_floats(high.z) - 32.0),
    scale.y * (byte_floats(high.w) - 32.0),
  );
}
