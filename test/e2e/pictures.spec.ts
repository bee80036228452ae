import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { HOSTILE } from '../fixtures/markdown/hostile.ts';
import { makePng } from '../support/png_stream.ts';
import { repositoryRoot } from '../support/root.ts';
import { expectAccessible } from './axe.ts';
import { keptRecords, type PictureFile, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

/** A picture of columns and rows of plain colours, of so many pixels each. */
async function tiles(name: string, colours: string[][], side: number): Promise<PictureFile> {
  const rgbOf = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const png = await makePng(colours[0]!.length * side, colours.length * side, (y, rgb) => {
    const row = colours[Math.floor(y / side)]!;
    for (let x = 0; x < row.length * side; x++) rgb.set(rgbOf(row[Math.floor(x / side)]!), 3 * x);
  });
  return { name, mimeType: 'image/png', buffer: Buffer.from(await png.arrayBuffer()) };
}

const [RED, GREEN, BLUE, GOLD] = ['#dc2828', '#28aa3c', '#2850dc', '#f0d228'];

/** For `addInitScript`: keeps the pictures that the engine is given, as it is given them. */
function keepAskedPictures(): void {
  const kept: Blob[] = [];
  Object.assign(globalThis, { askedPictures: kept });
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const entry of value) look(entry);
    else if (typeof value === 'object' && value !== null && !(value instanceof Blob)) {
      const { type, image } = value as { type?: unknown; image?: unknown };
      if (type === 'image' && image instanceof Blob) kept.push(image);
      else for (const entry of Object.values(value)) look(entry);
    }
  };
  for (const { prototype } of [Worker, MessagePort]) {
    const { postMessage } = prototype;
    prototype.postMessage = function (this: Worker, message: unknown, ...rest: []) {
      look(message);
      return postMessage.call(this, message, ...rest);
    };
  }
}

/** Of each picture that the engine was given, its sides and the colours in its corners, from the top left on. */
function askedPictures(page: Page): Promise<{ size: number[]; corners: string[] }[]> {
  return page.evaluate(async () => {
    const { askedPictures } = globalThis as unknown as { askedPictures: Blob[] };
    const seen = askedPictures.map(async (blob) => {
      const bitmap = await createImageBitmap(blob);
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const at = (x: number, y: number) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
      const places = [at(0, 0), at(width - 1, 0), at(width - 1, height - 1), at(0, height - 1)];
      const hex = (rgb: number[]) => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
      return { size: [width, height], corners: places.map(hex) };
    });
    return Promise.all(seen);
  });
}

const names = (visitor: Visitor) =>
  visitor.tray.getByRole('img').evaluateAll((images) => images.map((image) => image.getAttribute('alt')));

