/** What the random models are asked: text as long as short and long prompts are, and pictures of many sizes. */
import { randomFrom } from '../../support/random.ts';
import type { FixtureMessage } from '../fixtures.ts';
import type { QuantPart } from './contract.ts';

export interface Conversation {
  name: string;
  messages: FixtureMessage[];
}

/** Characters, and thus tokens beside those of the template: our kernels read short prompts, graphs long ones. */
const TEXT_LENGTHS = [5, 90, 20, 140, 34, 64];

/** In groups that are asked about together; all of sides that no engine resizes. */
const PICTURES: readonly (readonly string[])[] = [
  ['shapes-128x96.png'],
  ['text-128x96.png'],
  ['shapes-96x96.png', 'shapes-160x64.png'],
  ['shapes-96x256.png'],
  ['waves-224x160.png'],
  ['shapes-64x320.png'],
];

const LETTERS = 'abcdefghijklmnopqrstuvwxyz ,.?';

function randomText(length: number, seed: number): string {
  const random = randomFrom(seed);
  // Templates may trim the ends.
  const inner = Array.from({ length: length - 2 }, () => LETTERS[Math.floor(random() * LETTERS.length)]);
  return `Q${inner.join('')}?`;
}

export const conversations: Readonly<Record<QuantPart, readonly Conversation[]>> = {
  text: TEXT_LENGTHS.map((length, index) => ({
    name: `${length} characters`,
    messages: [{ role: 'user', content: randomText(length, index + 1) }],
  })),
  vision: PICTURES.map((names, index) => ({
    name: names.join(' and '),
    messages: [
      {
        role: 'user',
        content: [
          ...names.map((picture) => ({ type: 'image', picture }) as const),
          { type: 'text', text: randomText(12, index + 101) },
        ],
      },
    ],
  })),
};

export const pictureNames: readonly string[] = [...new Set(PICTURES.flat())];
