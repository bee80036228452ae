/** Numbers of JSON as languages: ranges and multiples of decimal notation. */
import type { Automaton } from './automaton.ts';
import { charactersOf, setOf } from './character_set.ts';
import { all, type Language, matching } from './language.ts';
import {
  choice,
  EMPTY,
  literal,
  NOTHING,
  oneOf,
  optional,
  type Pattern,
  repeat,
  sequence,
  set,
} from './pattern.ts';

/** What is asked of a number. */
export interface NumberBounds {
  integer: boolean;
  min?: number;
  max?: number;
  exclusiveMin?: number;
  exclusiveMax?: number;
  multipleOf?: readonly number[];
}

/**
 * Up to 15 significant digits a decimal number and the double nearest to it name each other: what is beyond a
 * bound in decimals is beyond it as it is read back (IEEE 754, 53 bits of significand).
 */
const SIGNIFICANT_DIGITS = 15;
/** Decimals of a number that has bounds, unless they have more. */
const DECIMALS = 6;
/** States of the automaton for multiples. */
const MAX_MULTIPLE_STATES = 2000;

const DIGIT = set(setOf([48, 57]));
const NON_ZERO = set(setOf([49, 57]));
const INFINITE = Number.POSITIVE_INFINITY;

function digits(min: number, max: number): Pattern {
  return repeat(DIGIT, min, max);
}

function wholePart(maxDigits: number): Pattern {
  return choice(oneOf('0'), sequence(NON_ZERO, digits(0, maxDigits - 1)));
}

const MINUS = oneOf('-');
/** It is no smaller than 0. */
const MINUS_ZERO = sequence(literal('-0'), optional(sequence(oneOf('.'), repeat(oneOf('0'), 1, INFINITE))));

/**
 * The numbers that fulfil the bounds, in plain decimal notation; with an exponent only where nothing is asked.
 *
 * @returns null if a multiple is asked of that would take too large an automaton
 */
export function numberLanguage(bounds: NumberBounds): Language | null {
  const { integer, min, max, exclusiveMin, exclusiveMax, multipleOf = [] } = bounds;
  const limits = [min, max, exclusiveMin, exclusiveMax].filter((limit) => limit !== undefined);
  if (limits.length === 0 && multipleOf.length === 0) return matching(integer ? anyInteger() : anyNumber());
  const decimals = integer
    ? 0
    : Math.min(SIGNIFICANT_DIGITS, Math.max(DECIMALS, ...limits.map(countDecimals)));
  const wholeDigits = Math.max(SIGNIFICANT_DIGITS, ...limits.map((limit) => decimal(limit).whole.length));
  const conditions: Language[] = [
    matching(shape(integer ? 0 : decimals, wholeDigits)),
    { kind: 'not', language: matching(MINUS_ZERO) },
  ];
  const least = (value: number, strict: boolean) => conditions.push(matching(above(decimal(value), strict)));
  const most = (value: number, strict: boolean) => conditions.push(matching(below(decimal(value), strict)));
  if (min !== undefined) least(min, false);
  if (exclusiveMin !== undefined) least(exclusiveMin, true);
  if (max !== undefined) most(max, false);
  if (exclusiveMax !== undefined) most(exclusiveMax, true);
  for (const factor of multipleOf) {
    const multiples = multiplesOf(factor, decimals);
    if (multiples === null) return null;
    conditions.push(multiples);
  }
  return all(conditions);
}

function anyInteger(): Pattern {
  return choice(oneOf('0'), sequence(optional(MINUS), NON_ZERO, digits(0, SIGNIFICANT_DIGITS - 1)));
}

/** Two digits of exponent at most: more would not be finite any more. */
function anyNumber(): Pattern {
  const exponent = sequence(oneOf('eE'), optional(oneOf('+-')), digits(1, 2));
  const fraction = sequence(oneOf('.'), digits(1, SIGNIFICANT_DIGITS));
  return sequence(optional(MINUS), wholePart(SIGNIFICANT_DIGITS), optional(fraction), optional(exponent));
}

