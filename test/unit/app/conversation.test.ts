import { expect, test } from 'vitest';
import {
  allPictures,
  type Conversation,
  type ConversationAction,
  emptyConversation,
  heldPictures,
  openTurn,
  type Picture,
  reduce,
  shownPicture,
  type Turn,
} from '../../../src/app/conversation.ts';
import { messagesFor } from '../../../src/app/messages.ts';
import { inOrder, siblingsOf } from '../../../src/app/turn_tree.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { ChatEvent, ChatResult } from '../../../src/rpc/contract.ts';

const after = (state: Conversation, ...actions: ConversationAction[]) => actions.reduce(reduce, state);

const picture = (id: string): Picture => ({
  id,
  name: `${id}.png`,
  sample: false,
  file: new Blob([id]),
  url: `blob:${id}`,
  content: { input: new Blob([id]), width: 64, height: 64 },
});

const result = (text: string, finishReason: ChatResult['finishReason'] = 'stop'): ChatResult => ({
  text,
  finishReason,
  usage: { promptTokens: 10, cachedTokens: 0, imageTokens: 4, completionTokens: 3, reasoningTokens: 0 },
  speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
  timings: { picturesMs: 1, visionMs: 1, prefillMs: 1, firstTokenMs: 3, decodeMs: 2 },
});

const ask = (turnId: string, text: string, ...ids: string[]): ConversationAction => ({
  type: 'asked',
  turnId,
  question: { text, pictures: ids.map(picture) },
  atMs: 0,
});

const answer = (turnId: string, text: string): ConversationAction[] => [
  { type: 'answer-begun', turnId },
  { type: 'answer-ended', turnId, result: result(text) },
];

const imagesOf = (state: Conversation, turnId: string) =>
  Promise.all(
    messagesFor(state, turnId).map(({ content }) =>
      typeof content === 'string'
        ? []
        : Promise.all(
            content.flatMap((part) => (part.type === 'image' ? [(part.image as Blob).text()] : [])),
          ),
    ),
  );

test('an answer grows by its text events and ends as the result says', () => {
  let state = after(emptyConversation, ask('a', 'What is it?', 'p'));
  expect(openTurn(state)?.id).toBe('a');
  state = after(
    state,
    { type: 'answer-begun', turnId: 'a' },
    { type: 'answer-progressed', turnId: 'a', event: { type: 'vision', done: 1, total: 2 } },
    { type: 'answer-progressed', turnId: 'a', event: { type: 'text', text: 'A ', tokens: 1 } },
    { type: 'answer-progressed', turnId: 'a', event: { type: 'text', text: 'star', tokens: 2 } },
  );
  expect(state.turns[0]?.answer).toEqual({
    state: 'working',
    step: { type: 'vision', done: 1, total: 2 },
    pace: { promptTokens: null, tokens: 2 },
    text: 'A star',
    stopping: false,
  });
  state = after(state, { type: 'answer-ended', turnId: 'a', result: result('A star.') });
  expect(state.turns[0]?.answer).toMatchObject({ state: 'done', text: 'A star.' });
  expect(openTurn(state)).toBeNull();
});

test('an answer knows how long it is, and its prompt', () => {
  const progressed = (event: ChatEvent): ConversationAction => ({
    type: 'answer-progressed',
    turnId: 'a',
    event,
  });
  const { turns } = after(
    emptyConversation,
    ask('a', 'What is it?'),
    { type: 'answer-begun', turnId: 'a' },
    progressed({ type: 'prefill', doneTokens: 10, totalTokens: 30 }),
    progressed({ type: 'reasoning', text: 'Hm', tokens: 1 }),
    progressed({ type: 'text', text: 'A', tokens: 3 }),
  );
  expect(turns[0]?.answer).toMatchObject({ pace: { promptTokens: 30, tokens: 3 } });
});

test('an event that arrives after the end changes nothing', () => {
  const ended = after(emptyConversation, ask('a', 'What?'), ...answer('a', 'A star.'));
  const late = after(ended, {
    type: 'answer-progressed',
    turnId: 'a',
    event: { type: 'text', text: '.', tokens: 3 },
  });
  expect(late.turns[0]).toBe(ended.turns[0]);
});

