/** Questions about documents whose pages are still being drawn. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IncomingFiles } from '../../../src/app/incoming_files.ts';
import { Session, type SessionClient } from '../../../src/app/session.ts';
import { abortedError } from '../../../src/model/errors.ts';
import type { ModelInfo } from '../../../src/rpc/contract.ts';

/** A picture of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsVyMeQAAAABJRU5ErkJggg==',
  'base64',
);

/** Ends the drawing of each page that was asked for. */
const drawn: ((page: Blob | Error) => void)[] = [];
const closed = vi.fn();

vi.mock('../../../src/app/documents/pdf.ts', () => ({
  PdfDocument: {
    open: async () => ({
      pageCount: 2,
      page: () =>
        new Promise<Blob>((resolve, reject) => {
          drawn.push((page) => (page instanceof Error ? reject(page) : resolve(page)));
        }),
      close: async () => closed(),
    }),
  },
}));

/** Answers until it is stopped. */
const chat: SessionClient['chat'] = (_request, _event, signal) =>
  new Promise((_, reject) => signal!.addEventListener('abort', () => reject(abortedError())));
let session: Session;
const conversation = () => session.state.conversation;
const namesOf = ({ pictures }: { pictures: readonly { name: string }[] }) => pictures.map(({ name }) => name);
const asked = () => conversation().turns.map(({ question }) => [question.text, ...namesOf(question)]);
const drop = (...names: string[]) => {
  const files = names.map((name) => new File(['%PDF'], name, { type: 'application/pdf' }));
  new IncomingFiles({ session: () => session, addModels: () => {}, added: () => {} }).take({
    files,
    folders: [],
  });
};
/** Draws the page that is next, as soon as it is asked for. */
const draw = async (page: Blob | Error = new Blob([PNG])) => {
  await vi.waitFor(() => expect(drawn).toHaveLength(1));
  drawn.pop()!(page);
};

beforeEach(() => {
  drawn.length = 0;
  closed.mockClear();
  vi.stubGlobal('ImageBitmap', class {});
  session = new Session(
    { load: async () => ({ name: 'pico' }) as ModelInfo, chat, close: () => {} },
    { source: { kind: 'named', name: 'pico' } },
  );
});

afterEach(() => vi.unstubAllGlobals());

test('a question waits for all pages of the documents that were added before it', async () => {
  drop('a.pdf', 'b.pdf');
  session.type('What is it?');
  const asking = session.askDraft();
  for (let page = 0; page < 3; page++) await draw();
  await vi.waitFor(() => expect(conversation().draft.pictures).toHaveLength(3));
  expect(asked()).toEqual([]);
  await draw();
  await asking;
  const pages = ['a.pdf, page 1', 'a.pdf, page 2', 'b.pdf, page 1', 'b.pdf, page 2'];
  expect(asked()).toEqual([['What is it?', ...pages]]);
  expect(conversation().draft.pictures).toEqual([]);
  expect(closed).toHaveBeenCalledTimes(2);
});

test('a question waits for a document that was added while it waited for another', async () => {
  drop('a.pdf');
  session.type('What is it?');
  const asking = session.askDraft();
  await draw();
  drop('b.pdf');
  for (let page = 0; page < 3; page++) await draw();
  await asking;
  expect(asked()[0]).toHaveLength(5);
});

test('a document that could not be drawn to its end is told of, and the question is not asked without it', async () => {
  drop('a.pdf');
  session.type('What is it?');
  const asking = session.askDraft();
  await draw();
  await draw(new Error('damaged'));
  await asking;
  expect(asked()).toEqual([]);
  expect(conversation().notices).toMatchObject([{ title: 'This document could not be added: a.pdf' }]);
  await session.askDraft();
  expect(asked()).toEqual([['What is it?', 'a.pdf, page 1']]);
});

test.each(['an old question', 'another conversation'])(
  'the rest of a document is not for %s',
  async (other) => {
    session.type('First');
    await session.askDraft();
    session.stop();
    await vi.waitFor(() => expect(conversation().turns[0]!.answer.state).toBe('stopped'));
    drop('a.pdf');
    session.type('What is it?');
    const asking = session.askDraft();
    await draw();
    await vi.waitFor(() => expect(conversation().draft.pictures).toHaveLength(1));
    const [turn] = conversation().turns;
    if (other === 'an old question') session.edit(turn!.id);
    else {
      const { tree } = conversation();
      const draft = { text: 'Kept', pictures: [] };
      await session.open({ id: 'other', tree, settings: {}, draft, editing: null });
    }
    await draw();
    await asking;
    await vi.waitFor(() =>
      expect(conversation().notices).toMatchObject([{ title: 'Not all pages were added: a.pdf' }]),
    );
    expect(conversation().draft.pictures).toEqual([]);
    expect(asked()).toEqual([['First']]);
    expect(closed).toHaveBeenCalledOnce();
  },
);

test('a new conversation takes the draft along, with the pages that are still to come', async () => {
  session.type('First');
  await session.askDraft();
  drop('a.pdf');
  await draw();
  await session.clear();
  await draw();
  await vi.waitFor(() => expect(namesOf(conversation().draft)).toEqual(['a.pdf, page 1', 'a.pdf, page 2']));
});