test('pictures are put in order, turned, cropped and removed; the model gets what is seen', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  await page.addInitScript(keepAskedPictures);
  await page.goto('./');
  const corners = await tiles(
    'corners.png',
    [
      [RED, GREEN],
      [BLUE, GOLD],
    ] as string[][],
    50,
  );
  const red = await tiles('red.png', [[RED]] as string[][], 64);
  const green = await tiles('green.png', [[GREEN]] as string[][], 64);
  const gone = await tiles('gone.png', [[BLUE]] as string[][], 64);
  await visitor.pick(corners, red, green, gone);
  await expect(visitor.tray.getByRole('img')).toHaveCount(4);
  await expect(page.getByText('4 pictures: ')).toBeVisible();
  const heard = await visitor.listen();

  // By mouse: the first to the third place. A press that ends a drag opens nothing.
  const boxOf = async (name: string) => (await visitor.button(`Edit ${name}`).boundingBox())!;
  const [from, to] = [await boxOf('corners.png'), await boxOf('green.png')];
  await page.mouse.move(from.x + 30, from.y + 30);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 34, { steps: 3 });
  await page.mouse.move(to.x + 34, to.y + 30, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => names(visitor)).toEqual(['red.png', 'green.png', 'corners.png', 'gone.png']);
  await expect(page.getByRole('dialog', { name: 'Edit pictures' })).toBeHidden();
  // By keyboard: back to the second, with the focus.
  await visitor.button('Edit corners.png').focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(() => names(visitor)).toEqual(['red.png', 'corners.png', 'green.png', 'gone.png']);
  await expect(visitor.button('Edit corners.png')).toBeFocused();
  await expect.poll(heard).toContain('corners.png is picture 2 of 4');

  // One view for the rest, by keyboard: a quarter turn, then the upper half of what is seen.
  await page.keyboard.press('Enter');
  const editor = page.getByRole('dialog', { name: 'Edit pictures' });
  const said = editor.locator('[aria-live]');
  await editor.getByRole('button', { name: 'Turn right' }).press('Enter');
  await expect(said).toHaveText('Turned right, 100 × 100 px');
  const edge = editor.getByRole('slider', { name: 'Bottom edge' });
  await expect(edge).toHaveAttribute('aria-valuenow', '100');
  await edge.focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press('Shift+ArrowUp');
  await expect(edge).toHaveAttribute('aria-valuenow', '50');
  // Where the frame comes to rest is said, and not each step to it.
  await expect(said).toHaveText('Left edge at 0 px, top edge at 0 px, 100 × 50 px');
  await expectAccessible(page, 'editing pictures');
  await editor.getByRole('button', { name: 'Picture 4: gone.png' }).press('Enter');
  await editor.getByRole('button', { name: 'Remove' }).press('Enter');
  await expect(said).toHaveText('gone.png removed. Picture 3: green.png');
  await expect(editor.getByRole('button', { name: 'Remove' })).toBeFocused();
  await editor.getByRole('button', { name: 'Picture 1: red.png' }).focus();
  await page.keyboard.press('Shift+ArrowRight');
  await editor.getByRole('button', { name: 'Done' }).press('Enter');
  await expect(editor).toBeHidden();
  await expect.poll(() => names(visitor)).toEqual(['corners.png', 'red.png', 'green.png']);
  // The focus returns to the picture that was pressed, wherever it is now.
  await expect(visitor.button('Edit corners.png')).toBeFocused();

  await visitor.ask('What color is the text?');
  await visitor.lastAnswer();
  // Turned, blue stands at the top left and red at the top right; the lower half is gone.
  expect(await askedPictures(page)).toEqual([
    { size: [100, 50], corners: [BLUE, RED, RED, BLUE] },
    { size: [64, 64], corners: [RED, RED, RED, RED] },
    { size: [64, 64], corners: [GREEN, GREEN, GREEN, GREEN] },
  ]);
});

test('an edit can be undone, also after a reload, and what was cropped away is not kept with the answer', async ({
  page,
}) => {
  const visitor = new Visitor(page);
  await page.addInitScript(keepAskedPictures);
  await page.goto('./');
  await visitor.pick(
    await tiles(
      'corners.png',
      [
        [RED, GREEN],
        [BLUE, GOLD],
      ] as string[][],
      50,
    ),
  );
  const thumbnail = visitor.tray.getByRole('img', { name: 'corners.png' });
  const natural = () =>
    thumbnail.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]);
  await expect.poll(natural).toEqual([100, 100]);
  await visitor.button('Edit corners.png').click();
  const editor = page.getByRole('dialog', { name: 'Edit pictures' });
  // By mouse: the corner of the frame to the middle of the picture.
  const picture = (await editor.getByRole('img', { name: 'corners.png' }).boundingBox())!;
  const middle = { x: picture.x + picture.width / 2, y: picture.y + picture.height / 2 };
  await page.mouse.move(picture.x + picture.width, picture.y + picture.height);
  await page.mouse.down();
  await page.mouse.move(middle.x, middle.y, { steps: 4 });
  await page.mouse.up();
  await expect(editor.locator('.facts')).toContainText('50 × 50 px');
  // Leaving changes nothing.
  await page.keyboard.press('Escape');
  await expect(editor).toBeHidden();
  expect(await natural()).toEqual([100, 100]);

  await visitor.button('Edit corners.png').click();
  await editor.getByRole('slider', { name: 'Left edge' }).focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press('Shift+ArrowRight');
  await editor.getByRole('button', { name: 'Done' }).click();
  await expect.poll(natural).toEqual([50, 100]);
  // It is kept, cropped.
  await expect.poll(() => keptRecords(page, 'draft-picture')).toMatchObject([{ width: 50, height: 100 }]);

  await page.reload();
  await expect.poll(natural).toEqual([50, 100]);
  await visitor.button('Edit corners.png').click();
  await expect(editor.getByRole('slider', { name: 'Left edge' })).toHaveAttribute('aria-valuenow', '50');
  await editor.getByRole('button', { name: 'Original' }).click();
  await editor.getByRole('button', { name: 'Turn left' }).click();
  await editor.getByRole('button', { name: 'Done' }).click();
  await expect.poll(natural).toEqual([100, 100]);

  await visitor.button('Edit corners.png').click();
  await editor.getByRole('slider', { name: 'Right edge' }).focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press('Shift+ArrowLeft');
  await editor.getByRole('button', { name: 'Done' }).click();
  await expect.poll(natural).toEqual([50, 100]);
  await visitor.ask('What color is the text?');
  await visitor.lastAnswer();
  expect(await askedPictures(page)).toEqual([{ size: [50, 100], corners: [GREEN, GREEN, RED, RED] }]);
  // In a file of the conversation there is one picture, the cropped one.
  await page.getByRole('button', { name: /^More about/ }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /JSON/ }).click();
  const exported = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as {
    conversations: { pictures: { data: string; original?: unknown }[] }[];
  };
  const [kept, ...others] = exported.conversations[0]!.pictures;
  expect(others).toEqual([]);
  expect(Object.keys(kept!)).not.toContain('original');
  const header = Buffer.from(kept!.data.split(',')[1]!, 'base64');
  expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([50, 100]);
});