test('a result that was aborted is a stopped answer with its text', () => {
  const state = after(
    emptyConversation,
    ask('a', 'Describe the image.'),
    { type: 'answer-begun', turnId: 'a' },
    { type: 'answer-stopping', turnId: 'a' },
    { type: 'answer-ended', turnId: 'a', result: result('a red', 'abort') },
  );
  expect(state.turns[0]?.answer).toMatchObject({ state: 'stopped', text: 'a red' });
});

test('stopping without a result keeps what was said', () => {
  const state = after(
    emptyConversation,
    ask('a', 'Describe the image.'),
    { type: 'answer-begun', turnId: 'a' },
    { type: 'answer-progressed', turnId: 'a', event: { type: 'text', text: 'a red', tokens: 2 } },
    { type: 'answer-stopped', turnId: 'a' },
  );
  expect(state.turns[0]?.answer).toEqual({ state: 'stopped', text: 'a red', result: null });
});

test('the request holds earlier turns and puts pictures ahead of words', async () => {
  const state = after(
    emptyConversation,
    ask('a', 'One?', 'p', 'q'),
    ...answer('a', 'Yes.'),
    ask('b', 'Two?'),
  );
  const messages = messagesFor(state, 'b');
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  const [first] = messages;
  expect(Array.isArray(first?.content) && first.content.map(({ type }) => type)).toEqual([
    'image',
    'image',
    'text',
  ]);
  expect(messages[2]).toEqual({ role: 'user', content: 'Two?' });
  expect(await imagesOf(state, 'b')).toEqual([['p', 'q'], [], []]);
});

test('a question that was refused is left out with its pictures, which may be the reason', async () => {
  const codes = [
    'picture-unreadable',
    'context-overflow',
    'prompt-invalid',
    'model-has-no-vision',
    'out-of-memory',
  ] as const;
  for (const code of codes) {
    const state = after(
      emptyConversation,
      ask('a', 'One?', 'p'),
      ...answer('a', 'Yes.'),
      ask('b', 'Two?', 'broken'),
      { type: 'answer-failed', turnId: 'b', error: new GlanceError(code, 'No.') },
      ask('c', 'Three?'),
    );
    expect(await imagesOf(state, 'c')).toEqual([['p'], [], []]);
    expect(messagesFor(state, 'c').at(-1)).toEqual({ role: 'user', content: 'Three?' });
  }
});

test('a question that failed through no fault of its own leaves its pictures to the next, if that has none', async () => {
  for (const code of ['device-lost', 'worker-lost', 'gpu-error'] as const) {
    const failed = (turnId: string, why: typeof code | 'out-of-memory' = code) =>
      ({ type: 'answer-failed', turnId, error: new GlanceError(why, 'Gone.') }) as const;
    const once = after(emptyConversation, ask('a', 'One?', 'p'), failed('a'));
    const next = after(once, ask('b', 'Two?'));
    expect(messagesFor(next, 'b')).toHaveLength(1);
    expect(await imagesOf(next, 'b')).toEqual([['p']]);
    // A page may simply ask once more.
    const again = after(once, ask('b', 'One?', 'p'));
    expect(await imagesOf(again, 'b')).toEqual([['p']]);
    expect(await imagesOf(after(again, failed('b'), ask('c', 'And now?')), 'c')).toEqual([['p']]);
    // They may be why the next one is refused.
    const refused = after(once, ask('b', 'Two?'), failed('b', 'out-of-memory'), ask('c', 'Three?'));
    expect(await imagesOf(refused, 'c')).toEqual([[]]);
  }
});

test('an answer that failed on its way counts with its question as far as it came', async () => {
  for (const code of ['device-lost', 'out-of-memory'] as const) {
    const state = after(
      emptyConversation,
      ask('a', 'One?', 'p'),
      { type: 'answer-begun', turnId: 'a' },
      { type: 'answer-progressed', turnId: 'a', event: { type: 'text', text: 'A red', tokens: 2 } },
      { type: 'answer-failed', turnId: 'a', error: new GlanceError(code, 'Gone.') },
      ask('b', 'Two?'),
    );
    expect(await imagesOf(state, 'b')).toEqual([['p'], [], []]);
    expect(messagesFor(state, 'b')[1]).toEqual({ role: 'assistant', content: 'A red' });
  }
});