/** Numbers of at most so many digits altogether, if they have decimals. */
function shape(decimals: number, wholeDigits: number): Pattern {
  const whole = wholePart(wholeDigits);
  if (decimals === 0) return sequence(optional(MINUS), whole);
  const short = wholePart(Math.max(1, SIGNIFICANT_DIGITS - decimals));
  return sequence(optional(MINUS), choice(whole, sequence(short, oneOf('.'), digits(1, decimals))));
}

interface Decimal {
  negative: boolean;
  /** Without leading zeros; "0" for none. */
  whole: string;
  /** Without trailing zeros. */
  fraction: string;
}

/** A number's shortest decimal notation, without exponent. */
function decimal(value: number): Decimal {
  const [mantissa, exponent] = Math.abs(value).toString().split('e') as [string, string?];
  const [before, after = ''] = mantissa.split('.') as [string, string?];
  const shift = Number(exponent ?? 0);
  const all = `${before}${after}`;
  const point = before.length + shift;
  const padded = point > all.length ? all.padEnd(point, '0') : point < 0 ? '0'.repeat(-point) + all : all;
  const at = Math.max(0, point);
  return {
    negative: value < 0,
    whole: padded.slice(0, at).replace(/^0+/, '') || '0',
    fraction: padded.slice(at).replace(/0+$/, ''),
  };
}

function countDecimals(value: number): number {
  return decimal(value).fraction.length;
}

const ANY_WHOLE = wholePart(INFINITE);
const ANY_FRACTION = optional(sequence(oneOf('.'), digits(1, INFINITE)));
const NOT_NEGATIVE = sequence(ANY_WHOLE, ANY_FRACTION);

/** Numbers from a bound on. */
function above(bound: Decimal, strict: boolean): Pattern {
  if (!bound.negative) return largerThan(bound, strict);
  return choice(NOT_NEGATIVE, sequence(MINUS, smallerThan(bound, strict)));
}

/** Numbers up to a bound. */
function below(bound: Decimal, strict: boolean): Pattern {
  if (bound.negative) return sequence(MINUS, largerThan(bound, strict));
  return choice(sequence(MINUS, NOT_NEGATIVE), smallerThan(bound, strict));
}

/** Numbers without sign that are larger than one, or equal. */
function largerThan({ whole, fraction }: Decimal, strict: boolean): Pattern {
  const longer = sequence(NON_ZERO, digits(whole.length, INFINITE));
  const largerWhole: Pattern[] = [whole === '0' ? sequence(NON_ZERO, digits(0, INFINITE)) : longer];
  [...whole].forEach((digit, i) => {
    const first = Number(digit) + 1;
    if (first > 9 || whole === '0') return;
    largerWhole.push(
      sequence(
        literal(whole.slice(0, i)),
        digitRange(first, 9),
        digits(whole.length - i - 1, whole.length - i - 1),
      ),
    );
  });
  const same = sequence(literal(whole), fractionAbove(fraction, strict));
  return choice(sequence(choice(...largerWhole), ANY_FRACTION), same);
}

/** Numbers without sign that are smaller than one, or equal. */
function smallerThan({ whole, fraction }: Decimal, strict: boolean): Pattern {
  const smallerWhole: Pattern[] = [];
  if (whole.length > 1) smallerWhole.push(wholePart(whole.length - 1));
  [...whole].forEach((digit, i) => {
    const first = i === 0 && whole.length > 1 ? 1 : 0;
    if (Number(digit) - 1 < first) return;
    smallerWhole.push(
      sequence(
        literal(whole.slice(0, i)),
        digitRange(first, Number(digit) - 1),
        digits(whole.length - i - 1, whole.length - i - 1),
      ),
    );
  });
  const same = sequence(literal(whole), fractionBelow(fraction, strict));
  if (smallerWhole.length === 0) return same;
  return choice(sequence(choice(...smallerWhole), ANY_FRACTION), same);
}

function digitRange(first: number, last: number): Pattern {
  return set(setOf([48 + first, 48 + last]));
}

