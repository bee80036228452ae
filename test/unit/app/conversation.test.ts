import { expect, test } from 'vitest';
import {
  allPictures,
  type Conversation,
  type ConversationAction,
  emptyConversation,
  heldPictures,
  messagesFor,
  openTurn,
  type Picture,
  reduce,
  shownPicture,
} from '../../../src/app/conversation.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import type { ChatResult } from '../../../src/rpc/contract.ts';

const after = (state: Conversation, ...actions: ConversationAction[]) => actions.reduce(reduce, state);

const picture = (id: string): Picture => ({
  id,
  name: `${id}.png`,
  sample: false,
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
    text: 'A star',
    stopping: false,
  });
  state = after(state, { type: 'answer-ended', turnId: 'a', result: result('A star.') });
  expect(state.turns[0]?.answer).toMatchObject({ state: 'done', text: 'A star.' });
  expect(openTurn(state)).toBeNull();
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

test('a question that failed is left out with its pictures, which may be the reason', async () => {
  const error = new GlanceError('picture-unreadable', 'No.');
  const state = after(
    emptyConversation,
    ask('a', 'One?', 'p'),
    ...answer('a', 'Yes.'),
    ask('b', 'Two?', 'broken'),
    { type: 'answer-failed', turnId: 'b', error },
    ask('c', 'Three?'),
  );
  expect(await imagesOf(state, 'c')).toEqual([['p'], [], []]);
  expect(messagesFor(state, 'c').at(-1)).toEqual({ role: 'user', content: 'Three?' });
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
  });
  expect(state.turns[0]?.answer).toEqual({ state: 'waiting' });
  expect(messagesFor(state, 'a')).toEqual([{ role: 'user', content: 'One?' }]);
});

test('sending empties the composer, and an error leaves the question in its turn', () => {
  const state = after(
    emptyConversation,
    { type: 'picture-added', picture: picture('p') },
    { type: 'draft-typed', text: 'What is it?' },
    { type: 'draft-asked', turnId: 'a' },
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

test('an edited question takes the place of the old one when it is sent', () => {
  const state = after(
    editing,
    { type: 'draft-typed', text: 'Changed' },
    { type: 'draft-asked', turnId: 'b' },
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
  const cleared = after(editing, { type: 'cleared' });
  expect(cleared.draft.text).toBe('First\nSecond');
  expect(cleared.draft.pictures.map(({ id }) => id)).toEqual(['p', 'q']);
  expect(after(cleared, { type: 'restored' }).turns[0]).toBe(editing.turns[0]);
});

const asked = after(emptyConversation, ask('a', 'One?'), ...answer('a', 'Yes.'), {
  type: 'retried',
  turnId: 'a',
});

test.each<[string, ConversationAction[]]>([
  ['is stopped before a word', [{ type: 'answer-stopped', turnId: 'a' }]],
  [
    'is stopped by the engine before a word',
    [
      { type: 'answer-begun', turnId: 'a' },
      { type: 'answer-ended', turnId: 'a', result: result('', 'abort') },
    ],
  ],
  [
    'fails in mid-answer',
    [
      { type: 'answer-begun', turnId: 'a' },
      { type: 'answer-progressed', turnId: 'a', event: { type: 'text', text: 'N', tokens: 1 } },
      { type: 'answer-failed', turnId: 'a', error: new GlanceError('worker-lost', 'Gone.') },
    ],
  ],
])('the earlier answer comes back when asking again %s', (_, actions) => {
  const state = after(asked, ...actions);
  expect(state.turns[0]).toMatchObject({ answer: { state: 'done', text: 'Yes.' }, keptAnswer: null });
});

test('a new answer replaces the earlier one, stopped or not, and a failure that had none stays', () => {
  expect(after(asked, ...answer('a', 'No.')).turns[0]).toMatchObject({
    answer: { state: 'done', text: 'No.' },
    keptAnswer: null,
  });
  const stopped = after(
    asked,
    { type: 'answer-begun', turnId: 'a' },
    { type: 'answer-ended', turnId: 'a', result: result('N', 'abort') },
  );
  expect(stopped.turns[0]?.answer).toMatchObject({ state: 'stopped', text: 'N' });
  const error = new GlanceError('worker-lost', 'Gone.');
  const failedTwice = after(
    emptyConversation,
    ask('a', 'One?'),
    { type: 'answer-failed', turnId: 'a', error },
    { type: 'retried', turnId: 'a' },
    { type: 'answer-failed', turnId: 'a', error },
  );
  expect(failedTwice.turns[0]?.answer).toMatchObject({ state: 'failed' });
});

test('a cleared conversation can be brought back until the next question', () => {
  const cleared = after(
    emptyConversation,
    ask('a', 'One?', 'p'),
    ...answer('a', 'Yes.'),
    { type: 'draft-typed', text: 'Half a th' },
    { type: 'cleared' },
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
  expect(shownPicture(after(state, { type: 'cleared' }))).toBeNull();
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
