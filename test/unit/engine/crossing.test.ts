import { expect, it } from 'vitest';
import { crossing } from '../../../src/engine/webgpu/self_check.ts';

it.each([
  [100, 40, 20],
  [100, 1, 512],
  [100, 0, 512],
  [8, 40, 8],
])('graphs in %d ms, a step of kernels in %d ms: up to %d tokens', (graphMs, kernelMs, tokens) => {
  expect(crossing(graphMs, kernelMs)).toBe(tokens);
});
