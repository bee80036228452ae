import { describe, expect, test } from 'vitest';
import { readGguf } from '../../../src/weights/gguf.ts';
import { isAscii, isText, legibleTokens } from '../../parity/legible.ts';
import { parityFixtures, picoFiles } from '../../support/pico.ts';

describe('a legible vocabulary', () => {
  test('names what is no text, and leaves the rest', () => {
    // In GPT-2's alphabet: a space and "é", its two bytes alone, and a special token.
    const tokens = ['Ġa', 'Ã©', 'Ã', '©', 'Ã©Ã', '<|im_end|>'];
    expect(legibleTokens(tokens)).toEqual([
      'Ġa',
      'Ã©',
      '[bytes_c3]',
      '[bytes_a9]',
      '[bytes_c3_a9_c3]',
      '<|im_end|>',
    ]);
    expect(() => legibleTokens([...tokens, '[bytes_c3]'])).toThrow('[bytes_c3]');
  });

  test('of the demo model has as many tokens, each of its own and each a text', async () => {
    const { metadata } = await readGguf((await picoFiles()).text);
    const tokens = metadata.get('tokenizer.ggml.tokens') as string[];
    const legible = legibleTokens(tokens);
    expect(tokens.filter((token) => !isText(token)).length).toBeGreaterThan(100);
    expect(legible.filter((token) => !isText(token))).toEqual([]);
    expect(new Set(legible).size).toBe(tokens.length);
  });

  test('serves all conversations of the fixtures but those beyond ASCII', async () => {
    const { file } = await parityFixtures();
    const beyond = file.cases.filter(({ messages }) => !isAscii(messages));
    expect(beyond.map(({ name }) => name)).toEqual(['text: many scripts']);
  });
});