test('a question stopped before a word came leaves its pictures to the next', async () => {
  const state = after(
    emptyConversation,
    ask('a', 'One?', 'p'),
    { type: 'answer-stopped', turnId: 'a' },
    ask('b', 'Two?', 'q'),
  );
  expect(messagesFor(state, 'b')).toHaveLength(1);
  expect(await imagesOf(state, 'b')).toEqual([['p', 'q']]);
});

test('asking again sends nothing of the answer before', () => {
  const state = after(emptyConversation, ask('a', 'One?'), ...answer('a', 'Yes.'), {
    type: 'retried',
    turnId: 'a',
    newTurnId: 'a2',
    atMs: 1,
  });
  expect(state.turns).toMatchObject([{ id: 'a2', answer: { state: 'waiting' } }]);
  expect(messagesFor(state, 'a2')).toEqual([{ role: 'user', content: 'One?' }]);
});

test('sending empties the composer, and an error leaves the question in its turn', () => {
  const state = after(
    emptyConversation,
    { type: 'picture-added', picture: picture('p') },
    { type: 'draft-typed', text: 'What is it?' },
    { type: 'draft-asked', turnId: 'a', atMs: 1 },
    { type: 'answer-failed', turnId: 'a', error: new GlanceError('worker-lost', 'Gone.') },
  );
  expect(state.draft).toEqual({ text: '', pictures: [] });
  expect(state.turns[0]?.question.text).toBe('What is it?');
  expect(state.turns[0]?.question.pictures.map(({ id }) => id)).toEqual(['p']);
});

/** An answered question in the composer again, while another one was being written. */
const editing = after(
  emptyConversation,
  ask('a', 'First', 'p'),
  ...answer('a', 'Yes.'),
  { type: 'draft-typed', text: 'Second' },
  { type: 'picture-added', picture: picture('q') },
  { type: 'edit-begun', turnId: 'a' },
);

test('editing puts the question into the composer; its turn and what was being written stay', () => {
  expect(editing.draft.text).toBe('First');
  expect(editing.draft.pictures.map(({ id }) => id)).toEqual(['p']);
  expect(editing.turns[0]?.answer).toMatchObject({ state: 'done', text: 'Yes.' });
  expect(allPictures(editing).map(({ id }) => id)).toEqual(['p']);
  expect([...heldPictures(editing).keys()].sort()).toEqual(['p', 'q']);
  expect(after(editing, { type: 'edit-begun', turnId: 'a' })).toBe(editing);
});

test('editing that is cancelled changes nothing', () => {
  const state = after(
    editing,
    { type: 'draft-typed', text: 'Changed' },
    { type: 'picture-removed', pictureId: 'p' },
    { type: 'edit-cancelled' },
  );
  expect(state.editing).toBeNull();
  expect(state.turns[0]).toBe(editing.turns[0]);
  expect(state.draft).toMatchObject({ text: 'Second', pictures: [{ id: 'q' }] });
  expect([...heldPictures(state).keys()].sort()).toEqual(['p', 'q']);
});

test('an edited question stands beside the old one when it is sent', () => {
  const state = after(
    editing,
    { type: 'draft-typed', text: 'Changed' },
    { type: 'draft-asked', turnId: 'b', atMs: 1 },
  );
  expect(state.editing).toBeNull();
  expect(state.turns.map(({ id, question }) => [id, question.text])).toEqual([['b', 'Changed']]);
  expect(state.draft).toMatchObject({ text: 'Second', pictures: [{ id: 'q' }] });
  expect(messagesFor(state, 'b')).toHaveLength(1);
});

test('a picture that is read while its question is set aside is there afterwards', () => {
  const unread = after(
    emptyConversation,
    ask('a', 'First', 'p'),
    ...answer('a', 'Yes.'),
    { type: 'picture-added', picture: { ...picture('q'), content: null } },
    { type: 'edit-begun', turnId: 'a' },
  );
  const content = picture('q').content!;
  const read = after(unread, { type: 'picture-read', pictureId: 'q', content }, { type: 'edit-cancelled' });
  expect(read.draft.pictures[0]?.content).toBe(content);
  const refused = after(unread, { type: 'picture-removed', pictureId: 'q' }, { type: 'edit-cancelled' });
  expect(refused.draft.pictures).toEqual([]);
});

