/**
 * The text decoder of Qwen3 and Qwen3-VL as three block graphs. One graph serves every layer: weights,
 * rotary tables and the KV cache are inputs. Shapes: S tokens of this run, P tokens in the cache before it.
 * Follows `Qwen3VLTextDecoderLayer` of Hugging Face transformers (models/qwen3_vl/modeling_qwen3_vl.py).
 */
import type { TextConfig } from '../model/config.ts';
import { type ActivationType, linear, MS, reshape, rmsNorm, rotary } from './blocks.ts';
import { GraphBuilder } from './onnx.ts';

/**
 * hidden + attention(norm(hidden)): [S, hidden] -> [S, hidden], and the cache with S tokens more.
 *
 * Inputs: `hidden` [S, hidden], `norm` [hidden], `q` [heads * d, hidden], `k` and `v` [kv * d, hidden],
 * `o` [hidden, heads * d], `q_norm` and `k_norm` [d], `cos` and `sin` [S, d / 2], `past_k` and `past_v`
 * [1, kv, P, d], `last` [1] (int32, P + S - 1), `total` [1] (int32, P + S).
 * Outputs: `out`, `present_k`, `present_v`.
 */
export function attentionHalf(config: TextConfig, type: ActivationType): Uint8Array {
  const { hiddenSize: hidden, headCount: heads, kvHeadCount: kv, headDim: d, rmsNormEps: eps } = config;
  const g = new GraphBuilder('decoder_attention');
  const x = g.input('hidden', type, ['S', hidden]);
  const norm = g.input('norm', type, [hidden]);
  const wq = g.input('q', type, [heads * d, hidden]);
  const wk = g.input('k', type, [kv * d, hidden]);
  const wv = g.input('v', type, [kv * d, hidden]);
  const wo = g.input('o', type, [hidden, heads * d]);
  const qNorm = g.input('q_norm', type, [d]);
  const kNorm = g.input('k_norm', type, [d]);
  const cos = g.input('cos', type, ['S', d / 2]);
  const sin = g.input('sin', type, ['S', d / 2]);
  const pastK = g.input('past_k', type, [1, kv, 'P', d]);
  const pastV = g.input('past_v', type, [1, kv, 'P', d]);
  const last = g.input('last', 'int32', [1]);
  const total = g.input('total', 'int32', [1]);

  const y = rmsNorm(g, x, norm, eps);
  const q = rmsNorm(g, reshape(g, linear(g, y, wq), [1, -1, heads, d]), qNorm, eps);
  const k = rmsNorm(g, reshape(g, linear(g, y, wk), [1, -1, kv, d]), kNorm, eps);
  const v = reshape(g, linear(g, y, wv), [1, -1, kv * d]);
  const qRotated = rotary(g, reshape(g, q, [1, -1, heads * d]), cos, sin, heads);
  const kRotated = rotary(g, reshape(g, k, [1, -1, kv * d]), cos, sin, kv);

  const [attended, presentK, presentV] = g.ops(
    'GroupQueryAttention',
    [qRotated, kRotated, v, pastK, pastV, last, total],
    3,
    { num_heads: { int: heads }, kv_num_heads: { int: kv } },
    MS,
  );
  const out = g.op('Add', [x, linear(g, reshape(g, attended!, [-1, heads * d]), wo)]);
  g.output('out', out, type, ['S', hidden]);
  g.output('present_k', presentK!, type, [1, kv, 'T', d]);
  g.output('present_v', presentV!, type, [1, kv, 'T', d]);
  return g.build();
}

/**
 * hidden + down(silu(gate(y)) * up(y)) with y = norm(hidden) (SwiGLU, Shazeer 2020, arXiv:2002.05202).
 *
 * Inputs: `hidden` [S, hidden], `norm` [hidden], `gate` and `up` [ffn, hidden], `down` [hidden, ffn].
 * Output: `out` [S, hidden].
 */
export function mlpHalf(config: TextConfig, type: ActivationType): Uint8Array {
  const { hiddenSize: hidden, ffnSize: ffn } = config;
  const g = new GraphBuilder('decoder_mlp');
  const x = g.input('hidden', type, ['S', hidden]);
  const norm = g.input('norm', type, [hidden]);
  const wGate = g.input('gate', type, [ffn, hidden]);
  const wUp = g.input('up', type, [ffn, hidden]);
  const wDown = g.input('down', type, [hidden, ffn]);

  const y = rmsNorm(g, x, norm, config.rmsNormEps);
  const gate = linear(g, y, wGate);
  const silu = g.op('Mul', [gate, g.op('Sigmoid', [gate])]);
  const out = g.op('Add', [x, linear(g, g.op('Mul', [silu, linear(g, y, wUp)]), wDown)]);
  g.output('out', out, type, ['S', hidden]);
  return g.build();
}

/**
 * Logits of the rows that are wanted.
 *
 * Inputs: `hidden` [R, hidden], `norm` [hidden], `head` [vocabulary, hidden]. Output: `logits` [R, vocabulary].
 */
export function languageHead(config: TextConfig, type: ActivationType): Uint8Array {
  const { hiddenSize: hidden, vocabSize: vocab } = config;
  const g = new GraphBuilder('language_head');
  const x = g.input('hidden', type, ['R', hidden]);
  const norm = g.input('norm', type, [hidden]);
  const head = g.input('head', type, [vocab, hidden]);
  g.output('logits', linear(g, rmsNorm(g, x, norm, config.rmsNormEps), head), type, ['R', vocab]);
  return g.build();
}
