import { describe, expect, it } from 'vitest';
import { MarkScanner, type Piece, promptThought } from '../../../../src/engine/output/marks.ts';
import { idsOf, tokenizer, withoutMarks } from './tokens.ts';

const ALL = ['thinkStart', 'thinkEnd', 'callStart', 'callEnd'] as const;

/** What comes out token by token, and at the end. */
function scan(
  ids: readonly number[],
  { marks = ALL as readonly (typeof ALL)[number][], of = tokenizer } = {},
) {
  const scanner = new MarkScanner(of, marks);
  return [...ids.map((id) => scanner.push(id)), scanner.end()];
}
const text = (text: string): Piece => ({ mark: null, text });
/** Ids of the bytes of a text, one each. */
const bytesOf = (text: string) => {
  const ids = new Map(Array.from({ length: 256 }, (_, id) => [tokenizer.decodeBytes(id)[0]!, id] as const));
  return [...new TextEncoder().encode(text)].map((byte) => ids.get(byte)!);
};

describe('marks', () => {
  it('are told by their tokens', () => {
    expect(scan(idsOf('<think>a</think><tool_call></tool_call>')).flat()).toEqual([
      { mark: 'thinkStart', text: '<think>' },
      text('a'),
      { mark: 'thinkEnd', text: '</think>' },
      { mark: 'callStart', text: '<tool_call>' },
      { mark: 'callEnd', text: '</tool_call>' },
    ]);
  });

  it('are text where they are spelt out, or not asked for', () => {
    const spelt = scan(tokenizer.encode('<think></think>')).flat();
    expect(spelt.map((piece) => piece.text).join('')).toBe('<think></think>');
    expect(spelt.every(({ mark }) => mark === null)).toBe(true);
    expect(scan(idsOf('<tool_call>'), { marks: ['thinkStart'] }).flat()).toEqual([text('<tool_call>')]);
  });

  it('are found in the text of a vocabulary that has no tokens for them', () => {
    const ids = withoutMarks.encode('a<think>b</th</think>c<');
    expect(scan(ids, { of: withoutMarks }).flat().reduce<Piece[]>(joined, [])).toEqual([
      text('a'),
      { mark: 'thinkStart', text: '<think>' },
      text('b</th'),
      { mark: 'thinkEnd', text: '</think>' },
      text('c<'),
    ]);
  });
});

function joined(pieces: Piece[], piece: Piece): Piece[] {
  const last = pieces.at(-1);
  if (last?.mark === null && piece.mark === null) last.text += piece.text;
  else pieces.push({ ...piece });
  return pieces;
}

describe('characters', () => {
  const texts = (ids: number[]) => scan(ids).map((pieces) => pieces.map((piece) => piece.text).join(''));

  it('are never broken', () => {
    expect(texts(bytesOf('é世😀'))).toEqual(['', 'é', '', '', '世', '', '', '', '😀', '']);
  });

  it('are dropped if they were never finished, by a mark as by the end', () => {
    const half = bytesOf('世').slice(0, 2);
    expect(texts([...bytesOf('a'), ...half])).toEqual(['a', '', '', '']);
    expect(texts([...half, ...idsOf('</think>'), ...bytesOf('b')]).join('')).toBe('</think>b');
  });

  it('are U+FFFD where bytes are no UTF-8', () => {
    const [broken] = Array.from({ length: 256 }, (_, id) => id).filter(
      (id) => tokenizer.decodeBytes(id)[0] === 0xff,
    );
    expect(texts([broken!, ...bytesOf('a')]).join('')).toBe('\ufffda');
  });

  it('may be a byte order mark', () => {
    expect(texts(bytesOf('\ufeffa')).join('')).toBe('\ufeffa');
  });

  it('of control tokens are not shown', () => {
    expect(texts([tokenizer.idOf('<|im_start|>')!, ...bytesOf('a')]).join('')).toBe('a');
  });
});

describe('where a prompt leaves a thought', () => {
  const of = (prompt: string) => promptThought(tokenizer.encode(prompt, { special: 'all' }), tokenizer);

  it('is told by its last turn', () => {
    expect(of('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n')).toBe('none');
    expect(of('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n')).toBe('open');
    expect(of('<|im_start|>assistant\n<think>\n\n</think>\n\n')).toBe('closed');
    expect(of('<|im_start|>assistant\n<think>\nhm\n</think>\n\nYes<|im_end|>\n<|im_start|>assistant\n')).toBe(
      'none',
    );
    expect(of('<think>')).toBe('none');
  });

  it('is not told by what somebody typed', () => {
    const turn = tokenizer.encode('<|im_start|>assistant\n', { special: 'all' });
    expect(promptThought([...turn, ...tokenizer.encode('<think>')], tokenizer)).toBe('none');
  });
});
