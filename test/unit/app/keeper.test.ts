import { afterEach, expect, test, vi } from 'vitest';
import { HistoryDb } from '../../../src/app/history/history_db.ts';
import { Keeper } from '../../../src/app/history/keeper.ts';
import { MemoryRecords } from '../../../src/app/history/record_store.ts';
import { Tab } from '../../../src/app/history/tab.ts';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import type { ChatEvent, ChatResult, ModelInfo } from '../../../src/rpc/contract.ts';

afterEach(() => vi.useRealTimers());

test('an answer that grows is written now and then, its end at once: a reload may follow', async () => {
  vi.useFakeTimers();
  let say: (event: ChatEvent) => void = () => {};
  let end: (result: ChatResult) => void = () => {};
  const client: SessionClient = {
    load: async () => ({ name: 'pico' }) as ModelInfo,
    chat: (_request, onEvent) => {
      say = onEvent!;
      return new Promise((resolve) => {
        end = resolve;
      });
    },
    close: () => {},
  };
  const session = new Session(client, { source: { kind: 'named', name: 'pico' } });
  const db = new HistoryDb(new MemoryRecords());
  const failed = vi.fn();
  const listener = { kept: () => {}, failed, settled: () => {} };
  new Keeper(session, db, await Tab.enter(null, undefined), listener).start();
  const written = async () => {
    const { id } = session.state.conversation;
    return (await db.conversation(id))?.turns.map(({ answer: { state, text } }) => `${state} ${text}`);
  };
  /** Lets all go on that waits for no clock. */
  const settled = () => vi.advanceTimersByTimeAsync(0);

  session.type('What is it?');
  await session.askDraft();
  await vi.advanceTimersByTimeAsync(100);
  say({ type: 'text', text: 'A', tokens: 1 });
  await settled();
  say({ type: 'text', text: ' red', tokens: 2 });
  await settled();
  expect(await written()).toEqual(['cut A']);
  end({ text: 'A red star.', finishReason: 'stop' } as ChatResult);
  await settled();
  expect(await written()).toEqual(['done A red star.']);
  expect(failed).not.toHaveBeenCalled();
});
