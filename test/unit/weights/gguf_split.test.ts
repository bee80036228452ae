import { expect, test } from 'vitest';
import { type ByteSource, bytesSource } from '../../../src/weights/byte_source.ts';
import { F32 } from '../../../src/weights/formats/f32.ts';
import { readGguf, readTensorF32 } from '../../../src/weights/gguf.ts';
import { joinParts, partNames, wholeName } from '../../../src/weights/gguf_split.ts';
import { splitSources } from '../../support/gguf_split.ts';
import { contentOf, type GgufInput, text, uint32, writeGguf } from '../../support/gguf_writer.ts';
import { picoFiles } from '../../support/pico.ts';

const small: GgufInput = {
  metadata: new Map([['general.architecture', text('qwen3')]]),
  tensors: Array.from({ length: 7 }, (_, i) => ({
    name: `t${i}`,
    shape: [2, 3 + i],
    format: F32,
    data: Float32Array.from({ length: 2 * (3 + i) }, (_, j) => 100 * i + j),
  })),
};

test('the names of all parts, of paths, keys and URLs', () => {
  expect(partNames('a/b-00002-of-00003.gguf')).toEqual([
    'a/b-00001-of-00003.gguf',
    'a/b-00002-of-00003.gguf',
    'a/b-00003-of-00003.gguf',
  ]);
  expect(partNames('https://h/x-00001-of-00002.gguf?download=true')?.[1]).toBe(
    'https://h/x-00002-of-00002.gguf?download=true',
  );
  for (const name of [
    'b.gguf',
    'b-1-of-2.gguf',
    'b-00003-of-00002.gguf',
    'b-00000-of-00002.gguf',
    'b-00001-of-00002.bin',
  ]) {
    expect(partNames(name)).toBeNull();
  }
  expect(wholeName('b-00002-of-00003.gguf')).toBe('b.gguf');
  expect(wholeName('b.gguf')).toBe('b.gguf');
});

test.each([1, 2, 3, 7])('a model in %i parts reads as the model in one', async (count) => {
  const whole = await readGguf(bytesSource(writeGguf(small), 'model.gguf'));
  const parts = splitSources(small, count);
  // In whatever order they were chosen.
  const joined = await readGguf(joinParts(parts.toReversed()));
  expect([...joined.tensors.keys()]).toEqual([...whole.tensors.keys()]);
  expect(joined.metadata.get('general.architecture')).toBe('qwen3');
  expect(joined.source.size).toBe(parts.reduce((sum, { size }) => sum + size, 0));
  if (count > 1) expect(joined.source.name).toBe('model.gguf');
  for (const [name, tensor] of whole.tensors) {
    const other = joined.tensors.get(name)!;
    expect(other.shape).toEqual(tensor.shape);
    expect(await readTensorF32(joined, other)).toEqual(await readTensorF32(whole, tensor));
  }
});

test('a first part without tensors is a part like others', async () => {
  const parts = splitSources(small, 2, (part, index) =>
    index === 0 ? { ...part, tensors: [] } : { ...part, tensors: small.tensors },
  );
  expect((await readGguf(joinParts(parts))).tensors.size).toBe(7);
});

test('pico in five parts has every byte in its place', async () => {
  const { text: source } = await picoFiles();
  const whole = await readGguf(source);
  const joined = await readGguf(joinParts(splitSources(await contentOf(whole), 5)));
  expect(joined.tensors.size).toBe(whole.tensors.size);
  for (const [name, { offset, byteLength }] of whole.tensors) {
    const other = joined.tensors.get(name)!;
    const expected = await source.read(offset, byteLength);
    const bytes = await joined.source.read(other.offset, other.byteLength);
    expect(Buffer.compare(bytes, expected), name).toBe(0);
  }
});

test('reads on through the ends of parts, but not beyond the last', async () => {
  const all = splitSources(small, 3);
  const bytes = Buffer.concat(await Promise.all(all.map((part) => part.read(0, part.size))));
  const joined = joinParts(all);
  const pieces: Uint8Array[] = [];
  for await (const piece of joined.pieces!(10, bytes.length - 20)) pieces.push(piece.slice());
  expect(Buffer.compare(Buffer.concat(pieces), bytes.subarray(10, -10))).toBe(0);
  const beyond = async () => {
    for await (const _ of joined.pieces!(30, bytes.length - 20));
  };
  await expect(beyond()).rejects.toMatchObject({ code: 'file-truncated' });
});

const parts = splitSources(small, 3);
const refused: [string, () => Promise<unknown>, string, RegExp][] = [
  ['a part alone, by its name', async () => joinParts([parts[1]!]), 'file-split', /00001.*00003.*missing/],
  [
    'a part alone, by its header',
    () => readGguf({ ...parts[1]!, name: 'renamed.gguf' }),
    'file-split',
    /part 2 of 3/,
  ],
  [
    'a missing part',
    async () => joinParts(parts.slice(1)),
    'file-split',
    /model-00001-of-00003\.gguf is missing/,
  ],
  [
    'a part too many',
    async () => joinParts([...parts, bytesSource(new Uint8Array(4), 'other.gguf')]),
    'file-split',
    /only the parts of one model/,
  ],
  [
    'parts under exchanged names',
    () => {
      const named = (file: ByteSource, name: string): ByteSource => ({ ...file, name });
      const [a, b, c] = parts;
      return readGguf(joinParts([a!, named(b!, c!.name), named(c!, b!.name)]));
    },
    'file-split',
    /part 3 of 3 of its model, not part 2/,
  ],
  [
    'a tensor in two parts',
    () =>
      readGguf(
        joinParts(
          splitSources(small, 2, (part, index) => (index === 0 ? part : { ...part, tensors: small.tensors })),
        ),
      ),
    'file-corrupt',
    /"t0" is in another part/,
  ],
  [
    'a tensor in no part',
    () =>
      readGguf(joinParts(splitSources(small, 2, (part) => ({ ...part, tensors: part.tensors.slice(1) })))),
    'file-corrupt',
    /hold 5 tensors and not 7/,
  ],
  [
    'a whole file among parts',
    () =>
      readGguf(
        joinParts([
          parts[0]!,
          bytesSource(writeGguf({ metadata: new Map(), tensors: [] }), parts[1]!.name),
          parts[2]!,
        ]),
      ),
    'file-split',
    /Choose all parts/,
  ],
  ['nothing', async () => joinParts([]), 'invalid-argument', /No model file/],
];
test.each(refused)('%s is refused in words', async (_, read, code, message) => {
  await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a file that says it is the only part is a whole file', async () => {
  const metadata = new Map([...small.metadata, ['split.count', uint32(1)] as const]);
  const file = await readGguf(bytesSource(writeGguf({ ...small, metadata }), 'x.gguf'));
  expect(file.tensors.size).toBe(7);
});
