// Q4_K: weight = d * s * nibble - dmin * m, with a scale s and a minimum m for each of a block's 8 sub-blocks of 32.
// A chunk is a sub-block: the low nibbles of its 16 bytes are weights 0 to 15, the high ones 16 to 31.
//
// The products have at most 21 bits, so they are exact, and a driver that fuses them with the difference changes
// nothing.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// Of each block: d and dmin, then 12 bytes of s and m.
@group(1) @binding(1) var<storage, read> scales: array<vec4<u32>>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let words = quants[chunk];
  let low = words & vec4<u32>(0x0f0f0f0fu);
  let high = (words >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu);
  let scale = unpack_scales(scales[chunk >> 3u], chunk & 7u);
  return array<vec4<f32>, CHUNK_VEC4S>(
    scale.x * byte_floats(low.x) - scale.y,
    scale.x * byte_floats(low.y) - scale.y,
    scale.x * byte_floats(low.z) - scale.y,
    scale.x * byte_floats(low.w) - scale.y,
    scale.x * byte_floats(high.x) - scale.y,
    scale.x * byte_floats(high.y) - scale.y,
    scale.x * byte_floats(high.z) - scale.y,
    scale.x * byte_floats(high.w) - scale.y,
  );
}
