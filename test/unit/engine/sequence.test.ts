import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { DecoderInput } from '../../../src/engine/executor.ts';
import type { ChatMessage } from '../../../src/model/chat.ts';
import type { ChatResult } from '../../../src/model/request.ts';
import { GREEDY } from '../../../src/model/sampling.ts';
import { type FixtureMessage, type Fixtures, picturesOf } from '../../parity/fixtures.ts';
import { parityFixtures, parityPicture, picoFiles } from '../../support/pico.ts';

vi.mock('../../../src/image/decode.ts', () => import('../../support/node_decode.ts'));

let fixtures: Fixtures;
let engine: Engine;
/** A token as the decoder was fed it. */
interface FedToken {
  id: number;
  /** Temporal, height, width. */
  position: [number, number, number];
}

/** What the decoder's cache was filled with, row by row; a question may go on from the one before. */
const fed: FedToken[] = [];
/** The runs of the last question. */
let runs: DecoderInput[] = [];

beforeAll(async () => {
  fixtures = await parityFixtures();
  engine = await Engine.load(await picoFiles());
  const forward = engine.executor.forward.bind(engine.executor);
  engine.executor.forward = (cache, input, signal) => {
    fed.length = cache.length;
    fed.push(...tokensOf(input));
    runs.push(input);
    return forward(cache, input, signal);
  };
});
afterAll(() => engine.dispose());

function tokensOf({ tokenIds, positions }: DecoderInput): FedToken[] {
  const { length } = tokenIds;
  return Array.from(tokenIds, (id, i) => ({
    id,
    position: [positions[i]!, positions[length + i]!, positions[2 * length + i]!],
  }));
}

async function withPictures(messages: readonly FixtureMessage[]): Promise<ChatMessage[]> {
  const names = [...new Set(picturesOf(messages))];
  const files = new Map<string, Blob>();
  for (const name of names) files.set(name, await parityPicture(name));
  return messages.map(({ role, content }) => ({
    role,
    content:
      typeof content === 'string'
        ? content
        : content.map((part) =>
            part.type === 'text' ? part : { type: 'image' as const, image: files.get(part.picture)! },
          ),
  }));
}

/** Asks greedily; afterwards `fed` holds the prompt and the generated tokens after it. */
async function ask(messages: ChatMessage[], maxTokens = 40): Promise<ChatResult> {
  runs = [];
  return engine.chat({ messages, sampling: GREEDY, maxPixels: fixtures.file.maxPixels, maxTokens });
}

const split = (promptLength: number) => ({
  prompt: fed.slice(0, promptLength),
  generated: fed.slice(promptLength),
});

const axis = (tokens: readonly FedToken[], which: number): number[] =>
  tokens.map(({ position }) => position[which]!);

/** `<|im_end|>`. */
const END_OF_TURN = 675;

describe('what the decoder is fed', () => {
  it('puts the first generated token of a text-only prompt of N tokens at position N', async () => {
    const { usage } = await ask([{ role: 'user', content: 'How many shapes are there?' }]);
    const n = usage.promptTokens;
    const { prompt, generated } = split(n);
    for (const which of [0, 1, 2])
      expect(axis(prompt, which)).toEqual(Array.from({ length: n }, (_, i) => i));
    expect(generated.length).toBeGreaterThan(2);
    for (const [index, { position }] of generated.entries()) {
      expect(position).toEqual([n + index, n + index, n + index]);
    }
  });

  it('continues after a picture at its longer side, not at its number of tokens', async () => {
    // 128 x 96 pixels are 4 x 3 = 12 tokens, which take max(4, 3) = 4 positions.
    const { usage } = await ask(
      await withPictures([
        {
          role: 'user',
          content: [
            { type: 'image', picture: 'shapes-128x96.png' },
            { type: 'text', text: 'How many shapes are there?' },
          ],
        },
      ]),
    );
    expect(usage.imageTokens).toBe(12);
    const first = usage.promptTokens - 12 + 4;
    const { generated } = split(usage.promptTokens);
    expect(generated.length).toBeGreaterThan(2);
    for (const [index, { position }] of generated.entries()) {
      expect(position).toEqual([first + index, first + index, first + index]);
    }
  });

  it.each([
    'text: greeting',
    'text: long',
    'one picture: shapes',
    'one picture: very wide',
    'one picture: as large as the table',
    'one picture: question first',
    'one picture: second question',
    'one picture: in the second turn',
    'one picture: before a long text',
    'two pictures: sizes that differ',
    'two pictures: one in each turn',
    'three pictures',
  ])("is what PyTorch's model reads and says: %s", async (name) => {
    const fixture = fixtures.file.cases.find((candidate) => candidate.name === name)!;
    const { greedy } = fixture;
    const ends = greedy.at(-1) === END_OF_TURN;
    const result = await ask(await withPictures(fixture.messages), ends ? undefined : greedy.length);
    const length = fixture.tokenIds.length;
    const { prompt, generated } = split(length);
    expect(prompt.map(({ id }) => id)).toEqual(fixture.tokenIds);
    for (const which of [0, 1, 2]) expect(axis(prompt, which)).toEqual(fixture.positions[which]);

    // What is drawn last is not fed; the end of the turn is not shown either.
    const fed = greedy.slice(0, -1);
    expect(generated.map(({ id }) => id)).toEqual(fed);
    for (const [index, { position }] of generated.entries()) {
      const next = length + fixture.delta + index;
      expect(position).toEqual([next, next, next]);
    }
    for (const { tokenIds, pictures } of runs.slice(-fed.length)) {
      expect(tokenIds.length).toBe(1);
      expect(pictures).toEqual([]);
    }
    expect(result.usage).toMatchObject({
      promptTokens: length,
      completionTokens: ends ? fed.length : greedy.length,
    });
    expect(result.finishReason).toBe(ends ? 'stop' : 'length');
  });

  it('names every picture that a run of the prompt touches, counted from that run', async () => {
    // Long enough for several runs, with pictures in the first, across a border and in the last.
    const words = (count: number) => ({ type: 'text' as const, text: 'What shape is red? '.repeat(count) });
    const picture = { type: 'image' as const, picture: 'shapes-256x256.png' };
    await ask(
      await withPictures([
        { role: 'user', content: [picture, words(20), picture, words(10), picture, words(20), picture] },
      ]),
    );
    const imagePad = engine.tokenizer.visionTokenIds!.imagePad;
    const tokenIds = fed.map(({ id }) => id);
    const starts = tokenIds.flatMap((id, i) => (id === imagePad && tokenIds[i - 1] !== imagePad ? [i] : []));
    expect(starts.length).toBe(4);
    // The few tokens before the first picture are known from the question before.
    let from = fed.length - runs.reduce((sum, run) => sum + run.tokenIds.length, 0);
    expect(from).toBeLessThanOrEqual(starts[0]!);
    let crossing = 0;
    for (const { tokenIds: run, pictures } of runs) {
      const to = from + run.length;
      const touched = starts.filter((start) => start < to && start + 64 > from);
      expect(pictures.map(({ start }) => start + from)).toEqual(touched);
      crossing += touched.filter((start) => start < from).length;
      from = to;
    }
    expect(crossing).toBeGreaterThan(0);
  });
});
