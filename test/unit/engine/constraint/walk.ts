/** Goes through grammars as a model would that draws any allowed token. */

import type { ConstraintRequest } from '../../../../src/engine/constraint/compiler.ts';
import { ConstraintCompiler } from '../../../../src/engine/constraint/compiler.ts';
import { Tokenizer } from '../../../../src/model/tokenizer.ts';
import { randomFrom } from '../../../support/random.ts';
import { variedTexts } from '../../../support/texts.ts';
import { trainVocabulary } from '../../../support/vocabulary.ts';

const vocabulary = trainVocabulary(variedTexts(300, 1), 400);

export const tokenizer = new Tokenizer({
  fileName: 'walk',
  model: 'gpt2',
  pre: 'qwen2',
  ...vocabulary,
  bosTokenId: null,
  eosTokenId: vocabulary.tokens.indexOf('<|im_end|>'),
  eotTokenId: null,
});

let compiler: Promise<ConstraintCompiler> | null = null;

export function constraintOf(request: Partial<ConstraintRequest>) {
  compiler ??= ConstraintCompiler.create(tokenizer);
  return compiler.then((one) => one.compile({ format: null, calls: null, begun: '', ...request }));
}

export function idsIn(bits: Uint32Array): number[] {
  const ids: number[] = [];
  for (let id = 0; id < 32 * bits.length; id++) if ((bits[id >>> 5]! >>> (id & 31)) & 1) ids.push(id);
  return ids;
}

export interface Walk {
  text: string;
  /** It came to an end that the constraint allows; else it was cut off. */
  stopped: boolean;
}

/** Tokens that end something, which any token would seldom be. */
const closing = new Set(vocabulary.tokens.flatMap((token, id) => (/^["}\],]+$/.test(token) ? [id] : [])));

/** Draws tokens until one ends the answer. */
export async function walk(
  request: Partial<ConstraintRequest>,
  seed: number,
  maxTokens = 300,
): Promise<Walk> {
  const constraint = await constraintOf(request);
  const random = randomFrom(seed);
  const bytes: number[] = [];
  try {
    for (let i = 0; i < maxTokens; i++) {
      await constraint.prepare();
      const allowed = idsIn(constraint.allowed()!);
      const ends = allowed.filter((id) => closing.has(id) || tokenizer.endTokenIds.has(id));
      const choices = ends.length > 0 && random() < 0.25 ? ends : allowed;
      const id = choices[Math.floor(random() * choices.length)];
      if (id === undefined)
        throw new Error(`no token may come behind ${new TextDecoder().decode(new Uint8Array(bytes))}`);
      if (tokenizer.endTokenIds.has(id)) return { text: textOf(bytes), stopped: true };
      constraint.accept(id);
      bytes.push(...tokenizer.decodeBytes(id));
    }
    return { text: textOf(bytes), stopped: false };
  } finally {
    constraint.dispose();
  }
}

function textOf(bytes: readonly number[]): string {
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Whether an answer may be this text as a whole. */
export async function allows(request: Partial<ConstraintRequest>, text: string): Promise<boolean> {
  const constraint = await constraintOf(request);
  try {
    for (const byte of new TextEncoder().encode(text)) {
      await constraint.prepare();
      const id = idsIn(constraint.allowed()!).find((one) => {
        const bytes = tokenizer.decodeBytes(one);
        return tokenizer.isOrdinary(one) && bytes.length === 1 && bytes[0] === byte;
      });
      if (id === undefined) return false;
      constraint.accept(id);
    }
    await constraint.prepare();
    return idsIn(constraint.allowed()!).some((id) => tokenizer.endTokenIds.has(id));
  } finally {
    constraint.dispose();
  }
}
