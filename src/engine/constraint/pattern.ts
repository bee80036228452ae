import { type CharacterSet, charactersOf } from './character_set.ts';

/** A set of texts, as regular expressions write it. */
export type Pattern =
  | { kind: 'set'; set: CharacterSet }
  | { kind: 'sequence'; parts: readonly Pattern[] }
  | { kind: 'choice'; options: readonly Pattern[] }
  /** `max` may be infinite. */
  | { kind: 'repeat'; part: Pattern; min: number; max: number }
  /** The text begins or ends here. */
  | { kind: 'start' }
  | { kind: 'end' }
  /** What comes next begins like `part`, or does not. */
  | { kind: 'look'; part: Pattern; negative: boolean };

/** The empty text alone. */
export const EMPTY: Pattern = { kind: 'sequence', parts: [] };

/** No text at all. */
export const NOTHING: Pattern = { kind: 'choice', options: [] };

export function set(characters: CharacterSet): Pattern {
  return { kind: 'set', set: characters };
}

export function oneOf(characters: string): Pattern {
  return set(charactersOf(characters));
}

export function literal(text: string): Pattern {
  return sequence(...[...text].map(oneOf));
}

export function sequence(...parts: readonly Pattern[]): Pattern {
  const flat = parts.flatMap((part) => (part.kind === 'sequence' ? part.parts : [part]));
  return flat.length === 1 ? flat[0]! : { kind: 'sequence', parts: flat };
}

export function choice(...options: readonly Pattern[]): Pattern {
  const flat = options.flatMap((option) => (option.kind === 'choice' ? option.options : [option]));
  return flat.length === 1 ? flat[0]! : { kind: 'choice', options: flat };
}

export function repeat(part: Pattern, min: number, max: number): Pattern {
  return min === 1 && max === 1 ? part : { kind: 'repeat', part, min, max };
}

export function optional(part: Pattern): Pattern {
  return repeat(part, 0, 1);
}

/** Whether anchors or lookaheads occur in it, which say something of more than the text that is matched. */
export function looksAround(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'set':
      return false;
    case 'sequence':
      return pattern.parts.some(looksAround);
    case 'choice':
      return pattern.options.some(looksAround);
    case 'repeat':
      return looksAround(pattern.part);
    default:
      return true;
  }
}