test('detail decides what pictures cost, in the tray and in the prompt; too many are cautioned', async ({
  page,
}) => {
  // Sixty pictures are added, and the prompts are long.
  test.slow();
  const visitor = new Visitor(page);
  const question = 'How many shapes are there?';
  const picture = {
    name: 'shapes.png',
    mimeType: 'image/png',
    buffer: readFileSync(join(repositoryRoot, 'public/samples/shapes.png')),
  };
  await page.goto('./');
  await expect(visitor.chip()).toBeVisible();
  await visitor.pick(picture, { ...picture, name: 'second.png' });
  const detail = page.getByRole('combobox', { name: 'Detail' });
  // At most 9,216, 16,384 and 65,536 pixels, 1,024 for each token.
  for (const [level, tokens] of [
    ['low', 18],
    ['auto', 32],
    ['high', 128],
  ] as const) {
    await detail.selectOption(level);
    await expect(page.getByText(`2 pictures: ${tokens} of 3,584 free tokens`)).toBeVisible();
  }
  // The prompt holds as many tokens as were told.
  await detail.selectOption('own');
  const tokens = page.getByRole('spinbutton', { name: 'Tokens for each picture' });
  await tokens.fill('25');
  await tokens.press('Tab');
  await expect(visitor.tray.getByText('25 tokens')).toHaveCount(2);
  for (const [level, expected] of [
    ['low', 18],
    ['high', 128],
  ] as const) {
    await detail.selectOption(level);
    await visitor.ask(question);
    await visitor.lastAnswer();
    const turn = visitor.turns.last();
    await turn.getByRole('button', { name: 'Speed' }).click();
    await expect(turn.getByText(new RegExp(`, ${expected} tokens$`))).toBeVisible();
    await visitor.button('New conversation').click();
    await visitor.pick(picture, { ...picture, name: 'second.png' });
    // The choice lasts.
    await expect(detail).toHaveValue(level);
  }
  await visitor.pick(...Array.from({ length: 58 }, (_, i) => ({ ...picture, name: `more ${i}.png` })));
  await expect(visitor.tray.getByRole('img')).toHaveCount(60);
  await expect(page.getByText('The pictures take 3,840 tokens; there is room for 3,584.')).toBeVisible();
  await expectAccessible(page, 'more pictures than fit');
  await visitor.button('Use less detail').click();
  await expect(detail).toHaveValue('low');
  await expect(page.getByText('The pictures take')).toBeHidden();
});

