import type { ElementType, GraphBuilder, Value } from './onnx.ts';

/** Contributed operators of ONNX Runtime. */
export const MS = 'com.microsoft';

/** Activation type of a graph: weights, activations and KV cache share it. */
export type ActivationType = Extract<ElementType, 'float32' | 'float16'>;

/** x [rows, K] times weight [N, K] (the row order of GGUF and PyTorch), plus bias [N]: [rows, N]. */
export function linear(g: GraphBuilder, x: Value, weight: Value, bias: Value | null = null): Value {
  return g.op('Gemm', bias === null ? [x, weight] : [x, weight, bias], { transB: { int: 1 } });
}

/** x / sqrt(mean(x²) + eps) * weight over the last axis (Zhang and Sennrich 2019, arXiv:1910.07467). */
export function rmsNorm(g: GraphBuilder, x: Value, weight: Value, eps: number): Value {
  return g.op('SimplifiedLayerNormalization', [x, weight], { axis: { int: -1 }, epsilon: { float: eps } });
}

/** (x - mean) / sqrt(var + eps) * weight + bias over the last axis. */
export function layerNorm(g: GraphBuilder, x: Value, weight: Value, bias: Value, eps: number): Value {
  return g.op('LayerNormalization', [x, weight, bias], { axis: { int: -1 }, epsilon: { float: eps } });
}

export function reshape(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  return g.op('Reshape', [x, g.constant(shape)]);
}

/**
 * Rotary embedding by halves: (a, b) -> (a cos - b sin, b cos + a sin) for every head.
 *
 * @param x [1, S, heads * headDim]
 * @param cos [S, headDim / 2]; row s belongs to row s of x, so multi-dimensional positions need nothing else
 */
export function rotary(g: GraphBuilder, x: Value, cos: Value, sin: Value, headCount: number): Value {
  const offset = g.constant([0]);
  return g.op('RotaryEmbedding', [x, offset, cos, sin], { num_heads: { int: headCount } }, MS);
}
