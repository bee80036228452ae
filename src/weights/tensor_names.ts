/**
 * The tensors of Qwen3 and Qwen3-VL in GGUF, by the input names of the block graphs that use them, and the
 * shapes that the configuration demands of them. Names as llama.cpp's converter writes them
 * (gguf-py/gguf/constants.py).
 */
import type { TextConfig, VisionConfig } from '../model/config.ts';

/** The matrix of token embeddings. */
export const TOKEN_EMBEDDING = 'token_embd.weight';
/** The output matrix; absent where it is the embedding matrix. */
export const OUTPUT = 'output.weight';
/** Frames that share a patch: llama.cpp writes one kernel for each of them. */
export const TEMPORAL_PATCH_SIZE = 2;

/** Shapes by tensor name, outermost dimension first. */
export type ExpectedTensors = ReadonlyMap<string, readonly number[]>;

const patchWeight = (frame: number): string => `v.patch_embd.weight${frame === 0 ? '' : `.${frame}`}`;

/** Names of a decoder's tensors; `attention` and `mlp` are keyed by graph input. */
export function textTensors(config: TextConfig) {
  return {
    embedding: TOKEN_EMBEDDING,
    layers: Array.from({ length: config.layerCount }, (_, layer) => ({
      attention: {
        norm: `blk.${layer}.attn_norm.weight`,
        q: `blk.${layer}.attn_q.weight`,
        k: `blk.${layer}.attn_k.weight`,
        v: `blk.${layer}.attn_v.weight`,
        o: `blk.${layer}.attn_output.weight`,
        q_norm: `blk.${layer}.attn_q_norm.weight`,
        k_norm: `blk.${layer}.attn_k_norm.weight`,
      },
      mlp: {
        norm: `blk.${layer}.ffn_norm.weight`,
        gate: `blk.${layer}.ffn_gate.weight`,
        up: `blk.${layer}.ffn_up.weight`,
        down: `blk.${layer}.ffn_down.weight`,
      },
    })),
    head: {
      norm: 'output_norm.weight',
      head: config.tiedEmbeddings ? TOKEN_EMBEDDING : OUTPUT,
    },
  };
}

const merger = (norm: string, fc1: string, fc2: string) => ({
  norm: `${norm}.weight`,
  norm_bias: `${norm}.bias`,
  fc1: `${fc1}.weight`,
  fc1_bias: `${fc1}.bias`,
  fc2: `${fc2}.weight`,
  fc2_bias: `${fc2}.bias`,
});

/** Names of a vision encoder's tensors; blocks and mergers are keyed by graph input. */
export function visionTensors(config: VisionConfig) {
  return {
    patchWeights: Array.from({ length: config.temporalPatchSize }, (_, frame) => patchWeight(frame)),
    patchBias: 'v.patch_embd.bias',
    positionTable: 'v.position_embd.weight',
    blocks: Array.from({ length: config.blockCount }, (_, block) => ({
      norm1: `v.blk.${block}.ln1.weight`,
      norm1_bias: `v.blk.${block}.ln1.bias`,
      qkv: `v.blk.${block}.attn_qkv.weight`,
      qkv_bias: `v.blk.${block}.attn_qkv.bias`,
      o: `v.blk.${block}.attn_out.weight`,
      o_bias: `v.blk.${block}.attn_out.bias`,
      norm2: `v.blk.${block}.ln2.weight`,
      norm2_bias: `v.blk.${block}.ln2.bias`,
      up: `v.blk.${block}.ffn_up.weight`,
      up_bias: `v.blk.${block}.ffn_up.bias`,
      down: `v.blk.${block}.ffn_down.weight`,
      down_bias: `v.blk.${block}.ffn_down.bias`,
    })),
    merger: merger('v.post_ln', 'mm.0', 'mm.2'),
    deepstack: config.deepstackBlocks.map((block) => ({
      block,
      merger: merger(`v.deepstack.${block}.norm`, `v.deepstack.${block}.fc1`, `v.deepstack.${block}.fc2`),
    })),
  };
}

/** Shape that every tensor of a decoder must have, outermost dimension first. */
export function expectedTextTensors(config: TextConfig): ExpectedTensors {
  const { hiddenSize: hidden, headCount, kvHeadCount, headDim, ffnSize: ffn, vocabSize } = config;
  const names = textTensors(config);
  const shapes = new Map<string, readonly number[]>([
    [names.embedding, [vocabSize, hidden]],
    [names.head.norm, [hidden]],
    [names.head.head, [vocabSize, hidden]],
  ]);
  for (const { attention, mlp } of names.layers) {
    shapes.set(attention.norm, [hidden]);
    shapes.set(attention.q, [headCount * headDim, hidden]);
    shapes.set(attention.k, [kvHeadCount * headDim, hidden]);
    shapes.set(attention.v, [kvHeadCount * headDim, hidden]);
    shapes.set(attention.o, [hidden, headCount * headDim]);
    shapes.set(attention.q_norm, [headDim]);
    shapes.set(attention.k_norm, [headDim]);
    shapes.set(mlp.norm, [hidden]);
    shapes.set(mlp.gate, [ffn, hidden]);
    shapes.set(mlp.up, [ffn, hidden]);
    shapes.set(mlp.down, [hidden, ffn]);
  }
  return shapes;
}

/** Shape that every tensor of a vision encoder must have, outermost dimension first. */
export function expectedVisionTensors(config: VisionConfig): ExpectedTensors {
  const { hiddenSize: width, ffnSize: ffn, patchSize, positionGridSize, projectionSize } = config;
  const merged = width * config.spatialMergeSize ** 2;
  const names = visionTensors(config);
  const shapes = new Map<string, readonly number[]>([
    [names.patchBias, [width]],
    [names.positionTable, [positionGridSize ** 2, width]],
  ]);
  for (const name of names.patchWeights) shapes.set(name, [width, 3, patchSize, patchSize]);
  for (const block of names.blocks) {
    for (const name of [block.norm1, block.norm1_bias, block.norm2, block.norm2_bias])
      shapes.set(name, [width]);
    shapes.set(block.qkv, [3 * width, width]);
    shapes.set(block.qkv_bias, [3 * width]);
    shapes.set(block.o, [width, width]);
    shapes.set(block.o_bias, [width]);
    shapes.set(block.up, [ffn, width]);
    shapes.set(block.up_bias, [ffn]);
    shapes.set(block.down, [width, ffn]);
    shapes.set(block.down_bias, [width]);
  }
  const mergers = [
    { names: names.merger, normSize: width },
    ...names.deepstack.map((level) => ({ names: level.merger, normSize: merged })),
  ];
  for (const { names: m, normSize } of mergers) {
    shapes.set(m.norm, [normSize]);
    shapes.set(m.norm_bias, [normSize]);
    shapes.set(m.fc1, [merged, merged]);
    shapes.set(m.fc1_bias, [merged]);
    shapes.set(m.fc2, [projectionSize, merged]);
    shapes.set(m.fc2_bias, [projectionSize]);
  }
  return shapes;
}
