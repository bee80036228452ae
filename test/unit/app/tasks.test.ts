import { expect, test } from 'vitest';
import { marksIn } from '../../../src/app/marks/find.ts';
import { parseCsv, toCsv } from '../../../src/app/tasks/csv.ts';
import { TaskController, type TaskField } from '../../../src/app/tasks/task_controller.ts';
import { needsSubject, offeredTasks, taskQuestion } from '../../../src/app/tasks/tasks.ts';
import { TASK_IDS, TASK_WORDINGS } from '../../../src/model/tasks.ts';
import type { ModelInfo } from '../../../src/rpc/contract.ts';

const vision = {
  minPixels: 65_536,
  maxPixels: 16_777_216,
  defaultMaxPixels: 1_048_576,
  patchSize: 16,
  mergeSize: 2,
};
const real: Pick<ModelInfo, 'demo' | 'tasks' | 'vision'> = { demo: false, tasks: null, vision };

const ids = (...offer: Parameters<typeof offeredTasks>) => offeredTasks(...offer).map(({ id }) => id);

test('a model is offered what it can do, with the pictures that are there', () => {
  expect(ids(real, 2, 'en')).toEqual([...TASK_IDS]);
  expect(ids(real, 1, 'en')).toEqual(TASK_IDS.filter((id) => id !== 'compare'));
  expect(ids(real, 0, 'en')).toEqual([]);
  expect(ids({ ...real, vision: null }, 2, 'en')).toEqual([]);
  expect(ids(null, 2, 'en')).toEqual([]);
  // A model that names its tasks knows these alone; a demonstration that names none knows none.
  const own = { describe: 'Describe the image.', find: 'Locate the {}.', dance: 'Dance.' };
  expect(offeredTasks({ ...real, demo: true, tasks: own }, 2, 'zh')).toEqual([
    { id: 'describe', wording: 'Describe the image.' },
    { id: 'find', wording: 'Locate the {}.' },
  ]);
  expect(ids({ ...real, demo: true }, 2, 'en')).toEqual([]);
});

test('models are asked in the language of the page, else in English', () => {
  expect(offeredTasks(real, 1, 'zh-TW')[0]!.wording).toBe(TASK_WORDINGS.zh!.describe);
  expect(offeredTasks(real, 1, 'fr')[0]!.wording).toBe(TASK_WORDINGS.en!.describe);
});

test.each(Object.entries(TASK_WORDINGS))('the wordings of %s', (_language, wordings) => {
  for (const id of TASK_IDS) {
    const asks = ['find', 'point', 'document'].includes(id);
    expect(needsSubject({ id, wording: wordings[id] }), id).toBe(asks);
  }
  // The form that is asked for is one that is drawn, once it holds numbers.
  const filled = (text: string) => text.replace(/\b(x|y)\d?\b/g, '500');
  expect(marksIn(filled(wordings.find))).toMatchObject([{ kind: 'box', at: [500, 500, 500, 500] }]);
  expect(marksIn(filled(wordings.point))).toMatchObject([{ kind: 'point', at: [500, 500] }]);
  expect(wordings.table).toContain('```csv');
  expect(wordings.chart).toContain('```csv');
});

test('what the reader names stands in the question as it was typed', () => {
  const task = { id: 'find', wording: 'Locate the {}. All of: {}' } as const;
  expect(taskQuestion(task, '  red $& cars\n and {} "vans" ')).toBe(
    'Locate the red $& cars and {} "vans". All of: red $& cars and {} "vans"',
  );
});

class Field implements TaskField {
  text = '';
  isBusy = false;
  readonly asked: string[] = [];
  updateComplete = Promise.resolve(true);
  addController() {}
  removeController() {}
  requestUpdate() {}
  focus() {}
  write(text: string) {
    this.text = text;
  }
  ask() {
    this.asked.push(this.text);
    this.text = '';
  }
}

test('a task asks at once, or for what it is about first', () => {
  const field = new Field();
  const tasks = new TaskController(field);
  tasks.start({ id: 'describe', wording: 'Describe it.' });
  expect(field.asked).toEqual(['Describe it.']);

  tasks.start({ id: 'find', wording: 'Locate the {}.' });
  expect(tasks.waiting?.id).toBe('find');
  field.text = 'blue star';
  tasks.ask();
  expect(tasks.waiting).toBeNull();
  expect(field.asked).toEqual(['Describe it.', 'Locate the blue star.']);

  tasks.start({ id: 'find', wording: 'Locate the {}.' });
  tasks.leave();
  field.text = 'blue star';
  tasks.ask();
  expect(field.asked.at(-1)).toBe('blue star');
});

test('words that stand in the field are not sent by a task', () => {
  const field = new Field();
  const tasks = new TaskController(field);
  field.text = 'Be brief. ';
  tasks.start({ id: 'describe', wording: 'Describe it.' });
  expect(field).toMatchObject({ text: 'Be brief.\nDescribe it.', asked: [] });
  field.text = '';
  field.isBusy = true;
  tasks.start({ id: 'describe', wording: 'Describe it.' });
  expect(field).toMatchObject({ text: 'Describe it.', asked: [] });
});

test('tables become CSV and are read back', () => {
  const rows = [
    ['City', 'Says "hi"', 'a,b'],
    ['Zürich', 'two\nlines', ''],
    ['', '', 'x'],
  ];
  expect(toCsv(rows)).toBe('City,"Says ""hi""","a,b"\r\nZürich,"two\nlines",\r\n,,x');
  expect(parseCsv(toCsv(rows))).toEqual(rows);
  expect(parseCsv('a;b\n"1;2";3,5\n\n')).toEqual([
    ['a', 'b'],
    ['1;2', '3,5'],
  ]);
  expect(parseCsv('a\tb\r\nc\td')).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(parseCsv('')).toEqual([]);
});

test('nothing in a table becomes a formula, and numbers stay numbers', () => {
  const cells = [
    '=HYPERLINK("http://x")',
    '+cmd|calc',
    '@SUM(A1)',
    '-2+3',
    '-5',
    '+3.5 %',
    '-1,250',
    '-',
    '-5 °C',
    '- item',
    '-5e3',
    '-B2',
  ];
  expect(parseCsv(toCsv([cells]))).toEqual([
    [
      `'=HYPERLINK("http://x")`,
      "'+cmd|calc",
      "'@SUM(A1)",
      "'-2+3",
      '-5',
      '+3.5 %',
      '-1,250',
      '-',
      '-5 °C',
      '- item',
      '-5e3',
      "'-B2",
    ],
  ]);
});
