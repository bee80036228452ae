import { afterEach, expect, test, vi } from 'vitest';
import type { GlanceError } from '../../../src/model/errors.ts';
import {
  checkedHubBase,
  listRepository,
  modelFiles,
  namedFile,
  parseModelReference,
  preferredFiles,
  quantizationOf,
  repositoryOf,
  sortModelFiles,
} from '../../../src/store/reference.ts';

const HUB = 'https://huggingface.co/';
const FILE = `${HUB}Qwen/Qwen3-VL-2B-Instruct-GGUF/resolve/main/Qwen3VL-2B-Instruct-Q4_K_M.gguf`;
const VISION = `${HUB}Qwen/Qwen3-VL-2B-Instruct-GGUF/resolve/main/mmproj-Qwen3VL-2B-Instruct-Q8_0.gguf`;
const parse = (text: string, base = HUB) => parseModelReference(text, base);
const repository = (repo: string, rest = {}) => ({
  kind: 'repository',
  base: HUB,
  repo,
  revision: 'main',
  quantization: null,
  ...rest,
});

function errorOf(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    return error as GlanceError;
  }
  throw new Error('nothing was thrown');
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each([
  ['Qwen/Qwen3-4B-GGUF', repository('Qwen/Qwen3-4B-GGUF')],
  ['  Qwen/Qwen3-4B-GGUF\n', repository('Qwen/Qwen3-4B-GGUF')],
  ['Qwen/Qwen3-4B-GGUF:Q8_0', repository('Qwen/Qwen3-4B-GGUF', { quantization: 'Q8_0' })],
  ['some.one/Qwen3-1.7B-GGUF', repository('some.one/Qwen3-1.7B-GGUF')],
  [`${HUB}Qwen/Qwen3-4B-GGUF`, repository('Qwen/Qwen3-4B-GGUF')],
  ['huggingface.co/Qwen/Qwen3-4B-GGUF/', repository('Qwen/Qwen3-4B-GGUF')],
  ['hf.co/Qwen/Qwen3-4B-GGUF', repository('Qwen/Qwen3-4B-GGUF')],
  ['hf.co/Qwen/Qwen3-4B-GGUF:Q8_0', repository('Qwen/Qwen3-4B-GGUF', { quantization: 'Q8_0' })],
  [`${HUB}Qwen/Qwen3-4B-GGUF:Q8_0`, repository('Qwen/Qwen3-4B-GGUF', { quantization: 'Q8_0' })],
  [`<${HUB}Qwen/Qwen3-4B-GGUF/tree/v1.0>`, repository('Qwen/Qwen3-4B-GGUF', { revision: 'v1.0' })],
])('%s is a repository', (text, expected) => {
  expect(parse(text)).toEqual(expected);
});

test.each([
  [FILE],
  [FILE.replace('/resolve/', '/blob/')],
  [`${FILE}?download=true`],
  ['Qwen/Qwen3-VL-2B-Instruct-GGUF/Qwen3VL-2B-Instruct-Q4_K_M.gguf'],
])('%s is a file', (text) => {
  expect(parse(text)).toEqual({ kind: 'files', text: FILE, vision: null });
});

test('a text file and its mmproj file, in either order', () => {
  const expected = { kind: 'files', text: FILE, vision: VISION };
  expect(parse(`${FILE} ${VISION}`)).toEqual(expected);
  expect(parse(`${VISION},\n${FILE}`)).toEqual(expected);
});

test('a file on any server, as it is', () => {
  const url = 'https://models.example/files/model.gguf?token=a';
  expect(parse(url)).toEqual({ kind: 'files', text: url, vision: null });
});

test('a part of a split model means all of it', () => {
  const parts = [1, 2, 3].map((n) => `https://models.example/big-0000${n}-of-00003.gguf`);
  expect(parse(parts[1]!)).toEqual({ kind: 'files', text: parts[0], vision: null });
  expect(parse(parts.join(' '))).toEqual({ kind: 'files', text: parts[0], vision: null });
});

test('the escapes of an address are taken off once, also those that are none', () => {
  const at = (revision: string) => repository('o/r', { revision });
  expect(parse(`${HUB}o/r/tree/refs%2Fpr%2F1`)).toEqual(at('refs/pr/1'));
  expect(parse(`${HUB}o/r/tree/%zz`)).toEqual(at('%zz'));
  for (const path of ['resolve/refs%2Fpr%2F1/x.gguf', 'resolve/main/sub%20folder/x%23%C3%A9.gguf']) {
    const text = `${HUB}o/r/${path}`;
    expect(parse(text.replace('/resolve/', '/blob/'))).toEqual({ kind: 'files', text, vision: null });
  }
  expect(parse(`${HUB}o/r/blob/main/%zz.gguf`)).toMatchObject({ text: `${HUB}o/r/resolve/main/%25zz.gguf` });
  expect(errorOf(() => parse(`${HUB}%zz`)).code).toBe('invalid-argument');
});

