/** One deliberate fault: `find` (which stands exactly once in `file`) is replaced by `replace`. */
export interface Mutant {
  name: string;
  /** Path from the repository's root, with `/`. */
  file: string;
  find: string;
  /** Code that still runs but computes something else. */
  replace: string;
  /** Test files that should notice, from the repository's root. */
  tests: readonly string[];
}

const PARITY = 'test/unit/engine/parity.test.ts';
const SEQUENCE = 'test/unit/engine/sequence.test.ts';
const SAMPLER = 'test/unit/engine/sampler.test.ts';
const MARKS = 'test/unit/engine/output/marks.test.ts';
const ANSWER_READER = 'test/unit/engine/output/answer_reader.test.ts';
const GUIDE = 'test/unit/engine/output/guide.test.ts';
const CALLS_AHEAD = 'test/browser/steered.test.ts';
const CALLS = 'test/unit/engine/constraint/calls.test.ts';
const NUMBERS = 'test/unit/engine/constraint/number_language.test.ts';
const REGEX = 'test/unit/engine/constraint/regex.test.ts';
const SCHEMA_GRAMMAR = 'test/unit/engine/constraint/schema_grammar.test.ts';
const PUBLISHED_TEMPLATES = 'test/unit/model/published_templates.test.ts';
const CHAT_TEMPLATE = 'test/unit/model/chat_template.test.ts';
const IMAGE = 'test/browser/image.test.ts';
const TOKEN_LOOP = 'test/browser/decoder.test.ts';
const SELF_CHECK = 'test/browser/self_check.test.ts';
const RESIZE = 'test/unit/image/resize.test.ts';
const STORE = 'test/browser/store.test.ts';
const MANIFEST = 'test/unit/store/manifest.test.ts';
const SPLIT = 'test/unit/weights/gguf_split.test.ts';
const API_SERVER = 'test/unit/api/server.test.ts';
const API_PICTURES = 'test/unit/api/pictures.test.ts';
const API_MESSAGES = 'test/unit/api/messages.test.ts';

