// The quants of a chunk in Q5_0 and Q5_1, 32 of 5 bits, as bytes: four in the nibbles of 16 bytes (the low ones are
// quants 0 to 15, the high ones 16 to 31), the fifth of quant j in bit j of a word.
struct Fives {
  low: vec4<u32>,
  high: vec4<u32>,
}

fn unpack_fives(words: vec4<u32>, fifths: u32) -> Fives {
  return Fives(
    (words & vec4<u32>(0x0f0f0f0fu)) | fifth_bits(fifths),
    ((words >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu)) | fifth_bits(fifths >> 16u),
  );
}

// The lower 16 bits, each in the place of a byte's fifth bit.
fn fifth_bits(fifths: u32) -> vec4<u32> {
  let fours = (vec4<u32>(fifths) >> vec4<u32>(0u, 4u, 8u, 12u)) & vec4<u32>(0xfu);
  // Copies of the four bits, 7 apart, have bit j at 8 j; no two of them overlap.
  return ((fours * vec4<u32>(0x00204081u)) & vec4<u32>(0x01010101u)) << vec4<u32>(4u);
}
