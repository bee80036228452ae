// Q5_K: as Q4_K, with 32 bytes in each block that hold a fifth bit of every weight: bit s of byte j belongs to
// weight j of sub-block s. Products have at most 22 bits.

@group(1) @binding(0) var<storage, read> quants: array<vec4<u32>>;
// Of each block: d and dmin, then 12 bytes of s and m.
@group(1) @binding(1) var<storage, read> scales: array<vec4<u32>>;
// Two for each block.
@group(1) @binding(2) var<storage, read> fifths: array<vec4<u32>>;

const CHUNK_VEC4S = 8u;

fn read_chunk(chunk: u32) -> array<vec4<f32>, CHUNK_VEC4S> {
  let block = chunk >> 3u;
  let sub = chunk & 7u;
  let words = quants[chunk];
  let low_fifths = ((fifths[2u * block] >> vec4<u32>(sub)) & vec4<u32>(0x01010101u)) << vec4<u32>(4u);
  let high_fifths = ((fifths[2u * block + 1u] >> vec4<u32>(sub)) & vec4<u32>(0x01010101u)) << vec4<u32>(4u);
  let low = (words & vec4<u32>(0x0f0f0f0fu)) | low_fifths;
  let high = ((words >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu)) | high_fifths;
  let scale = unpack_scales(scales[block], sub);
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
