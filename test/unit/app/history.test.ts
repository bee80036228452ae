import { describe, expect, test, vi } from 'vitest';
import { saveConversations } from '../../../src/app/elements/save_conversations.ts';
import { conversationIn } from '../../../src/app/history/address.ts';
import { exportConversations, exportName } from '../../../src/app/history/export_file.ts';
import { groupByDate } from '../../../src/app/history/groups.ts';
import { HistoryDb } from '../../../src/app/history/history_db.ts';
import { readConversations } from '../../../src/app/history/import_file.ts';
import { conversationMarkdown } from '../../../src/app/history/markdown.ts';
import { MemoryRecords } from '../../../src/app/history/record_store.ts';
import {
  inListOrder,
  type KeptConversation,
  type Summary,
  type TurnRecord,
  titleOf,
} from '../../../src/app/history/records.ts';
import {
  markedPieces,
  matchingLine,
  patternsOf,
  searchConversations,
  textsOf,
} from '../../../src/app/history/search.ts';
import { type AnswerSettings, DEFAULT_ANSWERS } from '../../../src/app/settings/settings.ts';
import { GlanceError } from '../../../src/model/errors.ts';
import { GREEDY } from '../../../src/model/sampling.ts';

const summary = (id: string, change: Partial<Summary> = {}): Summary => ({
  id,
  title: `Title of ${id}`,
  named: false,
  pinned: false,
  createdAt: 1,
  changedAt: 2,
  deletedAt: null,
  covered: false,
  ...change,
});

const turn = (id: string, parentId: string | null, change: Partial<TurnRecord> = {}): TurnRecord => ({
  id,
  conversationId: 'a',
  parentId,
  askedAt: 10,
  text: `Question ${id}`,
  pictures: [],
  answer: { state: 'stopped', text: `Answer ${id}`, result: null },
  ...change,
});

const png = new Blob([new Uint8Array(70_000).map((_, i) => i % 251)], { type: 'image/png' });

const answers: AnswerSettings = {
  ...DEFAULT_ANSWERS,
  sampling: { temperature: 0.3, topK: 7 },
  stop: ['END'],
  thinking: false,
};

const kept: KeptConversation = {
  summary: summary('a', { pinned: true }),
  turns: [
    turn('t1', null, {
      pictures: ['p'],
      asked: {
        systemPrompt: 'Be brief.',
        answers: { ...DEFAULT_ANSWERS, seed: 5, maxTokens: 3 },
        model: 'pico',
        deviceName: 'CPU',
        contextLength: 4096,
      },
      answer: {
        state: 'done',
        text: ' A star.\n',
        thought: { text: 'Well.', ms: 1200 },
        result: {
          text: ' A star.\n',
          finishReason: 'length',
          sampling: { ...GREEDY, temperature: 0.3 },
          seed: 5,
          usage: {
            promptTokens: 10,
            cachedTokens: 0,
            imageTokens: 4,
            completionTokens: 3,
            reasoningTokens: 0,
          },
          speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
          timings: { picturesMs: 0, visionMs: 0, prefillMs: 1, firstTokenMs: 2, decodeMs: 2 },
        },
      },
    }),
    turn('t2', 't1', { text: 'First line\nsecond line', askedAt: 20 }),
    turn('t3', 't1', {
      askedAt: 30,
      answer: { state: 'failed', text: '', error: { code: 'out-of-memory', message: 'No.', details: {} } },
    }),
    turn('t4', 't3', { askedAt: 40, answer: { state: 'cut', text: 'Half' } }),
  ],
  pictures: [{ id: 'p', name: 'star.png', sample: false, vector: false, width: 64, height: 32, file: png }],
  seen: [['t1', 't2']],
  settings: { systemPrompt: 'Answer in one word.', answers },
};

/** What a page tells of a picture, without a page: anything that says it is a PNG is one. */
const inspect = async (file: Blob) => {
  if (file.type !== 'image/png') throw new GlanceError('picture-unreadable', 'No picture.');
  return { input: file, width: 64, height: 32 };
};