test('a new conversation while editing keeps both drafts and the turn', () => {
  const cleared = after(editing, { type: 'cleared', newId: 'new' });
  expect(cleared.draft.text).toBe('First\nSecond');
  expect(cleared.draft.pictures.map(({ id }) => id)).toEqual(['p', 'q']);
  expect(after(cleared, { type: 'restored' }).turns[0]).toBe(editing.turns[0]);
});

/** An answered question that is being asked again. */
const asked = after(emptyConversation, ask('a', 'One?'), ...answer('a', 'Yes.'), {
  type: 'retried',
  turnId: 'a',
  newTurnId: 'b',
  atMs: 1,
});

test.each<[string, ConversationAction[]]>([
  ['is stopped before a word', [{ type: 'answer-stopped', turnId: 'b' }]],
  [
    'is stopped by the engine before a word',
    [
      { type: 'answer-begun', turnId: 'b' },
      { type: 'answer-ended', turnId: 'b', result: result('', 'abort') },
    ],
  ],
  [
    'fails in mid-answer',
    [
      { type: 'answer-begun', turnId: 'b' },
      { type: 'answer-progressed', turnId: 'b', event: { type: 'text', text: 'N', tokens: 1 } },
      { type: 'answer-failed', turnId: 'b', error: new GlanceError('worker-lost', 'Gone.') },
    ],
  ],
])('the earlier answer comes back when asking again %s', (_, actions) => {
  const state = after(asked, ...actions);
  expect(state.turns).toMatchObject([{ id: 'a', answer: { state: 'done', text: 'Yes.' } }]);
  expect(state.tree.turns).toHaveLength(1);
});

test('a new answer stands beside the earlier one, stopped or not, and either can be seen', () => {
  const again = after(asked, ...answer('b', 'No.'));
  expect(again.turns).toMatchObject([{ id: 'b', answer: { state: 'done', text: 'No.' } }]);
  expect(siblingsOf(again.tree, 'b').map(({ id }) => id)).toEqual(['a', 'b']);
  const back = after(again, { type: 'version-chosen', turnId: 'a' });
  expect(back.turns).toMatchObject([{ id: 'a', answer: { text: 'Yes.' } }]);
  expect(after(back, ask('c', 'And?'), { type: 'version-chosen', turnId: 'b' }).turns).toHaveLength(1);
  const stopped = after(
    asked,
    { type: 'answer-begun', turnId: 'b' },
    { type: 'answer-ended', turnId: 'b', result: result('N', 'abort') },
  );
  expect(stopped.turns).toMatchObject([{ id: 'b', answer: { state: 'stopped', text: 'N' } }]);
  expect(stopped.tree.turns).toHaveLength(2);
});

test('a failure that had no answer before is asked again in its place', () => {
  const error = new GlanceError('worker-lost', 'Gone.');
  const failedTwice = after(
    emptyConversation,
    ask('a', 'One?'),
    { type: 'answer-failed', turnId: 'a', error },
    { type: 'retried', turnId: 'a', newTurnId: 'b', atMs: 1 },
    { type: 'answer-failed', turnId: 'a', error },
  );
  expect(failedTwice.tree.turns).toMatchObject([{ id: 'a', answer: { state: 'failed' } }]);
});

/** Three questions, the second of which was edited after all were answered. */
const branched = after(
  emptyConversation,
  ask('a', 'One?', 'p'),
  ...answer('a', 'Yes.'),
  ask('b', 'Two?', 'q'),
  ...answer('b', 'No.'),
  ask('c', 'Three?'),
  ...answer('c', 'Maybe.'),
  { type: 'edit-begun', turnId: 'b' },
  { type: 'draft-typed', text: 'Two and a half?' },
  { type: 'draft-asked', turnId: 'd', atMs: 5 },
  ...answer('d', 'Hardly.'),
);

