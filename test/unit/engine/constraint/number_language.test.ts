import { describe, expect, it } from 'vitest';
import { automatonOf } from '../../../../src/engine/constraint/automaton.ts';
import { contains } from '../../../../src/engine/constraint/character_set.ts';
import { type NumberBounds, numberLanguage } from '../../../../src/engine/constraint/number_language.ts';
import { randomFrom } from '../../../support/random.ts';

function matcher(bounds: NumberBounds): (text: string) => boolean {
  const automaton = automatonOf(numberLanguage(bounds)!);
  return (text) => {
    let state = 0;
    for (const character of text) {
      const next = automaton?.transitions[state]?.find(({ set }) => contains(set, character.charCodeAt(0)));
      if (next === undefined) return false;
      state = next.to;
    }
    return automaton?.accepting[state] ?? false;
  };
}

/** Numbers near the bounds and elsewhere, of at most six decimals. */
function samples({ min, max, exclusiveMin, exclusiveMax }: NumberBounds): string[] {
  const random = randomFrom(3);
  const centers = [0, min, max, exclusiveMin, exclusiveMax].filter((one) => one !== undefined);
  const numbers = Array.from({ length: 3000 }, (_, i) => {
    const center = centers[i % centers.length]!;
    const spread = 10 ** Math.floor(random() * 8 - 5);
    const text = (center + (random() * 2 - 1) * spread).toFixed(Math.floor(random() * 7));
    return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
  });
  return [...numbers, ...centers.map(String)].filter((text) => Number(text) !== 0 || text === '0');
}

const BOUNDS: NumberBounds[] = [
  { integer: true, min: 3, max: 120 },
  { integer: true, min: 0 },
  { integer: true, min: 1.5, max: 3.5 },
  { integer: true, exclusiveMin: 5, exclusiveMax: 7 },
  { integer: true, min: -10, max: -3 },
  { integer: true, min: 2023, max: 2031 },
  { integer: false, min: -1.5, max: 2.25 },
  { integer: false, exclusiveMin: 0 },
  { integer: false, exclusiveMax: 0 },
  { integer: false, max: -0.5 },
  { integer: false, exclusiveMin: 0.05, exclusiveMax: 0.1 },
  { integer: false, min: 1e-4, max: 1e9 },
  { integer: false, min: 100, max: 1000.5, exclusiveMin: 100 },
];

describe('numbers within bounds', () => {
  it('are those and no others', () => {
    for (const bounds of BOUNDS) {
      const { integer, min, max, exclusiveMin, exclusiveMax } = bounds;
      const isIn = matcher(bounds);
      const wrong = samples(bounds).filter((text) => {
        const value = Number(text);
        const fits =
          (!integer || !text.includes('.')) &&
          !(value < (min ?? Number.NEGATIVE_INFINITY)) &&
          !(value > (max ?? Number.POSITIVE_INFINITY)) &&
          !(exclusiveMin !== undefined && value <= exclusiveMin) &&
          !(exclusiveMax !== undefined && value >= exclusiveMax);
        return isIn(text) !== fits;
      });
      expect({ bounds, wrong: wrong.slice(0, 3) }).toEqual({ bounds, wrong: [] });
    }
  });

  it('are multiples where that is asked, also of decimals and of several', () => {
    const cases: [NumberBounds, string[], string[]][] = [
      [{ integer: true, multipleOf: [7], min: -20, max: 20 }, ['-14', '0', '7'], ['1', '21', '-21']],
      [{ integer: false, multipleOf: [0.01], min: 0 }, ['0', '19.99', '3.5', '7'], ['0.001', '-1']],
      [{ integer: false, multipleOf: [0.25] }, ['-0.75', '1.5', '12'], ['0.3', '1.2']],
      [{ integer: false, multipleOf: [2.5] }, ['2.5', '10', '-7.5'], ['1', '2.4']],
      [{ integer: true, multipleOf: [4, 6] }, ['12', '24', '-36'], ['4', '6', '18']],
    ];
    for (const [bounds, fits, unfit] of cases) {
      expect([...fits, ...unfit].filter(matcher(bounds))).toEqual(fits);
    }
    expect(numberLanguage({ integer: true, multipleOf: [12_345] })).toBeNull();
  });

  it('are written as JSON has them, and stay finite', () => {
    const isNumber = matcher({ integer: false });
    const numbers = ['0', '-1', '1.5', '1e5', '2.5E-10', '123456789012345'];
    const others = ['01', '+1', '.5', '1.', '1e', '1e400', '--1', '', '1e+999'];
    expect([...numbers, ...others].filter(isNumber)).toEqual(numbers);
    expect(['-0', '-0.0', '0', '0.0'].filter(matcher({ integer: false, max: 0 }))).toEqual(['0', '0.0']);
    expect(['-0', '-0.0', '0'].filter(matcher({ integer: false, exclusiveMax: 0 }))).toEqual([]);
  });
});
