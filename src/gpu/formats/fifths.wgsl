// The quants of a chunk in Q5_0 and Q5_1, 32 of 5 bits: four in the nibbles of 16 bytes (the low ones are quants 0
// to 15, the high ones 16 to 31), the fifth of quant j in bit j of a word.
fn unpack_fives(words: vec4<u32>, fifths: u32) -> array<vec4<f32>, 8> {
  let low = words & vec4<u32>(0x0f0f0f0fu);
  let high = (words >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu);
  var quants: array<vec4<f32>, 8>;
  for (var i = 0u; i < 4u; i++) {
    quants[i] = vec4<f32>(unpack_bytes(low[i]) | fifth_bits(fifths, 4u * i));
    quants[i + 4u] = vec4<f32>(unpack_bytes(high[i]) | fifth_bits(fifths, 4u * i + 16u));
  }
  return quants;
}

// Four bits from bit `first` on, each in the place of a fifth bit.
fn fifth_bits(fifths: u32, first: u32) -> vec4<u32> {
  return ((vec4<u32>(fifths) >> (vec4<u32>(0u, 1u, 2u, 3u) + first)) & vec4<u32>(1u)) << vec4<u32>(4u);
}
