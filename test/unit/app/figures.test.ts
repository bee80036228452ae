import { expect, test } from 'vitest';
import { figuresOf, figuresText } from '../../../src/app/figures.ts';
import { contextUsed, promptTokensPerSecond, RateGauge } from '../../../src/app/speed.ts';
import type { ChatResult } from '../../../src/rpc/contract.ts';

const result: ChatResult = {
  text: 'A red circle.',
  finishReason: 'stop',
  usage: { promptTokens: 300, cachedTokens: 100, imageTokens: 64, completionTokens: 41, reasoningTokens: 12 },
  speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
  timings: { picturesMs: 20, visionMs: 300, prefillMs: 400, firstTokenMs: 740, decodeMs: 2000 },
};

test('an answer is told in numbers, and as text', () => {
  expect(figuresText(figuresOf(result, 4096))).toBe(
    [
      'First token: after 740 ms',
      'Speed: 20 tokens/s',
      'Answer: 41 tokens',
      'Of that, thinking: 12 tokens',
      'Reading the question: 400 ms, 300 tokens',
      'Reading speed: 500 tokens/s',
      'Known from before: 100 tokens',
      'Preparing pictures: 20 ms',
      'Reading pictures: 300 ms, 64 tokens',
      'Context used: 341 of 4,096 tokens (8%)',
    ].join('\n'),
  );
});

test('what did not happen is left out', () => {
  const usage = {
    promptTokens: 30,
    cachedTokens: 30,
    imageTokens: 0,
    completionTokens: 1,
    reasoningTokens: 0,
  };
  const short = { ...result, usage };
  expect(figuresOf(short, null).map(([name]) => name)).toEqual([
    'First token',
    'Answer',
    'Reading the question',
    'Known from before',
    'Context used',
  ]);
  expect(promptTokensPerSecond(short)).toBeNull();
  expect(contextUsed(short)).toBe(31);
});

test('the gauge tells the speed of the last seconds', () => {
  const gauge = new RateGauge();
  expect(gauge.tokensPerSecond).toBeNull();
  gauge.note(1, 1000);
  gauge.note(3, 1100);
  expect(gauge.tokensPerSecond).toBeNull();
  for (let i = 1; i <= 100; i++) gauge.note(1 + i * 2, 1000 + i * 100);
  expect(gauge.tokensPerSecond).toBeCloseTo(20, 5);
  // Ten times as fast from now on: after the window nothing else counts.
  for (let i = 1; i <= 40; i++) gauge.note(201 + i * 20, 11_000 + i * 100);
  expect(gauge.tokensPerSecond).toBeCloseTo(200, 5);
  gauge.note(2, 16_000);
  expect(gauge.tokensPerSecond).toBeNull();
  gauge.note(12, 17_000);
  expect(gauge.tokensPerSecond).toBeCloseTo(10, 5);
});
