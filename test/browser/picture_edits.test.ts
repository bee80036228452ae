/** Edits that come while others are drawn. */
import { expect, test } from 'vitest';
import { Session } from '../../src/app/session.ts';
import type { ChatResult, ModelInfo } from '../../src/rpc/contract.ts';

async function photo(width: number, height: number): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.fillRect(0, 0, width, height);
  return new File([await canvas.convertToBlob()], 'photo.png', { type: 'image/png' });
}

test('a picture that is edited again while its first edit is drawn is as it was edited last', async () => {
  const never = () => new Promise<never>(() => {});
  const session = new Session(
    { load: never, chat: never, close: () => {} },
    { source: { kind: 'named', name: 'pico' } },
  );
  const pictures = () => session.state.conversation.draft.pictures;
  await session.addPictures([await photo(60, 40)]);
  const { id } = pictures()[0]!;
  const turned = { turns: 1, crop: null };
  const cropped = { turns: 0, crop: { x: 10, y: 10, width: 20, height: 10 } };

  const first = session.editPicture(id, turned);
  const second = session.editPicture(id, cropped);
  await session.picturesRead();
  await Promise.all([first, second]);
  expect(pictures().map(({ original }) => original?.edit)).toEqual([cropped]);
  expect(pictures()[0]!.content).toMatchObject({ width: 20, height: 10 });

  // An editor that was opened before the first edit was drawn.
  await session.editPicture(id, turned);
  expect(pictures()[0]!.content).toMatchObject({ width: 40, height: 60 });
  expect(pictures()[0]!.original?.edit).toEqual(turned);

  // From an edit under way to one of the picture that it has made.
  const third = session.editPicture(pictures()[0]!.id, cropped);
  session.removePicture(pictures()[0]!.id);
  await third;
  await session.editPicture(id, turned);
  expect(pictures()).toEqual([]);
});

test('the picture of a question that is edited once more is turned and cropped once more', async () => {
  const session = new Session(
    {
      load: async () => ({ name: 'pico' }) as ModelInfo,
      chat: async () => ({ text: 'A star.', finishReason: 'stop' }) as ChatResult,
      close: () => {},
    },
    { source: { kind: 'named', name: 'pico' } },
  );
  const pictures = () => session.state.conversation.draft.pictures;
  await session.addPictures([await photo(60, 40)]);
  const { id } = pictures()[0]!;
  session.type('What is it?');
  await session.askDraft();
  await expect.poll(() => session.state.conversation.turns[0]?.answer.state).toBe('done');
  const { id: turnId } = session.state.conversation.turns[0]!;
  for (const [turns, width] of [
    [1, 40],
    [2, 60],
  ] as const) {
    session.edit(turnId);
    expect(pictures()[0]!.id).toBe(id);
    await session.editPicture(id, { turns, crop: null });
    expect(pictures().map(({ content }) => content?.width)).toEqual([width]);
    expect(pictures()[0]!.original?.edit.turns).toBe(turns);
    session.cancelEdit();
  }
  expect(session.state.conversation.turns[0]!.question.pictures[0]!.id).toBe(id);
});
