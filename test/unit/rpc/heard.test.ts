import { expect, test } from 'vitest';
import type { ChatEvent, ChatResult } from '../../../src/model/request.ts';
import { HeardEvents, HeardOnce } from '../../../src/rpc/heard.ts';

const text = (value: string, tokens: number): ChatEvent => ({ type: 'text', text: value, tokens });

test('an answer that is given once more is heard once', () => {
  const heard = new HeardEvents();
  const answer: ChatEvent[] = [
    { type: 'prefill', doneTokens: 0, totalTokens: 9 },
    { type: 'reasoning', text: 'Hm', tokens: 1 },
    text('It', 2),
    text('It', 3),
    { type: 'tool-call', index: 0, id: 'call_1', name: 'look', tokens: 4 },
    { type: 'tool-arguments', index: 0, text: '{}', tokens: 5 },
  ];
  const passed: ChatEvent[] = [];
  const give = (events: readonly ChatEvent[]) => {
    for (const event of events) if (heard.isNew(event)) passed.push(event);
  };
  give(answer.slice(0, 3));
  heard.begin();
  heard.restart();
  expect(heard.begun).toBe(false);
  // The way to the first words is not told again, once they were heard.
  give(answer.slice(0, 5));
  heard.restart();
  give(answer.map((event) => (event.type === 'tool-call' ? { ...event, id: 'call_2' } : event)));
  expect(passed).toEqual(answer);
  expect(heard.diverged).toBe(false);
  const result = { text: 'ItIt', toolCalls: [{ id: 'call_2', name: 'look', arguments: '{}' }] } as ChatResult;
  expect(heard.complete(result).toolCalls).toEqual([{ id: 'call_1', name: 'look', arguments: '{}' }]);
});

test('progress is told again as long as no word was heard', () => {
  const heard = new HeardEvents();
  const step: ChatEvent = { type: 'prefill', doneTokens: 0, totalTokens: 9 };
  expect(heard.isNew(step)).toBe(true);
  heard.restart();
  expect(heard.isNew(step)).toBe(true);
});

test('an answer that becomes another is noticed, and nothing of it is passed on', () => {
  const heard = new HeardOnce();
  expect([heard.isNew({ a: 1 }), heard.isNew({ a: 2 })]).toEqual([true, true]);
  heard.restart();
  expect([heard.isNew({ a: 1 }), heard.isNew({ a: 3 }), heard.isNew({ a: 2 })]).toEqual([
    false,
    false,
    false,
  ]);
  expect(heard.diverged).toBe(true);
  heard.restart();
  expect([heard.isNew({ a: 1 }), heard.isNew({ a: 2 }), heard.isNew({ a: 3 })]).toEqual([false, false, true]);
  expect(heard.diverged).toBe(false);
});

test('names, times and last digits may differ from try to try, words may not', () => {
  const heard = new HeardOnce();
  const chunk = (n: number, content: string) => ({
    id: `chatcmpl-${n}`,
    created: n,
    choices: [{ delta: { content }, logprobs: { content: [{ token: content, logprob: -1 - n / 1e6 }] } }],
    usage: { cached: n },
  });
  heard.isNew(chunk(1, 'a'));
  heard.restart();
  expect(heard.isNew(chunk(2, 'a'))).toBe(false);
  expect(heard.diverged).toBe(false);
  heard.restart();
  heard.isNew(chunk(3, 'b'));
  expect(heard.diverged).toBe(true);
});