type Plain = Record<string, unknown>;

interface Exported {
  version: number;
  conversations: [{ turns: [Plain & { answer: Plain & { result: object } }]; pictures: [Plain] }];
}

async function exported(): Promise<Exported> {
  const db = new HistoryDb(new MemoryRecords());
  await db.add(kept);
  const { files } = await exportConversations(db, ['a'], 'json');
  return JSON.parse(await files[0]!.text());
}

const readText = (text: string) => readConversations(new Blob([text]), inspect);

test('an exported conversation comes back as it was, picture bytes included', async () => {
  const [back, ...more] = await readText(JSON.stringify(await exported()));
  expect(more).toEqual([]);
  const { pictures, ...rest } = back!;
  const { pictures: before, ...expected } = kept;
  expect(rest).toEqual(expected);
  expect(pictures[0]).toMatchObject({ ...before[0], file: expect.any(Blob) });
  expect(pictures[0]!.file.type).toBe('image/png');
  expect(new Uint8Array(await pictures[0]!.file.arrayBuffer())).toEqual(
    new Uint8Array(await png.arrayBuffer()),
  );
});

test('which versions are seen of turns that are gone is left behind, by export as by import', async () => {
  const stale: KeptConversation['seen'] = [['t1', 'gone'], ['gone', 't4'], [null, 't1'], ...kept.seen];
  const seen = [[null, 't1'], ...kept.seen];
  const db = new HistoryDb(new MemoryRecords());
  await db.add({ ...kept, seen: stale });
  const { files } = await exportConversations(db, ['a'], 'json');
  const root = JSON.parse(await files[0]!.text());
  expect(root.conversations[0].seen).toEqual(seen);
  root.conversations[0].seen = stale;
  expect((await readText(JSON.stringify(root)))[0]!.seen).toEqual(seen);
});

test('what is exported can be imported: it is spread over files, and what no file can take is told', async () => {
  const db = new HistoryDb(new MemoryRecords());
  const file = new Blob([new Uint8Array(300_000)], { type: 'image/png' });
  const huge = { ...kept, summary: summary('huge'), pictures: [{ ...kept.pictures[0]!, file }] };
  const wordy = {
    ...kept,
    summary: summary('wordy'),
    turns: [turn('t1', null, { text: '—'.repeat(90_000) })],
  };
  const ids = ['a', 'b', 'c', 'd'];
  for (const id of ids) await db.add({ ...kept, summary: summary(id) });
  for (const one of [huge, wordy]) await db.add({ ...one, seen: [] });
  // A conversation takes about 95 kB: two fit into a file.
  const limit = 200_000;
  const all = ['a', 'huge', 'b', 'c', 'gone', 'wordy', 'd'];
  const done: number[] = [];
  const { files, tooLarge } = await exportConversations(db, all, 'json', (count) => done.push(count), limit);
  expect(tooLarge).toEqual(['Title of huge', 'Title of wordy']);
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const back: string[][] = [];
  for (const one of files) {
    expect(one.size).toBeLessThanOrEqual(limit);
    back.push((await readConversations(one, inspect)).map((conversation) => conversation.summary.id));
  }
  expect(back).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  // To the byte: what just fits is not parted.
  const exact = await exportConversations(db, ['a', 'b'], 'json', () => {}, files[0]!.size);
  expect(exact.files.map(({ size }) => size)).toEqual([files[0]!.size]);
  const less = await exportConversations(db, ['a', 'b'], 'json', () => {}, files[0]!.size - 1);
  expect(less.files).toHaveLength(2);
  expect((await exportConversations(db, ['huge'], 'json', () => {}, limit)).files).toEqual([]);
  // Markdown is not imported, and has no pictures.
  const markdown = await exportConversations(db, ids, 'markdown', () => {}, 10);
  expect(markdown).toMatchObject({ files: [{ type: 'text/markdown' }], tooLarge: [] });
});

