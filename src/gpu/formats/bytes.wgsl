// The four bytes of a word, the lowest first, as numbers from 0 to 255. They are converted as signed integers, which
// processors without an instruction for unsigned ones do in one step too.
fn byte_floats(word: u32) -> vec4<f32> {
  let bytes = (vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0xffu);
  return vec4<f32>(bitcast<vec4<i32>>(bytes));
}