test('a mirror in a folder of its host', () => {
  const base = 'https://models.example/hub/';
  expect(parse(`${base}Qwen/Qwen3-4B-GGUF`, base)).toEqual({ ...repository('Qwen/Qwen3-4B-GGUF'), base });
  expect(parse(`${base}Qwen/Q/blob/main/a.gguf`, base)).toEqual({
    kind: 'files',
    text: `${base}Qwen/Q/resolve/main/a.gguf`,
    vision: null,
  });
  expect(parse('Qwen/Qwen3-4B-GGUF', base)).toMatchObject({ base });
  const spaced = 'https://models.example/my%20hub/';
  expect(parse(`${spaced}o/r`, spaced)).toEqual({ ...repository('o/r'), base: spaced });
  // Another host stays what it is.
  expect(parse(FILE, base)).toEqual({ kind: 'files', text: FILE, vision: null });
});

test.each([
  ['', /^Paste the address/],
  ['qwen', /names no model/],
  ['ftp://models.example/a.gguf', /ftp:/],
  ['file:///home/me/a.gguf', /Choose the file, or drop it/],
  [VISION, /only the half of a model that sees/],
  [`${HUB}datasets/Qwen/pictures`, /data set/],
  [`${HUB}Qwen/Qwen3-4B/blob/main/model.safetensors`, /-GGUF/],
  [`${HUB}Qwen/Qwen3-4B-GGUF/blob/main/README.md`, /not a model file/],
  ['https://models.example/a/b/c', /neither a model's page nor/],
  [`Qwen/Qwen3-4B-GGUF ${FILE}`, /not both together/],
  [`${FILE} https://models.example/other.gguf`, /several models/],
])('"%s" is refused in plain words', (text, message) => {
  const error = errorOf(() => parse(text));
  expect(error.code).toBe('invalid-argument');
  expect(error.message).toMatch(message);
});

test.each([
  ['Qwen3VL-2B-Instruct-Q4_K_M.gguf', 'Q4_K_M'],
  ['Qwen3-0.6B-Q8_0.gguf', 'Q8_0'],
  ['mmproj-BF16.gguf', 'BF16'],
  ['model.f16.gguf', 'F16'],
  ['Qwen3-4B-UD-Q4_K_XL.gguf', 'UD-Q4_K_XL'],
  ['Qwen3-4B-IQ4_XS.gguf', 'IQ4_XS'],
  ['Q4/big-Q5_K_M-00001-of-00002.gguf', 'Q5_K_M'],
  ['model.gguf', null],
])('%s is in %s', (name, expected) => {
  expect(quantizationOf(name)).toBe(expected);
});

const REPO = { base: HUB, repo: 'o/n', revision: 'main' };

test('the models among the files of a repository', () => {
  const listed = [
    { path: 'README.md', size: 10 },
    { path: 'm-Q4_K_M.gguf', size: 100 },
    { path: 'm-IQ4_XS.gguf', size: 90 },
    { path: 'm-F16-00001-of-00002.gguf', size: 200 },
    { path: 'm-F16-00002-of-00002.gguf', size: 150 },
    { path: 'm-F32-00001-of-00002.gguf', size: 200 },
    { path: 'mmproj-m-F16.gguf', size: 20 },
    { path: 'mmproj-m-Q8_0.gguf', size: null },
  ];
  const files = modelFiles(REPO, listed);
  expect(files.texts.map(({ name, bytes, readable }) => [name, bytes, readable])).toEqual([
    ['m-Q4_K_M.gguf', 100, true],
    ['m-IQ4_XS.gguf', 90, false],
    ['m-F16.gguf', 350, true],
  ]);
  expect(files.texts[2]!.url).toBe(`${HUB}o/n/resolve/main/m-F16-00001-of-00002.gguf`);
  expect(files.visions.map(({ bytes }) => bytes)).toEqual([20, null]);
  expect(preferredFiles(files, null)).toMatchObject({
    text: { name: 'm-Q4_K_M.gguf' },
    vision: { name: 'mmproj-m-Q8_0.gguf' },
  });
  expect(preferredFiles(files, 'f16').text.name).toBe('m-F16.gguf');
  expect(errorOf(() => modelFiles(REPO, [{ path: 'model.safetensors', size: 1 }])).message).toMatch(/-GGUF/);
  expect(errorOf(() => modelFiles(REPO, [listed[6]!])).message).toMatch(/no complete text model/);
});

test.each([
  [true, ['model-q8', 'model-Q4', 'm-q4_k_m', 'm-UD-Q4_K_XL', 'm-UD-Q8_K_XL', 'm-BF16', 'm-MXFP4_MOE', 'm']],
  [
    false,
    ['m-IQ1_S', 'm-iq4_nl', 'm-UD-IQ2_M', 'm-TQ2_0', 'm-Q2_K', 'm-q3_k_m', 'm-UD-Q2_K_XL', 'm-Q3_K_XL'],
  ],
  [false, ['m-Q4_0_4_8', 'm-MXFP4', 'm-NVFP4']],
])('as far as its name tells, Glance reads a file: %j of %j', (readable, names) => {
  const files = names.map((name) => namedFile(`https://models.example/${name}.gguf`));
  expect(files.filter((file) => file.readable !== readable)).toEqual([]);
});

test('what a repository begins with is usual, or may be read, if there is such a file', () => {
  const first = (...names: string[]) => {
    const listed = names.map((name) => ({ path: `m-${name}.gguf`, size: 100 }));
    return preferredFiles(modelFiles(REPO, listed), null).text.quantization;
  };
  expect(first('UD-Q8_K_XL', 'Q5_K_S', 'Q4_K_M')).toBe('Q4_K_M');
  expect(first('IQ4_XS', 'UD-Q8_K_XL', 'Q5_K_S')).toBe('Q5_K_S');
  expect(first('IQ4_XS', 'UD-Q8_K_XL')).toBe('UD-Q8_K_XL');
  expect(first('IQ4_XS', 'Q2_K')).toBe('IQ4_XS');
});

test('a repository is listed by the hub, whose sizes are those of large files', async () => {
  const asked: string[] = [];
  const list = [
    { type: 'directory', path: 'x' },
    { type: 'file', path: 'm-Q8_0.gguf', size: 130, lfs: { size: 5000 } },
  ];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return Response.json(list);
  });
  const { texts } = await listRepository(repositoryOf(`${HUB}o/n/resolve/v 1/m-Q8_0.gguf`)!);
  expect(asked).toEqual([`${HUB}api/models/o/n/tree/v%201?recursive=true`]);
  expect(texts).toMatchObject([{ name: 'm-Q8_0.gguf', bytes: 5000, quantization: 'Q8_0' }]);
  expect(repositoryOf('https://models.example/m.gguf')).toBeNull();
});

