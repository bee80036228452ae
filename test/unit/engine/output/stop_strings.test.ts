import { describe, expect, it } from 'vitest';
import { StopStrings } from '../../../../src/engine/output/stop_strings.ts';

/** Feeds pieces; returns what came out piece by piece, and where it stopped. */
function feed(stops: string[], pieces: string[]): { texts: string[]; stopped: boolean; rest: string } {
  const strings = new StopStrings(stops);
  const texts: string[] = [];
  for (const piece of pieces) {
    const { text, stopped } = strings.push(piece);
    texts.push(text);
    if (stopped) return { texts, stopped, rest: strings.end() };
  }
  return { texts, stopped: false, rest: strings.end() };
}

describe('stop strings', () => {
  it('let text through at once when nothing can follow that would change it', () => {
    expect(feed([], ['a', 'bc'])).toEqual({ texts: ['a', 'bc'], stopped: false, rest: '' });
  });

  it('end the text before them, also where they are spread over pieces', () => {
    expect(feed(['END'], ['one ', 'E', 'N', 'D more'])).toEqual({
      texts: ['one ', '', '', ''],
      stopped: true,
      rest: '',
    });
    expect(feed(['b c'], ['a b', ' c d']).texts.join('')).toBe('a ');
  });

  it('give back what was held when it turns out to be none', () => {
    expect(feed(['END'], ['EN', 'OUGH'])).toEqual({ texts: ['', 'ENOUGH'], stopped: false, rest: '' });
    expect(feed(['END'], ['x EN'])).toEqual({ texts: ['x '], stopped: false, rest: 'EN' });
  });

  it('are found where they begin again inside a false start', () => {
    expect(feed(['aab'], ['a', 'a', 'a', 'b']).texts.join('')).toBe('a');
  });

  it('end the text at the earliest', () => {
    expect(feed(['two', 'one'], ['zero one two'])).toMatchObject({ texts: ['zero '], stopped: true });
  });
});