export const mutants: readonly Mutant[] = [
  {
    name: 'DeepStack off',
    file: 'src/engine/wasm/executor.ts',
    find: 'data[row * hiddenSize + i]! += feature[i]!',
    replace: 'data[row * hiddenSize + i]! += 0 * feature[i]!',
    tests: [PARITY],
  },
  {
    name: 'DeepStack one layer late',
    file: 'src/engine/wasm/executor.ts',
    find: '.deepstack[layer]',
    replace: '.deepstack[layer - 1]',
    tests: [PARITY],
  },
  {
    name: 'mRoPE not interleaved',
    file: 'src/model/mrope.ts',
    find: 'const axis = i % 3;',
    replace: 'const axis = i < sections[0] ? 0 : i < sections[0] + sections[1] ? 1 : 2;',
    tests: [PARITY],
  },
  {
    name: 'mRoPE with height and width swapped',
    file: 'src/model/mrope.ts',
    find: 'const axis = i % 3;',
    replace: 'const axis = [0, 2, 1][i % 3];',
    tests: [PARITY],
  },
  {
    name: 'position delta after a picture off',
    file: 'src/engine/stepped_tokens.ts',
    find: 'this.#cache.length + this.#drawing.delta',
    replace: 'this.#cache.length',
    tests: [SEQUENCE],
  },
  {
    name: 'text after a picture counted by its tokens',
    file: 'src/model/positions.ts',
    find: 'Math.max(rows, columns)',
    replace: 'rows * columns',
    tests: [PARITY],
  },
  {
    name: 'q norm off',
    file: 'src/graph/decoder.ts',
    find: 'rmsNorm(g, reshape(g, linear(g, y, wq), [1, -1, heads, d]), qNorm, eps)',
    replace: 'reshape(g, linear(g, y, wq), [1, -1, heads, d])',
    tests: [PARITY],
  },
  {
    name: 'k norm off',
    file: 'src/graph/decoder.ts',
    find: 'rmsNorm(g, reshape(g, linear(g, y, wk), [1, -1, kv, d]), kNorm, eps)',
    replace: 'reshape(g, linear(g, y, wk), [1, -1, kv, d])',
    tests: [PARITY],
  },
  {
    name: 'merge order off: patches row by row',
    file: 'src/image/patchify.ts',
    find: 'mergeOrder(gridHeight, gridWidth, mergeSize)',
    replace: 'mergeOrder(gridHeight, gridWidth, 1)',
    tests: [PARITY],
  },
  {
    name: 'merge order off: patches and their positions row by row',
    file: 'src/model/vision_positions.ts',
    find: 'const out = new Int32Array(gridH * gridW * 2);',
    replace: 'const out = new Int32Array(gridH * gridW * 2); mergeSize = 1;',
    tests: [PARITY],
  },
  {
    name: 'antialiasing off',
    file: 'src/image/resize.ts',
    find: 'Math.max(1, scale)',
    replace: '1',
    tests: [RESIZE],
  },
  {
    name: 'red and blue swapped',
    file: 'src/image/patchify.ts',
    find: '* 3 + channel;',
    replace: '* 3 + (2 - channel);',
    tests: [PARITY],
  },
  {
    name: 'transparency over black',
    file: 'src/image/decode.ts',
    find: "context.fillStyle = '#fff';",
    replace: "context.fillStyle = '#000';",
    tests: [IMAGE],
  },
  {
    name: 'vision rotary with row and column swapped',
    file: 'src/model/vision_positions.ts',
    find: '(i < quarter ? 0 : 1)',
    replace: '(i < quarter ? 1 : 0)',
    tests: [PARITY],
  },
  {
    name: 'position table without aligned ends',
    file: 'src/model/vision_positions.ts',
    find: '(size - 1) / (count - 1)',
    replace: 'size / count',
    tests: [PARITY],
  },
  {
    name: 'exact GELU in vision blocks',
    file: 'src/graph/vision.ts',
    find: "approximate: 'tanh'",
    replace: "approximate: 'none'",
    tests: [PARITY],
  },
  {
    name: 'tanh GELU in mergers',
    file: 'src/graph/vision.ts',
    find: "g.op('Gelu', [linear(g, normed, fc1, fc1Bias)])",
    replace: "g.op('Gelu', [linear(g, normed, fc1, fc1Bias)], { approximate: 'tanh' })",
    tests: [PARITY],
  },
  {
    name: 'Q8_0 scale with its bytes swapped',
    file: 'src/weights/formats/q8_0.ts',
    find: 'bytes[at]! | (bytes[at + 1]! << 8)',
    replace: 'bytes[at + 1]! | (bytes[at]! << 8)',
    tests: [PARITY],
  },
  {
    name: 'pictures of a later prefill run misplaced',
    file: 'src/engine/answer.ts',
    find: '({ start: start - from, features })',
    replace: '({ start, features })',
    tests: [SEQUENCE],
  },
  {
    name: 'typed special tokens obeyed',
    file: 'src/model/text_mask.ts',
    find: 'this.#standIns.get(text[i]!) ?? text[i]!',
    replace: 'text[i]!',
    tests: [CHAT_TEMPLATE],
  },
  {
    name: 'end of the turn ignored',
    file: 'src/engine/decode.ts',
    find: 'if (tokenizer.endTokenIds.has(id))',
    replace: 'if (tokenizer.endTokenIds.has(id) && drawn.length < 0)',
    tests: [SEQUENCE],
  },
  {
    name: 'keys of wrong drafts kept',
    file: 'src/engine/webgpu/token_loop.ts',
    find: 'this.#cache.truncate(this.#cache.length - (step.drafts + 1 - ids.length));',
    replace: '',
    tests: [TOKEN_LOOP],
  },
  {
    name: 'draws seeded one token late',
    file: 'src/engine/webgpu/token_loop.ts',
    find: 'drafts === null ? first : first + 1',
    replace: 'first',
    tests: [TOKEN_LOOP],
  },
  {
    name: 'kernels checked with a single split of keys',
    file: 'src/engine/webgpu/self_check.ts',
    find: 'const PAST = SPLIT_KEYS;',
    replace: 'const PAST = SPLIT_KEYS / 8;',
    tests: [SELF_CHECK],
  },
  {
    name: 'presence penalty off',
    file: 'src/engine/sampler.ts',
    find: 'presencePenalty + frequencyPenalty * count',
    replace: 'frequencyPenalty * count',
    tests: [SAMPLER],
  },
  {
    name: 'top p off',
    file: 'src/engine/sampler.ts',
    find: 'sum < options.topP * total',
    replace: 'sum < total',
    tests: [SAMPLER],
  },
  {
    name: 'characters broken at token borders',
    file: 'src/engine/output/marks.ts',
    find: '{ stream: true }',
    replace: '{ stream: false }',
    tests: [MARKS],
  },
  {
    name: 'marks of a model told by their letters',
    file: 'src/engine/output/marks.ts',
    find: 'if (id === undefined) this.#bySpelling.push(mark);',
    replace: 'if (id !== null) this.#bySpelling.push(mark);',
    tests: [MARKS],
  },
  {
    name: 'calls taken for text where there are stop strings',
    file: 'src/engine/output/answer_reader.ts',
    find: "if (mark === 'callStart') this.#beginCall();",
    replace: "if (mark === 'callStart' && this.#options.stop.length === 0) this.#beginCall();",
    tests: [ANSWER_READER],
  },
  {
    name: 'a thought that may end a constrained answer',
    file: 'src/engine/output/guide.ts',
    find: 'return constraint.isFree ? null : this.#thoughtTokens;',
    replace: 'return null;',
    tests: [GUIDE],
  },
  {
    name: 'budget of thinking one token larger',
    file: 'src/engine/output/thought_budget.ts',
    find: 'Math.max(0, this.#most - this.#spent)',
    replace: 'Math.max(0, this.#most + 1 - this.#spent)',
    tests: [GUIDE],
  },
  {
    name: 'tokens running past where the mask is needed',
    file: 'src/engine/webgpu/token_loop.ts',
    find: 'Math.min(this.#depth, Math.max(1, this.#free))',
    replace: 'this.#depth',
    tests: [TOKEN_LOOP],
  },
  {
    name: 'special tokens in keys of schemas',
    file: 'src/model/text_mask.ts',
    find: '[this.apply(key), this.applyDeep(item)]',
    replace: '[key, this.applyDeep(item)]',
    tests: [PUBLISHED_TEMPLATES],
  },
  {
    name: 'special tokens in reasoning of earlier turns',
    file: 'src/model/template_messages.ts',
    find: 'reasoning_content: mask.apply(reasoning)',
    replace: 'reasoning_content: reasoning',
    tests: [PUBLISHED_TEMPLATES],
  },
  {
    name: 'arguments of calls spaced as they came',
    file: 'src/model/template_messages.ts',
    find: 'abilities.textArguments ? pythonJson(text)',
    replace: 'abilities.textArguments ? text',
    tests: [PUBLISHED_TEMPLATES],
  },
  {
    name: 'prefix cache takes any picture for the same',
    file: 'src/engine/prefix_cache.ts',
    find: '{hash}/',
    replace: "{''}/",
    tests: [SEQUENCE],
  },
  {
    name: 'chunks of an earlier version kept among the later ones',
    file: 'src/store/files_db.ts',
    find: 'manifest?.generation === generation ? manifest : null',
    replace: 'manifest !== undefined && generation !== "" ? manifest : null',
    tests: [STORE],
  },
  {
    name: 'the hash of a file put aside and not taken up again',
    file: 'src/store/digest.ts',
    find: 'first: digest.chunks }',
    replace: 'first: 0 * digest.chunks }',
    tests: [STORE],
  },
  {
    name: 'a model deleted while it is in use',
    file: 'src/store/store.ts',
    find: "if (free === null) throw inUse(name, 'loaded');",
    replace: "if (free === null && name === '') throw inUse(name, 'loaded');",
    tests: [STORE],
  },
  {
    name: 'a published hash that does not decide',
    file: 'src/store/manifest.ts',
    find: 'if (known !== null && remote.sha256 !== null) return',
    replace: 'if (known === null && remote.sha256 !== null) return',
    tests: [MANIFEST],
  },
  {
    name: 'tensors of a later part read from the first',
    file: 'src/weights/gguf_split.ts',
    find: 'offset: start + tensor.offset',
    replace: 'offset: 0 * start + tensor.offset',
    tests: [SPLIT],
  },
  {
    name: 'n answers with one seed',
    file: 'src/api/answering.ts',
    find: 'first - index : first + index',
    replace: 'first : first',
    tests: [API_SERVER],
  },
  {
    name: 'an answer that nobody listens to goes on',
    file: 'src/api/server.ts',
    find: 'AbortSignal.any([signal, left.signal])',
    replace: 'AbortSignal.any([signal])',
    tests: [API_SERVER],
  },
  {
    name: 'an error that turns a stream into a good answer',
    file: 'src/api/server.ts',
    find: "if (event.type !== 'pictures') begin();",
    replace: 'begin();',
    tests: [API_SERVER],
  },
  {
    name: 'servers of pictures hear who asks',
    file: 'src/api/named_picture.ts',
    find: "credentials: 'omit'",
    replace: "credentials: 'include'",
    tests: [API_PICTURES],
  },
  {
    name: 'calls without a result let pass',
    file: 'src/api/messages.ts',
    find: 'if (open.size === 0) return;',
    replace: 'if (open.size >= 0) return;',
    tests: [API_MESSAGES],
  },
  {
    name: 'numbers below a bound may be beyond it',
    file: 'src/engine/constraint/number_language.ts',
    find: 'conditions.push(matching(below(decimal(value), strict)))',
    replace: 'conditions.push(matching(below(decimal(value), false)))',
    tests: [NUMBERS],
  },
  {
    name: 'lookaheads that look at nothing',
    file: 'src/engine/constraint/language.ts',
    find: "first.negative ? { kind: 'not', language: ahead } : ahead",
    replace: 'first.negative ? matching(ANY_TEXT) : ahead',
    tests: [REGEX],
  },
  {
    name: 'optional members forgotten to be required',
    file: 'src/engine/constraint/schema_object.ts',
    find: 'required: required.has(name)',
    replace: 'required: false && required.has(name)',
    tests: [SCHEMA_GRAMMAR],
  },
  {
    name: 'bytes that UTF-8 does not have may be drawn in formats',
    file: 'src/engine/constraint/grammar.ts',
    find: 'hex(0xc0)',
    replace: 'hex(0xa0)',
    tests: [SCHEMA_GRAMMAR],
  },
  {
    name: 'calls go on behind their end',
    file: 'src/engine/constraint/call_constraint.ts',
    find: 'return call.isEnded ? this.#onlyEnd : call.allowed();',
    replace: 'return call.isEnded ? this.#behindCall : call.allowed();',
    tests: [CALLS],
  },
  {
    name: 'a call that begins where tokens ran ahead of it',
    file: 'src/engine/webgpu/token_loop.ts',
    find: 'this.#runner.setLast(kept.at(-1)!);',
    replace: 'this.#runner.setLast(kept.at(-1)! - 1);',
    tests: [CALLS_AHEAD],
  },
];