test('several files are saved under names that tell them apart, and what is in none is told after that', async () => {
  vi.useFakeTimers();
  const saved: string[] = [];
  const link = { href: '', download: '', click: () => saved.push(link.download) };
  vi.stubGlobal('document', { createElement: () => link });
  const save = (files: number, tooLarge: string[] = []) => {
    const history = { export: async () => ({ files: Array<Blob>(files).fill(new Blob()), tooLarge }) };
    return saveConversations(history, ['a', 'b'], 'json', 'glance 2026-10-21', () => {});
  };
  try {
    expect(await save(1)).toBe(1);
    const two = save(2);
    await vi.runAllTimersAsync();
    expect(await two).toBe(2);
    await expect(save(1, ['Cats', 'Dogs'])).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/400 MB.* not saved: Cats, Dogs\. .*All others are saved/),
    });
    await expect(save(0, ['Cats'])).rejects.not.toThrow(/others/);
  } finally {
    vi.runAllTimers();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }
  const name = 'glance-2026-10-21';
  expect(saved).toEqual([`${name}.json`, `${name}-1-of-2.json`, `${name}-2-of-2.json`, `${name}.json`]);
});

test('the same file twice adds nothing, a longer one completes, and what is here is not overwritten', async () => {
  const db = new HistoryDb(new MemoryRecords());
  expect((await db.add(kept)).added).toBe('new');
  expect((await db.add(kept)).added).toBe('known');
  const longer: KeptConversation = {
    ...kept,
    turns: [turn('t1', null, { text: 'Forged' }), turn('t5', 't2')],
    pictures: [{ ...kept.pictures[0]!, name: 'forged.png' }],
  };
  expect((await db.add(longer)).added).toBe('completed');
  const here = (await db.conversation('a'))!;
  expect(here.turns.map(({ id }) => id).sort()).toEqual(['t1', 't2', 't3', 't4', 't5']);
  expect(here.turns.find(({ id }) => id === 't1')?.text).toBe('Question t1');
  expect(here.pictures[0]?.name).toBe('star.png');
  await db.changeSummary('a', { deletedAt: 5 });
  expect((await db.add(kept)).added).toBe('new');
  expect((await db.conversation('a'))!.turns).toHaveLength(4);
});