/** Decimals, with their point, that are larger than these digits, or equal; perhaps none. */
function fractionAbove(fraction: string, strict: boolean): Pattern {
  const point = oneOf('.');
  const isZero = fraction === '';
  const options: Pattern[] = [...fraction].flatMap((digit, i) =>
    digit === '9'
      ? []
      : [sequence(literal(fraction.slice(0, i)), digitRange(Number(digit) + 1, 9), digits(0, INFINITE))],
  );
  const zeros = repeat(oneOf('0'), 0, INFINITE);
  // The same digits, and more that are not all zero; or, if it may be equal, anything.
  const beyond = sequence(zeros, NON_ZERO, digits(0, INFINITE));
  if (strict) options.push(sequence(literal(fraction), beyond));
  else options.push(sequence(literal(fraction), isZero ? digits(1, INFINITE) : digits(0, INFINITE)));
  const some = sequence(point, choice(...options));
  return isZero && !strict ? choice(EMPTY, some) : some;
}

/** Decimals, with their point, that are smaller than these digits, or equal; perhaps none. */
function fractionBelow(fraction: string, strict: boolean): Pattern {
  const point = oneOf('.');
  const zeros = (min: number) => repeat(oneOf('0'), min, INFINITE);
  if (fraction === '') return strict ? NOTHING : optional(sequence(point, zeros(1)));
  const options: Pattern[] = [...fraction].flatMap((digit, i) => {
    const before = fraction.slice(0, i);
    // To end early is to go on with zeros, which is smaller, since the digits do not end with one.
    const ended = i === 0 ? [] : [literal(before)];
    if (digit === '0') return ended;
    return [...ended, sequence(literal(before), digitRange(0, Number(digit) - 1), digits(0, INFINITE))];
  });
  if (!strict) options.push(sequence(literal(fraction), zeros(0)));
  return optional(sequence(point, choice(...options)));
}

/**
 * Decimal numbers that are whole multiples of a factor: reading digit by digit, the remainder so far and the
 * decimals read are all that counts.
 */
function multiplesOf(factor: number, maxDecimals: number): Language | null {
  const { whole, fraction } = decimal(factor);
  const places = fraction.length;
  const step = Number(`${whole}${fraction}`);
  const stateCount = 2 + step * (places + 2);
  if (!Number.isSafeInteger(step) || step < 1 || stateCount > MAX_MULTIPLE_STATES) return null;
  // 0: before all, 1: behind the sign, then by decimals read (0: before the point) and remainder.
  const stateOf = (decimals: number, remainder: number) => 2 + decimals * step + remainder;
  const accepting: boolean[] = [false, false];
  const transitions: { set: ReturnType<typeof charactersOf>; to: number }[][] = [];
  const onDigits = (target: (digit: number) => number) =>
    Array.from({ length: 10 }, (_, digit) => ({ set: charactersOf(String(digit)), to: target(digit) }));
  const first = onDigits((digit) => stateOf(0, digit % step));
  transitions.push([{ set: charactersOf('-'), to: 1 }, ...first], first);
  const count = Math.min(places, maxDecimals);
  for (let decimals = 0; decimals <= count; decimals++) {
    for (let remainder = 0; remainder < step; remainder++) {
      accepting.push((remainder * 10 ** (places - decimals)) % step === 0);
      const next = (digit: number) => (10 * remainder + digit) % step;
      if (decimals > 0) {
        transitions.push(decimals < count ? onDigits((digit) => stateOf(decimals + 1, next(digit))) : []);
      } else {
        // The point has a state of its own, in which no number ends.
        const point = stateOf(count + 1, remainder);
        const dot = count > 0 ? [{ set: charactersOf('.'), to: point }] : [];
        transitions.push([...onDigits((digit) => stateOf(0, next(digit))), ...dot]);
      }
    }
  }
  for (let remainder = 0; remainder < step; remainder++) {
    accepting.push(false);
    transitions.push(count > 0 ? onDigits((digit) => stateOf(1, (10 * remainder + digit) % step)) : []);
  }
  const automaton: Automaton = { accepting, transitions };
  return { kind: 'automaton', automaton };
}
