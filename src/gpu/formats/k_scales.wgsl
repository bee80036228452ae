// Scale and minimum of a sub-block of 32 in Q4_K and Q5_K. A block's vec4 holds the f16 numbers d and dmin, then
// in 12 bytes a 6-bit factor of each for 8 sub-blocks: of the first four in the lower bits of bytes 0 to 3 and 4
// to 7; of the last four the lower nibbles in bytes 8 to 11, the upper bits in what is left of bytes 0 to 7.
fn unpack_scales(packed: vec4<u32>, sub: u32) -> vec2<f32> {
  let bytes = packed.yzw >> vec3<u32>(8u * (sub & 3u));
  let first = bytes.xy & vec2<u32>(0x3fu);
  let last = ((vec2<u32>(bytes.z) >> vec2<u32>(0u, 4u)) & vec2<u32>(0xfu)) | ((bytes.xy >> vec2<u32>(2u)) & vec2<u32>(0x30u));
  return unpack_halves(packed.x) * vec2<f32>(select(last, first, sub < 4u));
}