test.each([
  [404, /no repository o\/n/],
  [401, /permission/],
  [503, /HTTP 503/],
])('a hub that answers %i', async (status, message) => {
  vi.stubGlobal('fetch', async () => new Response('', { status }));
  await expect(listRepository(repositoryOf(`${HUB}o/n/resolve/main/a.gguf`)!)).rejects.toMatchObject({
    code: 'file-unreachable',
    message: expect.stringMatching(message),
  });
});

test('a server that is no hub, and one that is not there', async () => {
  vi.stubGlobal('fetch', async () => new Response('<html>'));
  const listing = () => listRepository(repositoryOf(`${HUB}o/n/resolve/main/a.gguf`)!);
  await expect(listing()).rejects.toMatchObject({ message: expect.stringMatching(/no list/) });
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('network');
  });
  await expect(listing()).rejects.toMatchObject({ code: 'file-unreachable' });
});

const named = (...names: string[]) => names.map((name) => ({ name }));

test('files of this device are told apart by name', () => {
  const [vision, text] = named('mmproj-a-F16.gguf', 'a-Q8_0.gguf');
  expect(sortModelFiles([vision!, text!])).toEqual({ text: [text], vision });
  const [second, first] = named('b-00002-of-00002.gguf', 'b-00001-of-00002.gguf');
  expect(sortModelFiles([second!, first!])).toEqual({ text: [first, second], vision: null });
});

test.each([
  [['a.txt'], 'file-not-gguf', /a\.txt is not a GGUF/],
  [[], 'invalid-argument', /No file/],
  [['mmproj-a.gguf'], 'invalid-argument', /only the half/],
  [['b-00001-of-00002.gguf'], 'file-split', /b-00002-of-00002\.gguf is missing/],
  [['a.gguf', 'c.gguf'], 'invalid-argument', /several models/],
])('%j are refused', (names, code, message) => {
  const error = errorOf(() => sortModelFiles(named(...names)));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test('the address of a hub', () => {
  expect(checkedHubBase('models.example')).toBe('https://models.example/');
  expect(checkedHubBase(' http://localhost:8000/hub ')).toBe('http://localhost:8000/hub/');
  for (const wrong of ['', 'ftp://models.example', 'https://models.example/?a=b']) {
    expect(errorOf(() => checkedHubBase(wrong)).code, wrong).toBe('invalid-argument');
  }
});
