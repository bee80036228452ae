// Reads a buffer once and nothing else: what that takes is the memory's bandwidth.
// Bindings: 0 words, 1 out. Dispatch: any number of workgroups; together they walk over all words in strides.

@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

const SIZE = 256u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let stride = groups.x * SIZE;
  let length = arrayLength(&words);
  var mixed = vec4<u32>();
  for (var i = id.x; i < length; i += stride) {
    mixed ^= words[i];
  }
  // Never so, which the compiler cannot know: the reads have to be made.
  if ((mixed.x ^ mixed.y ^ mixed.z ^ mixed.w) == 0x9e3779b9u) {
    out[0] = id.x;
  }
}