describe('a file that is not what it says is refused with the place', () => {
  const cases: [string, (root: Exported) => unknown, RegExp][] = [
    ['no JSON', () => '{', /well-formed JSON/],
    ['another format', () => ({ format: 'chat' }), /no conversations of Glance/],
    ['a list', () => [], /the file must be an object/],
    ['nothing', () => null, /the file must be an object/],
    ['a later version', (root) => ({ ...root, version: 2 }), /newer version/],
    ['no list', (root) => ({ ...root, conversations: {} }), /conversations must be a list/],
    [
      'markup as id',
      (root) => first(root, { id: '<img src=x onerror=alert(1)>' }),
      /\[0\]\.id must be a name/,
    ],
    ['a path as id', (root) => first(root, { id: '../../a' }), /\[0\]\.id must be a name/],
    ['no title', (root) => first(root, { title: 7 }), /\[0\]\.title must be a text/],
    ['an endless title', (root) => first(root, { title: 'x'.repeat(501) }), /\[0\]\.title must be a text/],
    ['no time', (root) => first(root, { changedAt: 1e300 }), /\[0\]\.changedAt must be milliseconds/],
    ['no turns', (root) => first(root, { turns: [] }), /\[0\]\.turns is empty/],
    ['a turn twice', (root) => turns(root, (list) => [...list, list[0]]), /\.turns has an id twice/],
    [
      'a circle of turns',
      (root) =>
        turns(root, (list) => [
          ...list,
          { ...list[1], id: 'x', parentId: 'y' },
          { ...list[1], id: 'y', parentId: 'x' },
        ]),
      /turns that follow none of the others/,
    ],
    ['a picture that is missing', (root) => first(root, { pictures: [] }), /must be a list of at most 0/],
    [
      'a picture of another name',
      (root) => picture(root, { id: 'q' }),
      /names a picture that is not in the file/,
    ],
    [
      'a page as picture',
      (root) => picture(root, { data: 'data:text/html;base64,PGI+' }),
      /data is no usable picture/,
    ],
    [
      'an address as picture',
      (root) => picture(root, { data: 'https://example.com/a.png' }),
      /must be a data URL/,
    ],
    ['broken base64', (root) => picture(root, { data: 'data:image/png;base64,*' }), /well-formed base64/],
    ['an unknown state', (root) => answer(root, { state: 'working' }), /answer\.state must be/],
    [
      'a text that is none',
      (root) => answer(root, { text: { toString: 'x' } }),
      /answer\.text must be a text/,
    ],
    [
      'no figures',
      (root) => answer(root, { result: { finishReason: 'stop' } }),
      /result\.usage must be an object/,
    ],
    [
      'endless figures',
      (root) =>
        answer(root, {
          result: { ...root.conversations[0].turns[0].answer.result, timings: { picturesMs: '1' } },
        }),
      /timings\.picturesMs must be a number/,
    ],
    [
      'a version without a name',
      (root) => first(root, { seen: [['t1', '<b>']] }),
      /seen\[0\] must be a pair/,
    ],
    ['half a pair', (root) => first(root, { seen: [['t1']] }), /seen\[0\] must be a pair/],
  ];
  const first = (root: Exported, change: object) => ({
    ...root,
    conversations: [{ ...root.conversations[0], ...change }],
  });
  const turns = (root: Exported, change: (list: Plain[]) => Plain[]) =>
    first(root, { turns: change(root.conversations[0].turns) });
  const answer = (root: Exported, change: object) =>
    turns(root, ([head, ...rest]) => [
      { ...head, answer: { ...(head?.answer as Plain), ...change } },
      ...rest,
    ]);
  const picture = (root: Exported, change: object) =>
    first(root, { pictures: [{ ...root.conversations[0].pictures[0], ...change }] });

  test.each(cases)('%s', async (_, change, reason) => {
    const changed = change(await exported());
    const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
    const error = await readText(text).then(
      () => null,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(reason) });
  });

  test('members that nobody asked for are left behind, prototypes included', async () => {
    const text = JSON.stringify(await exported()).replace(
      '"title":',
      '"__proto__":{"polluted":true},"onload":"alert(1)","title":',
    );
    const [back] = await readText(text);
    expect(Object.keys(back!.summary).sort()).toEqual(Object.keys(kept.summary).sort());
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((back!.summary as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

test('Markdown has what is seen: questions as headings, pictures by name, answers as they are', () => {
  expect(conversationMarkdown(kept)).toBe(
    [
      '# Title of a',
      '## Question t1',
      '- Picture: star.png, 64 × 32 px',
      'A star.',
      '## First line',
      'second line',
      'Answer t2\n',
    ].join('\n\n'),
  );
  expect(conversationMarkdown({ ...kept, seen: [] })).toContain('## Question t3\n\n*No answer.*');
});

test('files and conversations are called by their words', () => {
  expect(exportName('What shape is red?', 'json')).toBe('what-shape-is-red.json');
  expect(exportName('../..', 'markdown')).toBe('conversation.md');
  expect(exportName('图中有什么？', 'markdown')).toBe('图中有什么.md');
  expect(titleOf('\n  What   is\tit?\nSay more.')).toBe('What is it?');
  expect(titleOf('x'.repeat(300))).toHaveLength(120);
});

test('an address names a conversation only by a name that could be one', () => {
  expect(conversationIn({ hash: '#c=abc_1-2' })).toBe('abc_1-2');
  expect(conversationIn({ hash: '#c=<b>' })).toBeNull();
  expect(conversationIn({ hash: '' })).toBeNull();
});

test('the list has pinned ones first, then the newest, under the days they were spoken in', () => {
  const now = new Date(2026, 10, 21, 12).getTime();
  const ago = (days: number) => new Date(2026, 10, 21 - days, 11).getTime();
  const list = inListOrder([
    summary('old', { changedAt: ago(400) }),
    summary('today', { changedAt: ago(0) }),
    summary('pinned', { changedAt: ago(90), pinned: true }),
    summary('yesterday', { changedAt: new Date(2026, 10, 20, 0, 1).getTime() }),
    summary('week', { changedAt: ago(5) }),
    summary('month', { changedAt: ago(20) }),
    summary('earlier', { changedAt: ago(60) }),
    summary('today too', { changedAt: ago(0) - 1 }),
  ]);
  expect(
    groupByDate(list, now).map(({ heading, summaries }) => [heading, ...summaries.map(({ id }) => id)]),
  ).toEqual([
    ['Pinned', 'pinned'],
    ['Today', 'today', 'today too'],
    ['Yesterday', 'yesterday'],
    ['Last 7 days', 'week'],
    ['Last 30 days', 'month'],
    ['September', 'earlier'],
    ['October 2025', 'old'],
  ]);
});

describe('search', () => {
  const list = [summary('a', { title: 'Red things' }), summary('b', { title: 'Two cats' })];
  const red = 'What shape is red?\nThe red shape is a\ntriangle (50 % wide).';
  const texts = textsOf([
    { id: 'a', text: red },
    { id: 'b', text: 'Größe der Katze?\nAbout 40 cm.' },
  ]);
  const find = (query: string) => searchConversations(list, texts, query);
  const line = (query: string) => matchingLine(list[0]!, texts, patternsOf(query));

  test('all words must be there, in whatever case, in title, question or answer', () => {
    expect(find('RED')).toEqual(['a']);
    expect(find('triangle')).toEqual(['a']);
    expect(find('things triangle')).toEqual(['a']);
    expect(find('cats triangle')).toEqual([]);
    expect(find('GRÖßE katze')).toEqual(['b']);
    expect(find('a')).toEqual(['a', 'b']);
  });

  test('the line with most of the words is shown, unless the title has them all', () => {
    expect(line('RED')).toBeNull();
    expect(line('triangle')).toBe('triangle (50 % wide).');
    expect(line('shape triangle red')).toBe('What shape is red?');
  });

  test('signs are signs, not patterns', () => {
    expect(find('(50 %')).toHaveLength(1);
    expect(line('(50 %')).toBe('triangle (50 % wide).');
    for (const query of ['.*', '[', '\\', '(?:', '^T', '{2}', '-/']) {
      expect(find(query)).toEqual([]);
      expect(line(query)).toBeNull();
    }
    expect(find('cm.')).toHaveLength(1);
  });

  test('a long line is shown from a little before the match on, and the match is marked', () => {
    const long = `${'word '.repeat(100)}needle${' word'.repeat(100)}`;
    const shown = matchingLine(list[0]!, textsOf([{ id: 'a', text: long }]), patternsOf('needle'))!;
    expect(shown).toMatch(/^…(word ){1,6}needle/);
    expect(shown.length).toBeLessThan(170);
    expect(markedPieces('A red Red rug', patternsOf('red'))).toEqual(['A ', 'red', ' ', 'Red', ' rug']);
    expect(markedPieces('a.b', patternsOf('. b'))).toEqual(['a', '.', '', 'b', '']);
  });

  test('what was said is found as soon as it is written, and goes with its conversation', async () => {
    const db = new HistoryDb(new MemoryRecords());
    await db.add(kept);
    const [said] = await db.said();
    expect(said!.text).toContain('First line\nsecond line\nAnswer t2');
    await db.changeSummary('a', { deletedAt: 1 });
    await db.remove('a');
    expect(await db.said()).toEqual([]);
  });
});
