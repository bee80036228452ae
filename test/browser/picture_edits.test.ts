/** Edits that come while others are drawn. */
import { expect, test } from 'vitest';
import { Session } from '../../src/app/session.ts';

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
