/**
 * The vision encoder of Qwen3-VL as block graphs. Rows are patches in merge order (2x2 blocks), so the
 * patch merger is a reshape. P patches, M = P / spatialMergeSize² merged ones.
 * Follows `Qwen3VLVisionModel` of Hugging Face transformers (models/qwen3_vl/modeling_qwen3_vl.py).
 */
import type { VisionConfig } from '../model/config.ts';
import { type ActivationType, layerNorm, linear, MS, reshape, rotary } from './blocks.ts';
import { GraphBuilder, type Value } from './onnx.ts';

/** Name of the weight input that holds the kernel of one frame of the patch embedding. */
export const frameWeight = (frame: number): string => `weight_${frame}`;

/**
 * Linear map of each patch plus its learned position. The file keeps one kernel per frame, so the frames
 * of a patch are multiplied apart and added.
 *
 * Inputs: `pixels` [P, 3 * frames * patch²] (channel, frame, row, column), `weight_0`, `weight_1`
 * [width, 3 * patch²], `bias` [width], `positions` [P, width]. Output: `out` [P, width].
 */
export function patchEmbedding(config: VisionConfig, type: ActivationType): Uint8Array {
  const { hiddenSize: width, temporalPatchSize: frames } = config;
  const area = config.patchSize ** 2;
  const g = new GraphBuilder('vision_patch_embedding');
  const pixels = g.input('pixels', type, ['P', 3 * frames * area]);
  const weights = Array.from({ length: frames }, (_, t) => g.input(frameWeight(t), type, [width, 3 * area]));
  const bias = g.input('bias', type, [width]);
  const positions = g.input('positions', type, ['P', width]);

  const perFrame = g.ops('Split', [reshape(g, pixels, [-1, 3, frames, area])], frames, {
    axis: { int: 2 },
    num_outputs: { int: frames },
  });
  const products = perFrame.map((frame, t) =>
    linear(g, reshape(g, frame, [-1, 3 * area]), weights[t]!, t === 0 ? bias : null),
  );
  const embedded = products.reduce((sum, product) => g.op('Add', [sum, product]));
  g.output('out', g.op('Add', [embedded, positions]), type, ['P', width]);
  return g.build();
}

/**
 * One pre-norm transformer block with full attention over the patches of one picture (or frame pair).
 *
 * Inputs: `hidden` [P, width], `norm1`, `norm1_bias`, `qkv` [3 * width, width], `qkv_bias`, `o` [width, width],
 * `o_bias`, `norm2`, `norm2_bias`, `up` [ffn, width], `up_bias`, `down` [width, ffn], `down_bias`,
 * `cos` and `sin` [P, headDim / 2]. Output: `out` [P, width].
 */
export function visionBlock(config: VisionConfig, type: ActivationType): Uint8Array {
  const { hiddenSize: width, headCount: heads, ffnSize: ffn, layerNormEps: eps } = config;
  const headDim = width / heads;
  const g = new GraphBuilder('vision_block');
  const x = g.input('hidden', type, ['P', width]);
  const norm1 = g.input('norm1', type, [width]);
  const norm1Bias = g.input('norm1_bias', type, [width]);
  const wQkv = g.input('qkv', type, [3 * width, width]);
  const qkvBias = g.input('qkv_bias', type, [3 * width]);
  const wo = g.input('o', type, [width, width]);
  const oBias = g.input('o_bias', type, [width]);
  const norm2 = g.input('norm2', type, [width]);
  const norm2Bias = g.input('norm2_bias', type, [width]);
  const wUp = g.input('up', type, [ffn, width]);
  const upBias = g.input('up_bias', type, [ffn]);
  const wDown = g.input('down', type, [width, ffn]);
  const downBias = g.input('down_bias', type, [width]);
  const cos = g.input('cos', type, ['P', headDim / 2]);
  const sin = g.input('sin', type, ['P', headDim / 2]);

  const qkv = reshape(g, linear(g, layerNorm(g, x, norm1, norm1Bias, eps), wQkv, qkvBias), [
    1,
    -1,
    3 * width,
  ]);
  const [q, k, v] = g.ops('Split', [qkv], 3, { axis: { int: 2 }, num_outputs: { int: 3 } });
  const attended = g.op(
    'MultiHeadAttention',
    [rotary(g, q!, cos, sin, heads), rotary(g, k!, cos, sin, heads), v!],
    { num_heads: { int: heads } },
    MS,
  );
  const attentionOut = g.op('Add', [x, linear(g, reshape(g, attended, [-1, width]), wo, oBias)]);

  const up = linear(g, layerNorm(g, attentionOut, norm2, norm2Bias, eps), wUp, upBias);
  const out = g.op('Add', [
    attentionOut,
    linear(g, g.op('Gelu', [up], { approximate: 'tanh' }), wDown, downBias),
  ]);
  g.output('out', out, type, ['P', width]);
  return g.build();
}

/**
 * The patch merger: four neighbouring patches become one row of the decoder's width.
 *
 * Inputs: `hidden` [P, width], `norm`, `norm_bias` ([width], or [4 * width] for DeepStack), `fc1`
 * [4 * width, 4 * width], `fc1_bias`, `fc2` [projection, 4 * width], `fc2_bias`. Output: `out` [M, projection].
 *
 * @param place where the norm stands: the final merger normalises single patches, before the 2x2 shuffle,
 * DeepStack's mergers normalise the merged row, after it
 */
export function patchMerger(
  config: VisionConfig,
  place: 'before' | 'after',
  type: ActivationType,
): Uint8Array {
  const { hiddenSize: width, projectionSize, layerNormEps: eps } = config;
  const merged = width * config.spatialMergeSize ** 2;
  const normSize = place === 'before' ? width : merged;
  const g = new GraphBuilder(`vision_merger_norm_${place}`);
  const x = g.input('hidden', type, ['P', width]);
  const norm = g.input('norm', type, [normSize]);
  const normBias = g.input('norm_bias', type, [normSize]);
  const fc1 = g.input('fc1', type, [merged, merged]);
  const fc1Bias = g.input('fc1_bias', type, [merged]);
  const fc2 = g.input('fc2', type, [projectionSize, merged]);
  const fc2Bias = g.input('fc2_bias', type, [projectionSize]);

  const shuffle = (value: Value) => reshape(g, value, [-1, merged]);
  const normed =
    place === 'before'
      ? shuffle(layerNorm(g, x, norm, normBias, eps))
      : layerNorm(g, shuffle(x), norm, normBias, eps);
  const out = linear(g, g.op('Gelu', [linear(g, normed, fc1, fc1Bias)]), fc2, fc2Bias);
  g.output('out', out, type, ['M', projectionSize]);
  return g.build();
}
