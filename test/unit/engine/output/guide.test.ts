import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../../src/engine/output/answer_reader.ts';
import { Guide, type GuideOptions } from '../../../../src/engine/output/guide.ts';
import type { PromptThought } from '../../../../src/engine/output/marks.ts';
import { ThoughtBudget } from '../../../../src/engine/output/thought_budget.ts';
import { idsOf, tokenizer } from './tokens.ts';

const ALL = Array.from({ length: tokenizer.vocabSize }, (_, id) => id);
const [open, brace, letter] = ['<think>', '{', 'a'].map((text) => idsOf(text)[0]!) as [
  number,
  number,
  number,
];

function idsIn(bits: Uint32Array | null): number[] | null {
  return bits && ALL.filter((id) => (bits[id >>> 5]! >>> (id & 31)) & 1);
}

/** Allows a brace first, then anything. */
class Braces {
  readonly isFree = false;
  readonly isIdle = false;
  readonly turns: ReadonlySet<number> = new Set();
  readonly accepted: number[] = [];
  async prepare(): Promise<void> {}
  allowed(): Uint32Array<ArrayBuffer> | null {
    if (this.accepted.length > 0) return null;
    const bits = new Uint32Array(Math.ceil(tokenizer.vocabSize / 32));
    bits[brace >>> 5] = 1 << (brace & 31);
    return bits;
  }
  accept(id: number): void {
    this.accepted.push(id);
  }
  dispose(): void {}
}

function guideOf(
  thought: PromptThought,
  { budget, ...more }: Partial<Omit<GuideOptions, 'budget'>> & { budget?: number },
) {
  const reader = new AnswerReader({
    tokenizer,
    thought,
    marks: true,
    tools: true,
    continues: false,
    stop: [],
    callId: String,
  });
  const guide = new Guide({
    reader,
    tokenizer,
    budget: budget === undefined ? null : new ThoughtBudget(tokenizer, budget, thought === 'open'),
    constraint: null,
    mayThink: false,
    ...more,
  });
  return {
    guide,
    reader,
    allowed: () => idsIn(guide.steering.allowed!()),
    free: () => guide.steering.free!(),
    push: (text: string) => idsOf(text).flatMap((id) => guide.push(id)),
  };
}

describe('what comes next', () => {
  it('is left to the model where nothing was asked for', () => {
    expect(guideOf('open', {}).guide.steering).toEqual({});
  });

  it('is constrained from the first token on, where no thought may come', () => {
    const constraint = new Braces();
    const { allowed, push, free } = guideOf('closed', { constraint });
    expect([allowed(), free()]).toEqual([[brace], 0]);
    push('{"');
    expect(constraint.accepted).toEqual(idsOf('{"'));
    expect([allowed(), free()]).toEqual([null, 0]);
  });

  it('may be a thought in place of the answer, where one may come', () => {
    const constraint = new Braces();
    const { allowed, push } = guideOf('none', { constraint, mayThink: true });
    expect(allowed()).toEqual([brace, open].toSorted((a, b) => a - b));
    push('{');
    expect(constraint.accepted).toEqual([brace]);
    expect(allowed()).toBeNull();
  });

  it('is free within a thought, which does not end the answer, and constrained behind it', () => {
    for (const thought of ['none', 'open'] as const) {
      const constraint = new Braces();
      const { guide, allowed, push, free } = guideOf(thought, { constraint, mayThink: thought === 'none' });
      push(thought === 'none' ? '<think>\nHm.' : '\nHm.');
      expect(allowed()).toEqual(ALL.filter((id) => !tokenizer.endTokenIds.has(id)));
      // Up to the mark of its end, which is told by its token.
      expect([free(), guide.steering.turns]).toEqual([Number.POSITIVE_INFINITY, new Set(idsOf('</think>'))]);
      push('</think>');
      // As the templates have it, two line breaks stand before the answer.
      for (let i = 0; i < 2; i++) {
        expect(allowed()).toEqual(idsOf('\n'));
        expect(push('\n')).toEqual([]);
      }
      expect(constraint.accepted).toEqual([]);
      expect(allowed()).toEqual([brace]);
      push('{');
      expect(constraint.accepted).toEqual([brace]);
    }
  });

  it('is an end of the thought when its budget is used up, and the constrained answer after that', () => {
    const constraint = new Braces();
    const { allowed, push, guide, reader } = guideOf('open', { constraint, budget: 3 });
    push('aa');
    expect(allowed()).toContain(letter);
    push('a');
    let words = '';
    while (allowed()!.length === 1 && allowed()![0] !== brace) {
      const [id] = allowed()!;
      words += new TextDecoder().decode(tokenizer.decodeBytes(id!));
      guide.push(id!);
    }
    expect(words).toMatch(/^\n\nConsidering [^\n]+\n<\/think>\n\n$/);
    expect(reader.phase).toBe('text');
    expect(constraint.accepted).toEqual([]);
    expect(allowed()).toEqual([brace]);
  });

  it('runs ahead as far as a budget reaches', () => {
    const { push, free } = guideOf('none', { budget: 3, mayThink: true });
    expect(free()).toBe(4);
    push('<think>');
    expect(free()).toBe(3);
    push('aaa');
    expect(free()).toBe(0);
    const { push: say, free: freeOf } = guideOf('none', { budget: 3 });
    say('a');
    expect(freeOf()).toBe(Number.POSITIVE_INFINITY);
  });
});
