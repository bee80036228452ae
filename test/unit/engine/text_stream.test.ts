import { describe, expect, it } from 'vitest';
import { TextStream } from '../../../src/engine/text_stream.ts';

const utf8 = new TextEncoder();

/** Feeds pieces; returns what came out piece by piece, and where it stopped. */
function feed(
  stops: string[],
  pieces: (string | number[])[],
): { texts: string[]; stopped: boolean; rest: string } {
  const stream = new TextStream(stops);
  const texts: string[] = [];
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? utf8.encode(piece) : Uint8Array.from(piece);
    const { text, stopped } = stream.push(bytes);
    texts.push(text);
    if (stopped) return { texts, stopped, rest: stream.end() };
  }
  return { texts, stopped: false, rest: stream.end() };
}

describe('text stream', () => {
  it('passes text through at once when nothing can follow that would change it', () => {
    expect(feed([], ['a', 'bc'])).toEqual({ texts: ['a', 'bc'], stopped: false, rest: '' });
  });

  it('never breaks inside a character', () => {
    const bytes = [...utf8.encode('é世😀')];
    const { texts, rest } = feed(
      [],
      bytes.map((byte) => [byte]),
    );
    expect(texts).toEqual(['', 'é', '', '', '世', '', '', '', '😀']);
    expect(rest).toBe('');
  });

  it('drops a character that was never finished', () => {
    expect(feed([], ['a', [0xe4, 0xb8]])).toEqual({ texts: ['a', ''], stopped: false, rest: '' });
  });

  it('shows bytes that are no UTF-8 as U+FFFD and goes on', () => {
    expect(feed([], [[0xff], 'a']).texts.join('')).toBe('\ufffda');
  });

  it('keeps a byte order mark', () => {
    expect(feed([], ['\ufeffa']).texts).toEqual(['\ufeffa']);
  });

  it('ends before a stop string, also one spread over tokens', () => {
    expect(feed(['END'], ['one ', 'E', 'N', 'D more'])).toEqual({
      texts: ['one ', '', '', ''],
      stopped: true,
      rest: '',
    });
    expect(feed(['b c'], ['a b', ' c d']).texts.join('')).toBe('a ');
  });

  it('gives back what was held when it turns out to be no stop string', () => {
    expect(feed(['END'], ['EN', 'OUGH'])).toEqual({ texts: ['', 'ENOUGH'], stopped: false, rest: '' });
    expect(feed(['END'], ['x EN'])).toEqual({ texts: ['x '], stopped: false, rest: 'EN' });
  });

  it('finds a stop string that begins again inside a false start', () => {
    expect(feed(['aab'], ['a', 'a', 'a', 'b']).texts.join('')).toBe('a');
  });

  it('takes the earliest of several stop strings', () => {
    expect(feed(['two', 'one'], ['zero one two'])).toMatchObject({ texts: ['zero '], stopped: true });
  });

  it('finds stop strings of several bytes a character', () => {
    expect(feed(['。'], [[0xe5, 0xa5, 0xbd, 0xe3], [0x80, 0x82], 'x'])).toEqual({
      texts: ['好', ''],
      stopped: true,
      rest: '',
    });
  });
});