test('an earlier question that is edited begins a branch; what followed the old one comes back with it', async () => {
  const ids = (state: Conversation) => state.turns.map(({ id }) => id);
  expect(ids(branched)).toEqual(['a', 'd']);
  expect(messagesFor(branched, 'd').map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(await imagesOf(branched, 'd')).toEqual([['p'], [], ['q']]);
  const old = after(branched, { type: 'version-chosen', turnId: 'b' });
  expect(ids(old)).toEqual(['a', 'b', 'c']);
  expect(allPictures(old).map(({ id }) => id)).toEqual(['p', 'q']);
  expect(ids(after(old, ask('e', 'Four?')))).toEqual(['a', 'b', 'c', 'e']);
  expect([...heldPictures(branched).keys()].sort()).toEqual(['p', 'q']);
});

test('seeing another branch leaves the editing of a question that is not in it', () => {
  const edited = after(
    branched,
    { type: 'draft-typed', text: 'Half a th' },
    { type: 'edit-begun', turnId: 'd' },
    { type: 'version-chosen', turnId: 'b' },
  );
  expect(edited.editing).toBeNull();
  expect(edited.draft.text).toBe('Half a th');
});

test('a question of which nothing came makes way for the edited one', () => {
  const state = after(
    emptyConversation,
    ask('a', 'One?', 'broken'),
    { type: 'answer-failed', turnId: 'a', error: new GlanceError('picture-unreadable', 'No.') },
    { type: 'edit-begun', turnId: 'a' },
    { type: 'picture-removed', pictureId: 'broken' },
    { type: 'draft-asked', turnId: 'b', atMs: 1 },
  );
  expect(state.tree.turns.map(({ id }) => id)).toEqual(['b']);
  expect(heldPictures(state).size).toBe(0);
});

test('an answer that was cut goes on where it ended, from what it says', () => {
  const cut = after(
    emptyConversation,
    ask('a', 'Describe it.'),
    { type: 'answer-begun', turnId: 'a' },
    { type: 'answer-ended', turnId: 'a', result: result('A red', 'length') },
    { type: 'continued', turnId: 'a' },
  );
  expect(cut.turns[0]?.answer).toMatchObject({ state: 'working', text: 'A red' });
  expect(messagesFor(cut, 'a')).toEqual([
    { role: 'user', content: 'Describe it.' },
    { role: 'assistant', content: 'A red' },
  ]);
  const grown = after(
    cut,
    { type: 'answer-begun', turnId: 'a' },
    { type: 'answer-progressed', turnId: 'a', event: { type: 'text', text: ' st', tokens: 1 } },
  );
  expect(grown.turns[0]?.answer).toMatchObject({ state: 'working', text: 'A red st' });
  const done = after(grown, { type: 'answer-ended', turnId: 'a', result: result(' star.') });
  expect(done.turns[0]).toMatchObject({ answer: { state: 'done', text: 'A red star.' }, keptAnswer: null });
  expect(after(done, { type: 'continued', turnId: 'a' }).turns[0]).toBe(done.turns[0]);

  const error = new GlanceError('worker-lost', 'Gone.');
  const failed = after(cut, { type: 'answer-failed', turnId: 'a', error });
  expect(failed.turns[0]).toMatchObject({ answer: { state: 'done', text: 'A red' }, keptAnswer: null });
  const failedLater = after(grown, { type: 'answer-failed', turnId: 'a', error });
  expect(failedLater.turns[0]?.answer).toMatchObject({ state: 'failed', text: 'A red st' });
});

test('what was thought is kept with its duration, apart from what was said', () => {
  const think = (text: string, atMs: number): ConversationAction => ({
    type: 'answer-progressed',
    turnId: 'a',
    event: { type: 'reasoning', text, tokens: 1 },
    atMs,
  });
  const thinking = after(
    emptyConversation,
    ask('a', 'Why?'),
    { type: 'answer-begun', turnId: 'a' },
    think('Well, ', 1000),
    think('so.', 2000),
  );
  expect(thinking.turns[0]?.answer).toMatchObject({ text: '', thought: { text: 'Well, so.', ms: null } });
  const speaking = after(thinking, {
    type: 'answer-progressed',
    turnId: 'a',
    event: { type: 'text', text: 'Because', tokens: 3 },
    atMs: 3500,
  });
  expect(speaking.turns[0]?.answer).toMatchObject({ text: 'Because', thought: { ms: 2500 } });
  const stopped = after(thinking, { type: 'answer-stopped', turnId: 'a' });
  expect(stopped.turns[0]?.answer).toMatchObject({ state: 'stopped', thought: { text: 'Well, so.' } });
  const done = after(speaking, { type: 'answer-ended', turnId: 'a', result: result('Because.') });
  expect(messagesFor(after(done, ask('b', 'And?')), 'b')[1]).toEqual({
    role: 'assistant',
    content: 'Because.',
    reasoning: 'Well, so.',
  });
});

test('what was asked in the same conversation elsewhere is added, and what is seen stays', () => {
  const here = after(emptyConversation, ask('a', 'One?'), ...answer('a', 'Yes.'));
  const there = after(here, { ...ask('b', 'Two?'), atMs: 2 } as ConversationAction, ...answer('b', 'No.'));
  const followed = after(here, { type: 'merged', turns: there.tree.turns, removed: [] });
  expect(followed.turns.map(({ id }) => id)).toEqual(['a', 'b']);
  const busy = after(here, { ...ask('c', 'Or?'), atMs: 1 } as ConversationAction);
  const both = after(busy, { type: 'merged', turns: there.tree.turns, removed: [] });
  expect(both.turns.map(({ id }) => id)).toEqual(['a', 'c']);
  expect(siblingsOf(both.tree, 'c').map(({ id }) => id)).toEqual(['c', 'b']);
  expect(openTurn(both)?.id).toBe('c');
  const again = after(both, { type: 'merged', turns: there.tree.turns, removed: [] });
  expect(again.tree.chosen).toBe(both.tree.chosen);
  // What is gone is not seen any more, and neither is what followed it.
  const less = after(there, { type: 'merged', turns: [], removed: ['b'] });
  expect([...less.tree.chosen]).toEqual([[null, 'a']]);
  const none = after(there, { type: 'merged', turns: [], removed: ['a'] });
  expect([...none.tree.chosen]).toEqual([]);
  expect(none.turns).toEqual([]);
});

test('turns that follow nothing, or each other in a circle, are left out', () => {
  const turn = (id: string, parentId: string | null): Turn => ({
    ...after(emptyConversation, ask(id, id)).turns[0]!,
    parentId,
  });
  const strays = [turn('x', 'y'), turn('y', 'x'), turn('z', 'missing'), turn('b', 'a'), turn('a', null)];
  expect(inOrder(strays).map(({ id }) => id)).toEqual(['a', 'b']);
});

test('a cleared conversation can be brought back until the next question', () => {
  const cleared = after(
    emptyConversation,
    ask('a', 'One?', 'p'),
    ...answer('a', 'Yes.'),
    { type: 'draft-typed', text: 'Half a th' },
    { type: 'cleared', newId: 'new' },
  );
  expect(cleared.turns).toEqual([]);
  expect(cleared.draft.text).toBe('Half a th');
  expect([...heldPictures(cleared).keys()]).toEqual(['p']);
  expect(after(cleared, { type: 'restored' }).turns).toHaveLength(1);
  const goneOn = after(cleared, ask('b', 'Two?'));
  expect(goneOn.previous).toBeNull();
  expect(heldPictures(goneOn).size).toBe(0);
});

test('the stage follows the newest picture until the reader chooses one', () => {
  let state = after(emptyConversation, ask('a', 'One?', 'p', 'q'), ...answer('a', 'Yes.'));
  expect(shownPicture(state)?.id).toBe('q');
  state = after(state, { type: 'picture-shown', pictureId: 'p' });
  expect(shownPicture(state)?.id).toBe('p');
  expect(shownPicture(after(state, ask('b', 'Two?')))?.id).toBe('p');
  expect(shownPicture(after(state, { type: 'picture-added', picture: picture('r') }))?.id).toBe('r');
  expect(shownPicture(after(state, { type: 'cleared', newId: 'new' }))).toBeNull();
});

test('a picture that was read keeps its place; one that was removed is gone', () => {
  const unread: Picture = { ...picture('p'), content: null };
  const content = picture('p').content!;
  const state = after(
    emptyConversation,
    { type: 'picture-added', picture: unread },
    { type: 'picture-added', picture: picture('q') },
    { type: 'picture-read', pictureId: 'p', content },
  );
  expect(state.draft.pictures.map(({ id }) => id)).toEqual(['p', 'q']);
  expect(state.draft.pictures[0]?.content).toBe(content);
  const removed = after(state, { type: 'picture-removed', pictureId: 'p' });
  expect(removed.draft.pictures.map(({ id }) => id)).toEqual(['q']);
});
