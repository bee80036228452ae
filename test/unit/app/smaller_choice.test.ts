import { expect, test } from 'vitest';
import { smallerChoice } from '../../../src/app/smaller_choice.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import { catalogue } from '../../../src/store/catalogue.ts';
import { CPU_WEIGHT_BYTES, cpuWeightBytes } from '../../../src/store/need.ts';

const LARGE = 'Qwen/Qwen3-VL-4B-Instruct-GGUF@main/Qwen3VL-4B-Instruct-Q4_K_M.gguf';

/** What is offered after a model failed so, with 8,192 tokens of context. */
function offered(code: 'out-of-memory' | 'model-too-large', details = {}, id: string | null = LARGE) {
  const error = new GlanceError(code, 'Too large.', { details });
  return smallerChoice({
    model: { status: 'failed', error },
    chosen: { id, source: { kind: 'stored', text: 'm.gguf' }, contextLength: 8192 },
    device: 'auto',
  });
}

test('half the context first where the memory was short', () => {
  for (const category of ['kv', 'scratch', undefined]) {
    const expected = { kind: 'context', contextLength: 4096 };
    expect(offered('out-of-memory', { category }), category).toEqual(expected);
    expect(offered('out-of-memory', { category }, 'local:1'), category).toEqual(expected);
  }
  expect(offered('out-of-memory', {}, null)).toBeNull();
});

test('a smaller model where its weights alone were too much, whatever the context', () => {
  const details = { category: 'weights' };
  expect(offered('out-of-memory', details)).toMatchObject({
    kind: 'model',
    entry: { id: 'qwen3-vl-2b-instruct' },
  });
  expect(offered('out-of-memory', details, 'local:1')).toBeNull();
});

test('nothing of the catalogue where a model was too large for the CPU: none of it is small enough', () => {
  const least = Math.min(...catalogue.map(({ parameterCount }) => parameterCount));
  expect(cpuWeightBytes(least)).toBeGreaterThan(CPU_WEIGHT_BYTES);
  expect(offered('model-too-large')).toBeNull();
  expect(offered('model-too-large', {}, 'local:1')).toBeNull();
});
