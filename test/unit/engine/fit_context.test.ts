import { describe, expect, it } from 'vitest';
import { dropOldestTurns, promptRoom } from '../../../src/engine/fit_context.ts';
import type { ChatMessage } from '../../../src/model/chat.ts';

const message = (role: ChatMessage['role'], content: string): ChatMessage => ({ role, content });
const conversation = [
  message('system', 'rules'),
  message('user', 'first'),
  message('assistant', 'one'),
  message('user', 'second'),
  message('assistant', 'two'),
  message('user', 'third'),
];
const count = (messages: readonly ChatMessage[]) => messages.length;
const words = (messages: readonly ChatMessage[]) => messages.map(({ content }) => content);

describe('leaving out the oldest turns', () => {
  it('leaves a conversation that fits as it is', () => {
    expect(dropOldestTurns(conversation, 6, count)).toBe(conversation);
  });

  it('drops a question together with its answer, and no more than needed', () => {
    expect(words(dropOldestTurns(conversation, 5, count))).toEqual(['rules', 'second', 'two', 'third']);
    expect(words(dropOldestTurns(conversation, 3, count))).toEqual(['rules', 'third']);
  });

  it('keeps rules and the last question even if these are too long', () => {
    expect(words(dropOldestTurns(conversation, 1, count))).toEqual(['rules', 'third']);
  });
});

it('keeps room for the answer: as much as asked for, at most a quarter', () => {
  expect(promptRoom(1000, undefined)).toBe(750);
  expect(promptRoom(1000, 40)).toBe(960);
  expect(promptRoom(1000, 4000)).toBe(750);
  expect(promptRoom(2, undefined)).toBe(1);
});
