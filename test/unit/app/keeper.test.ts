import { afterEach, expect, test, vi } from 'vitest';
import { type ConversationChange, HistoryDb } from '../../../src/app/history/history_db.ts';
import { Keeper } from '../../../src/app/history/keeper.ts';
import { openedConversation } from '../../../src/app/history/opening.ts';
import { OtherPages } from '../../../src/app/history/other_pages.ts';
import { MemoryRecords } from '../../../src/app/history/record_store.ts';
import type { KeptConversation, PictureRecord, TurnRecord } from '../../../src/app/history/records.ts';
import { Tab } from '../../../src/app/history/tab.ts';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import type { ChatEvent, ChatResult, ModelInfo } from '../../../src/rpc/contract.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

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

const turn = (id: string, parentId: string | null, change: Partial<TurnRecord> = {}): TurnRecord => ({
  id,
  conversationId: 'c',
  parentId,
  askedAt: 1,
  text: `Question ${id}`,
  pictures: [],
  answer: { state: 'stopped', text: `Answer ${id}`, result: null },
  ...change,
});

/** A database with one conversation. */
async function dbOf(turns: TurnRecord[], pictures: PictureRecord[] = []): Promise<HistoryDb> {
  const times = { createdAt: 1, changedAt: 1, deletedAt: null };
  const summary = { id: 'c', title: 'Title', named: false, pinned: false, covered: false, ...times };
  const kept: KeptConversation = { summary, turns, pictures, seen: [], settings: {} };
  const db = new HistoryDb(new MemoryRecords());
  await db.add(kept);
  return db;
}

const result = { text: 'A star.', finishReason: 'stop' } as ChatResult;

/** A page that shows the conversation. */
async function openPage(db: HistoryDb, chat: SessionClient['chat'] = async () => result) {
  const client: SessionClient = {
    load: async () => ({ name: 'pico' }) as ModelInfo,
    chat,
    close: () => {},
  };
  const session = new Session(client, { source: { kind: 'named', name: 'pico' } });
  const tab = await Tab.enter(null, undefined);
  const writes: ConversationChange[] = [];
  const kept = (_: unknown, change: ConversationChange) => writes.push(change);
  const keeper = new Keeper(session, db, tab, { kept, failed: vi.fn(), settled: () => {} });
  keeper.start();
  const { conversation, written } = openedConversation((await db.conversation('c'))!, null, new Set());
  keeper.expect(written, new Set());
  await session.open(conversation);
  const others = new OtherPages(session, keeper, tab, () => db);
  return { session, keeper, others, writes };
}

type Page = Awaited<ReturnType<typeof openPage>>;

/** Tells a page what another one has written, as the channel does. */
async function tell(page: Page, { writes }: Page): Promise<void> {
  for (const { turns, removedTurns } of writes) {
    const ids = turns.map(({ id }) => id);
    await page.others.merge(ids, removedTurns, true);
  }
}

async function edit({ session }: Page, turnId: string): Promise<void> {
  session.edit(turnId);
  session.type('Asked anew');
  await session.askDraft();
}

test('a page that only shows a conversation leaves on disk what another one has chosen', async () => {
  vi.useFakeTimers();
  const db = await dbOf([turn('a', null), turn('b', 'a')]);
  const here = await openPage(db);
  const there = await openPage(db);
  await edit(here, 'a');
  await vi.advanceTimersByTimeAsync(1000);
  const [anew] = here.session.state.conversation.turns;
  expect(anew!.answer).toMatchObject({ state: 'done', text: 'A star.' });

  await tell(there, here);
  await vi.advanceTimersByTimeAsync(1000);
  expect(there.session.state.conversation.tree.turns).toHaveLength(3);
  expect(there.session.state.conversation.turns.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(there.writes).toEqual([]);
  expect((await db.conversation('c'))!.seen).toContainEqual([null, anew!.id]);

  // What the reader chooses there is written.
  there.session.chooseVersion(anew!.id);
  there.session.chooseVersion('a');
  await vi.advanceTimersByTimeAsync(1000);
  expect((await db.conversation('c'))!.seen).toContainEqual([null, 'a']);
});

/** Holds the next write back; the returned function lets it go. */
function holdWrite(db: HistoryDb): () => void {
  const write = db.write.bind(db);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  vi.spyOn(db, 'write').mockImplementationOnce((change) => released.then(() => write(change)));
  return release;
}

test('an answer that ends leaves on disk what another page has chosen meanwhile', async () => {
  vi.useFakeTimers();
  const db = await dbOf([turn('a', null)]);
  const here = await openPage(db);
  let end: (result: ChatResult) => void = () => {};
  const answer = new Promise<ChatResult>((resolve) => {
    end = resolve;
  });
  const there = await openPage(db, () => answer);
  there.session.type('And what else?');
  void there.session.askDraft();
  await vi.advanceTimersByTimeAsync(1000);
  await edit(here, 'a');
  await vi.advanceTimersByTimeAsync(1000);

  const release = holdWrite(db);
  end(result);
  await vi.advanceTimersByTimeAsync(0);
  await tell(there, here);
  release();
  await vi.advanceTimersByTimeAsync(1000);
  const { turns, seen } = (await db.conversation('c'))!;
  expect(turns.map(({ answer: { state } }) => state).sort()).toEqual(['done', 'done', 'stopped']);
  expect(seen).toEqual([[null, here.session.state.conversation.turns[0]!.id]]);
  expect(there.session.state.conversation.turns).toHaveLength(2);
});

test('what another page writes during a write is not written over', async () => {
  vi.useFakeTimers();
  const db = await dbOf([turn('a', null)]);
  const here = await openPage(db);
  const there = await openPage(db);
  await edit(here, 'a');
  await vi.advanceTimersByTimeAsync(1000);

  const release = holdWrite(db);
  there.session.type('And what else?');
  await there.session.askDraft();
  await vi.advanceTimersByTimeAsync(100);
  await tell(there, here);
  release();
  await vi.advanceTimersByTimeAsync(1000);
  const asked = new Set(there.writes.flatMap(({ turns }) => turns.map(({ text }) => text)));
  expect(asked).toEqual(new Set(['And what else?']));
  expect((await db.conversation('c'))!.turns).toHaveLength(3);
});

test('a picture that nothing asks about any more is removed once', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('ImageBitmap', class {});
  const error = { code: 'out-of-memory', message: 'No.', details: {} } as const;
  const failed = turn('a', null, { pictures: ['p'], answer: { state: 'failed', text: '', error } });
  const size = { vector: false, width: 8, height: 8, file: new Blob(['pixels']) };
  const db = await dbOf([failed], [{ id: 'p', name: 'p.png', sample: false, ...size }]);
  const page = await openPage(db);
  page.session.edit('a');
  page.session.removePicture('p');
  page.session.type('Asked anew');
  await page.session.askDraft();
  await vi.advanceTimersByTimeAsync(1000);
  expect((await db.conversation('c'))!).toMatchObject({ turns: [{ text: 'Asked anew' }], pictures: [] });
  expect(page.keeper.isBehind).toBe(false);
  expect(page.writes.filter(({ removedPictures }) => removedPictures.includes('p'))).toHaveLength(1);
});
