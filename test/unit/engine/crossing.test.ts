import { expect, it } from 'vitest';
import { crossing } from '../../../src/engine/webgpu/self_check.ts';

it.each([
  // Graphs: 100 ms and 1 ms a token. Kernels: 8 tokens in 40 ms, 5 ms a token. Both take 125 ms at 25 tokens.
  [108, 164, 40, 25],
  // Kernels that are never slower are used as far as they may be.
  [108, 164, 8, 512],
  // Graphs without a cost of their own: a single step all the same.
  [8, 64, 40, 8],
  // Kernels that are slow.
  [108, 164, 4000, 8],
  // Times that noise has turned around.
  [164, 108, 40, 32],
])('graphs in %d and %d ms, kernels in %d ms: up to %d tokens', (few, many, kernels, tokens) => {
  expect(crossing(few, many, kernels)).toBe(tokens);
});