/** A JPEG with EXIF of our own in place of the one that it has: an orientation and a description. */
function withExif(jpeg: Buffer, orientation: number, description: string): Buffer {
  const text = Buffer.from(`${description}\0`, 'utf8');
  const tiff = Buffer.alloc(8 + 2 + 24 + 4);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(2, 8);
  // ImageDescription, then Orientation (Exif 2.32, table 4).
  tiff.writeUInt16BE(0x010e, 10);
  tiff.writeUInt16BE(2, 12);
  tiff.writeUInt32BE(text.length, 14);
  tiff.writeUInt32BE(tiff.length, 18);
  tiff.writeUInt16BE(0x0112, 22);
  tiff.writeUInt16BE(3, 24);
  tiff.writeUInt32BE(1, 26);
  tiff.writeUInt16BE(orientation, 30);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, text]);
  const marker = Buffer.from([0xff, 0xe1, 0, 0]);
  marker.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, withoutExif(jpeg)]);
}

/** A JPEG from behind its first marker on, without APP1. */
function withoutExif(jpeg: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 2;
  while (jpeg[at] === 0xff && jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] !== 0xe1) pieces.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...pieces, jpeg.subarray(at)]);
}

test('EXIF turns a picture; nothing of hostile names and descriptions runs or is fetched', async ({
  page,
}) => {
  // More than sixty pictures are added, and removed one by one.
  test.slow();
  const visitor = new Visitor(page);
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await page.addInitScript(() => {
    Object.assign(globalThis, { hurt: 0, pwned: () => Object.assign(globalThis, { hurt: 1 }) });
  });
  await page.addInitScript(keepAskedPictures);
  await page.goto('./');
  const jpeg = readFileSync(join(repositoryRoot, 'test/fixtures/image/formats/exif_6.jpg'));
  const plain = withExif(jpeg, 1, 'plain');
  const sizeOf = async (buffer: Buffer) =>
    page.evaluate(
      async (bytes) => {
        const { width, height } = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
        return [width, height];
      },
      [...buffer],
    );
  const [width, height] = await sizeOf(plain);
  expect(width).not.toBe(height);
  const hostile = HOSTILE.map((text, i) => ({
    name: `${text.replaceAll('/', '\u2215')}.jpg`,
    mimeType: 'image/jpeg',
    buffer: withExif(jpeg, 6, HOSTILE[(i + 1) % HOSTILE.length]!),
  }));
  expect(hostile.length).toBeGreaterThanOrEqual(60);
  await visitor.pick(...hostile);
  await expect(visitor.tray.getByRole('img')).toHaveCount(hostile.length);
  const size = `${height} × ${width} px`;
  await expect(visitor.tray.getByRole('button', { name: hostile[2]!.name }).first()).toHaveAttribute(
    'title',
    new RegExp(size),
  );
  // Edited, it lies as it is seen, and holds nothing of the file's description.
  await visitor.tray.getByRole('button').first().click();
  const editor = page.getByRole('dialog', { name: 'Edit pictures' });
  await expect(editor.locator('.facts')).toContainText(size);
  await editor.getByRole('button', { name: 'Turn right' }).click();
  await editor.getByRole('button', { name: 'Turn right' }).click();
  for (const name of ['Move later', 'Turn left', 'Turn left', 'Turn left']) {
    await editor.getByRole('button', { name }).click();
  }
  await expect(editor.locator('.facts')).toContainText(`${width} × ${height} px`);
  await editor.getByRole('button', { name: 'Done' }).click();
  await visitor.field.fill('How many shapes are there?');
  for (let left = hostile.length; left > 3; left--) {
    await expect(visitor.tray.getByRole('img')).toHaveCount(left);
    await visitor.tray
      .getByRole('button', { name: /^Remove/ })
      .last()
      .click();
  }
  await visitor.field.press('Enter');
  await visitor.lastAnswer();
  const asked = await askedPictures(page);
  expect(asked.map(({ size }) => size.join())).toEqual([
    `${height},${width}`,
    `${width},${height}`,
    `${height},${width}`,
  ]);
  const texts = await page.evaluate(async () => {
    const { askedPictures } = globalThis as unknown as { askedPictures: Blob[] };
    return (await askedPictures[1]!.text()).includes('pwned');
  });
  expect(texts).toBe(false);
  expect(await page.evaluate(() => (globalThis as unknown as { hurt: number }).hurt)).toBe(0);
  const origin = new URL(page.url()).origin;
  expect(
    fetched.filter((url) => !url.startsWith(origin) && !url.startsWith('blob:') && !url.startsWith('data:')),
  ).toEqual([]);
});
