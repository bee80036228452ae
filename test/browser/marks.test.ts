import { html, render } from 'lit';
import { expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import type { Turn } from '../../src/app/conversation.ts';
import type { GlanceTurn } from '../../src/app/elements/turn.ts';
import '../../src/app/elements/turn.ts';
import '../../src/app/markdown/index.ts';
import type { Mark } from '../../src/app/marks/find.ts';
import '../../src/app/theme.css';

const ANSWER = `There are two:

\`\`\`json
[
  {"bbox_2d": [100, 200, 400, 600], "label": "red circle"},
  {"bbox_2d": [500, 500, 900, 950], "label": "blue square"}
]
\`\`\`

and a point:

{"point_2d": [650, 100], "label": "star"}`;

/** In a second, which is the default, a busy machine may not come to it. */
const SOON = { timeout: 15_000 };

/** A turn about a picture of 400 x 200 pixels, as the page shows it where there is no stage. */
async function showTurn(text: string): Promise<GlanceTurn> {
  const canvas = new OffscreenCanvas(400, 200);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#dde';
  context.fillRect(0, 0, 400, 200);
  const file = await canvas.convertToBlob();
  const url = URL.createObjectURL(file);
  const input = await createImageBitmap(canvas);
  const picture = {
    id: 'p',
    name: 'scene',
    sample: false,
    file,
    url,
    content: { input, width: 400, height: 200 },
  };
  const turn: Turn = {
    id: 't',
    parentId: null,
    askedAt: 0,
    question: { text: 'Where?', pictures: [picture] },
    answer: { state: 'working', step: null, text, stopping: false },
    asked: null,
    keptAnswer: null,
    insteadOf: null,
  };
  let marks: readonly Mark[] = [];
  let active: number | null = null;
  const draw = () =>
    render(
      html`<glance-turn
        .turn=${turn}
        .marks=${marks}
        .activeMark=${active}
        @marks-found=${(event: CustomEvent<readonly Mark[]>) => {
          marks = event.detail;
          draw();
        }}
        @mark-active=${(event: CustomEvent<number | null>) => {
          active = event.detail;
          draw();
        }}
      ></glance-turn>`,
      document.body,
    );
  render(html``, document.body);
  draw();
  const element = document.querySelector('glance-turn')!;
  await vi.waitFor(
    () => expect(element.shadowRoot!.querySelector('glance-answer .places')).not.toBeNull(),
    SOON,
  );
  await vi.waitFor(() => expect(overlay(element)).toHaveLength(3), SOON);
  return element;
}

const overlay = (turn: GlanceTurn) => [
  ...(turn.shadowRoot!.querySelector('glance-marks')?.shadowRoot?.querySelectorAll<HTMLElement>('.mark') ??
    []),
];

test('boxes and points of an answer are drawn where they belong, and named in the text', async () => {
  const turn = await showTurn(ANSWER);
  const image = turn.shadowRoot!.querySelector('img')!;
  await vi.waitFor(() => expect(image.getBoundingClientRect().width).toBeGreaterThan(100), SOON);
  const picture = image.getBoundingClientRect();
  const at = overlay(turn).map((mark) => {
    const { left, top, right, bottom } = mark.getBoundingClientRect();
    const across = (x: number) => Math.round((1000 * (x - picture.left)) / picture.width);
    const down = (y: number) => Math.round((1000 * (y - picture.top)) / picture.height);
    return [across(left), down(top), across(right), down(bottom)];
  });
  expect(at[0]).toEqual([100, 200, 400, 600]);
  expect(at[1]).toEqual([500, 500, 900, 950]);
  const [left, top, right, bottom] = at[2]!;
  expect((left! + right!) / 2).toBeCloseTo(650, -1);
  expect((top! + bottom!) / 2).toBeCloseTo(100, -1);

  const chips = [...turn.shadowRoot!.querySelectorAll('.place')].map(({ textContent }) =>
    textContent?.trim(),
  );
  expect(chips).toEqual(['1 red circle', '2 blue square', '3 star']);
});

test('pointing at a name shows its box, and the other way round', async () => {
  const turn = await showTurn(ANSWER);
  const chips = [...turn.shadowRoot!.querySelectorAll<HTMLElement>('.place')];
  const lit = () => overlay(turn).map((mark) => mark.classList.contains('active'));
  await userEvent.hover(chips[1]!);
  await vi.waitFor(() => expect(lit()).toEqual([false, true, false]), SOON);
  await userEvent.unhover(chips[1]!);
  await vi.waitFor(() => expect(lit()).toEqual([false, false, false]), SOON);
  chips[2]!.focus();
  await vi.waitFor(() => expect(lit()).toEqual([false, false, true]), SOON);
  chips[2]!.blur();
  await userEvent.hover(overlay(turn)[0]!);
  await vi.waitFor(
    () => expect(chips.map((chip) => chip.hasAttribute('data-active'))).toEqual([true, false, false]),
    SOON,
  );
  // A finger that lifts leaves what it pressed to be looked at.
  for (const type of ['pointerover', 'pointerout']) {
    chips[1]!.dispatchEvent(new PointerEvent(type, { pointerType: 'touch', bubbles: true }));
  }
  await vi.waitFor(() => expect(lit()).toEqual([false, true, false]), SOON);
});

test('the JSON can be copied as the model gave it', async () => {
  const turn = await showTurn(ANSWER);
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  turn.shadowRoot!.querySelectorAll<HTMLElement>('.copy-json')[1]!.click();
  expect(written).toHaveBeenCalledWith('{"point_2d": [650, 100], "label": "star"}');
  written.mockRestore();
});

test('tables are copied and saved as CSV, blocks of CSV as files', async () => {
  const block = '```csv\nName,Count\nring,=1+1\n```';
  const turn = await showTurn(`${ANSWER}\n\n| A | B |\n|---|---|\n| **x** | 1,5 |\n\n${block}`);
  const press = (name: string) => turn.shadowRoot!.querySelector<HTMLElement>(name)!.click();
  await vi.waitFor(() => expect(turn.shadowRoot!.querySelector('.save-code')).not.toBeNull(), SOON);
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  press('.copy-table');
  expect(written).toHaveBeenCalledWith('A,B\r\nx,"1,5"');
  written.mockRestore();

  const saved: { name: string; text: Promise<string> }[] = [];
  const made = vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved.push({ name: '', text: (blob as Blob).text() });
    return 'blob:none';
  });
  const pressed = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.at(-1)!.name = this.download;
  });
  press('.save-table');
  press('.save-code');
  made.mockRestore();
  pressed.mockRestore();
  expect(saved.map(({ name }) => name)).toEqual(['answer.csv', 'answer.csv']);
  expect(await Promise.all(saved.map(({ text }) => text))).toEqual([
    'A,B\r\nx,"1,5"',
    "Name,Count\r\nring,'=1+1",
  ]);
});
