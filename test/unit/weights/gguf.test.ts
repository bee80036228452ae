/** Reading GGUF: everything the format may hold, and every way in which a file can be wrong. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { GlanceError } from '../../../src/model/errors.ts';
import {
  type ByteSource,
  blobSource,
  bytesSource,
  fetchBlob,
  fileNameOf,
} from '../../../src/weights/byte_source.ts';
import { F16 } from '../../../src/weights/formats/f16.ts';
import { F32 } from '../../../src/weights/formats/f32.ts';
import { formatOfType, readableFormats, type TensorFormat } from '../../../src/weights/formats/index.ts';
import { Q8_0 } from '../../../src/weights/formats/q8_0.ts';
import { readGguf, readTensorF32 } from '../../../src/weights/gguf.ts';
import {
  dequantizedTwin,
  list,
  type TensorInput,
  type TypedValue,
  text,
  uint32,
  writeGguf,
} from '../../support/gguf_writer.ts';

const source = (bytes: Uint8Array, name = 'model.gguf') => bytesSource(bytes, name);
const read = (bytes: Uint8Array) => readGguf(source(bytes));

const ramp = (length: number, step = 1) => Float32Array.from({ length }, (_, i) => (i % 50) * step - 3);

const tensor = (name: string, shape: readonly number[], format: TensorFormat = F32): TensorInput => ({
  name,
  shape,
  format,
  data: ramp(shape.reduce((a, b) => a * b, 1)),
});

const everyType: [string, TypedValue][] = [
  ['u8', { type: 'uint8', value: 255 }],
  ['i8', { type: 'int8', value: -128 }],
  ['u16', { type: 'uint16', value: 65_535 }],
  ['i16', { type: 'int16', value: -32_768 }],
  ['u32', { type: 'uint32', value: 4_294_967_295 }],
  ['i32', { type: 'int32', value: -2_147_483_648 }],
  ['f32', { type: 'float32', value: Math.fround(0.1) }],
  ['f64', { type: 'float64', value: 0.1 }],
  ['yes', { type: 'bool', value: true }],
  ['no', { type: 'bool', value: false }],
  ['text', text('Grüße, 世界 🌍')],
  ['empty text', text('')],
  ['byte order mark', text('\ufeffx')],
  ['u64 small', { type: 'uint64', value: 2 ** 53 - 1 }],
  ['u64 large', { type: 'uint64', value: 2n ** 64n - 1n }],
  ['i64 small', { type: 'int64', value: -5 }],
  ['i64 large', { type: 'int64', value: -(2n ** 63n) }],
  ['numbers', list('int32', [1, -2, 3])],
  ['texts', list('string', ['a', '', 'Ġthe'])],
  ['bools', list('bool', [true, false])],
  ['no numbers', list('uint32', [])],
  ['nested', list({ kind: 'array', of: 'string' }, [['a', 'b'], [], ['c']])],
];

describe('a sound file', () => {
  test.each([2, 3])('version %i: every type of metadata, in order', async (version) => {
    const file = await read(writeGguf({ version, metadata: new Map(everyType), tensors: [] }));
    expect(file.version).toBe(version);
    expect([...file.metadata]).toEqual(everyType.map(([key, { value }]) => [key, value]));
    expect([...file.metadataTypes]).toEqual(everyType.map(([key, { type }]) => [key, type]));
  });

  test.each(['32', '64', '8'])('tensors on multiples of %s bytes', async (alignment) => {
    const tensors = [
      tensor('scalar', []),
      tensor('vector', [7]),
      tensor('matrix', [3, 64], Q8_0),
      tensor('patch', [2, 3, 4, 5], F16),
    ];
    const metadata = new Map([['general.alignment', uint32(Number(alignment))]]);
    const file = await read(writeGguf({ metadata, tensors }));
    expect([...file.tensors.keys()]).toEqual(['scalar', 'vector', 'matrix', 'patch']);
    for (const { name, shape, format, data } of tensors) {
      const found = file.tensors.get(name)!;
      expect(found).toMatchObject({ name, shape, format });
      expect(found.offset % Number(alignment)).toBe(0);
      expect(found.byteLength).toBe((data.length / format.blockSize) * format.blockBytes);
    }
    expect(await readTensorF32(file, file.tensors.get('vector')!)).toEqual(ramp(7));
    expect(await readTensorF32(file, file.tensors.get('patch')!)).toEqual(ramp(120));
  });

  test('the header alone is read, and it may be larger than a window', async () => {
    const words = Array.from({ length: 120_000 }, (_, i) => `token number ${i}`);
    const bytes = writeGguf({
      metadata: new Map([['words', list('string', words)]]),
      tensors: [tensor('first', [8]), tensor('weights', [2 ** 21])],
    });
    let bytesRead = 0;
    const inner = source(bytes);
    const counting: ByteSource = {
      ...inner,
      read: (offset, length, signal) => {
        bytesRead += length;
        return inner.read(offset, length, signal);
      },
    };
    const file = await readGguf(counting);
    expect(file.metadata.get('words')).toEqual(words);
    expect(bytesRead).toBeLessThan(file.tensors.get('first')!.offset + 2 ** 20 + 64);
    expect(await readTensorF32(file, file.tensors.get('first')!)).toEqual(ramp(8));
  });

  test('a tensor that is read in several slices', async () => {
    const data = ramp(3 * 2 ** 20 + 32, 0.25);
    const bytes = writeGguf({
      metadata: new Map(),
      tensors: [{ name: 'large', shape: [data.length], format: F32, data }],
    });
    const file = await read(bytes);
    const values = await readTensorF32(file, file.tensors.get('large')!);
    expect(Buffer.from(values.buffer).equals(Buffer.from(data.buffer))).toBe(true);
  });

  test('the F32 twin holds the same values and metadata', async () => {
    const file = await read(
      writeGguf({
        metadata: new Map([...everyType, ['general.file_type', uint32(7)]]),
        tensors: readableFormats.map((format) => tensor(format.name, [2, 256], format)),
      }),
    );
    const twin = await read(await dequantizedTwin(file));
    expect([...twin.metadata]).toEqual(
      [...file.metadata].map(([k, v]) => [k, k === 'general.file_type' ? 0 : v]),
    );
    expect([...twin.metadataTypes]).toEqual([...file.metadataTypes]);
    for (const [name, { shape }] of file.tensors) {
      const copy = twin.tensors.get(name)!;
      expect(copy).toMatchObject({ shape, format: F32 });
      expect(await readTensorF32(twin, copy)).toEqual(await readTensorF32(file, file.tensors.get(name)!));
    }
  });
});

/** The error with which `action` ends. */
async function errorOf(action: () => Promise<unknown>): Promise<GlanceError> {
  try {
    await action();
  } catch (error) {
    return error as GlanceError;
  }
  throw new Error('nothing was thrown');
}

const sound = () =>
  writeGguf({
    metadata: new Map([...everyType, ['general.alignment', uint32(32)]]),
    tensors: [tensor('a', [4, 32], Q8_0), tensor('b', [33])],
  });

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a bad file gives an error that names it and the reason', () => {
  test('cut off anywhere', async () => {
    const bytes = sound();
    // The last tensor's end; padding behind it is not needed.
    const needed = (await read(bytes)).tensors.get('b')!;
    for (let length = 0; length < needed.offset + needed.byteLength; length += 1 + (length >> 6)) {
      const error = await errorOf(() => read(bytes.slice(0, length)));
      expect([length, error.code]).toEqual([length, 'file-truncated']);
      expect(error.message).toContain('model.gguf');
      expect(error.details.fileBytes).toBe(length);
    }
  });

  test.each([
    ['a web page', '<!DOCTYPE html><html><title>Not found</title></html>', 'web page'],
    ['another web page', '\n  <html lang="en">', 'web page'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:1', 'Git LFS pointer'],
    ['safetensors', '\x40\0\0\0\0\0\0\0{"a":{"dtype":"F32"}}', 'safetensors'],
    ['a ZIP archive', 'PK\x03\x04rest', 'ZIP'],
    ['something', 'hello world, this is no model', '.gguf'],
  ])('%s', async (_, content, word) => {
    const error = await errorOf(() => read(bytesOf(content)));
    expect(error.code).toBe('file-not-gguf');
    expect(error.message).toContain('model.gguf');
    expect(error.message).toContain(word);
  });

  test.each([
    [1, 'version 1'],
    [4, 'version 4'],
    [0x03000000, 'big-endian'],
  ])('version %i', async (version, word) => {
    const error = await errorOf(() => read(writeGguf({ version, metadata: new Map(), tensors: [] })));
    expect(error.code).toBe('file-unsupported-version');
    expect(error.message).toContain(word);
  });

  const corruptions: [string, () => Uint8Array][] = [
    ['an absurd number of tensors', () => withUint64(sound(), 8, 2n ** 60n)],
    ['an absurd number of metadata entries', () => withUint64(sound(), 16, 2n ** 33n)],
    ['an absurd key length', () => withUint64(sound(), 24, 2n ** 63n)],
    ['an absurd array length', () => withArrayLength(2n ** 40n)],
    ['an unknown metadata type', () => withMetadataType(13)],
    ['an alignment that is no power of two', () => withMetadata('general.alignment', uint32(24))],
    ['an alignment that is a text', () => withMetadata('general.alignment', text('32'))],
    [
      'rows that the format cannot hold',
      () => withTensors([tensor('a', [64], Q8_0)], (t) => ({ ...t, shape: [2, 16] })),
    ],
    ['a tensor twice', () => withTensors([tensor('a', [8]), tensor('a', [8])])],
    ['an empty dimension', () => withTensors([tensor('a', [8])], (t) => ({ ...t, shape: [8, 0] }))],
    ['too many dimensions', () => withTensors([tensor('a', [8])], (t) => ({ ...t, shape: [1, 1, 1, 1, 8] }))],
    [
      'more elements than can be counted',
      () => withTensors([tensor('a', [8])], (t) => ({ ...t, shape: [2 ** 40, 2 ** 40] })),
    ],
    ['overlapping tensors', () => overlapping()],
    ['a tensor off its alignment', () => misaligned()],
  ];
  test.each(corruptions)('%s', async (_, make) => {
    const error = await errorOf(() => read(make()));
    expect(error.code).toBe('file-corrupt');
    expect(error.message).toContain('model.gguf');
  });

  test('a metadata key twice', async () => {
    const twice = writeGguf({
      metadata: new Map([
        ['aa', uint32(1)],
        ['ab', uint32(2)],
      ]),
      tensors: [],
    });
    twice[Buffer.from(twice).indexOf('ab') + 1] = 'a'.charCodeAt(0);
    expect((await errorOf(() => read(twice))).code).toBe('file-corrupt');
  });

  test.each([
    [formatOfType(10), 'Q2_K'],
    [formatOfType(11), 'Q3_K'],
    [{ ...F32, typeId: 99, name: 'type 99' }, 'type 99'],
  ])('a tensor type that Glance cannot read fails only when it is used', async (format, name) => {
    const bytes = writeGguf({
      metadata: new Map(),
      tensors: [
        tensor('fine', [16]),
        { name: 'strange', shape: [256], format, data: new Uint8Array(256 * 4) },
        tensor('also fine', [16]),
      ],
    });
    const file = await read(bytes);
    expect(await readTensorF32(file, file.tensors.get('also fine')!)).toEqual(ramp(16));
    const error = await errorOf(() => readTensorF32(file, file.tensors.get('strange')!));
    expect(error.code).toBe('model-unsupported-format');
    expect(error.message).toContain(name);
    expect(error.message).toContain('strange');
  });

  test('a source that was aborted', async () => {
    const signal = AbortSignal.abort();
    expect((await errorOf(() => readGguf(source(sound()), signal))).code).toBe('aborted');
  });
});

describe('where the bytes come from', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('a blob gives exactly the bytes that are asked for', async () => {
    const blob = blobSource(new Blob([Uint8Array.from([1, 2, 3, 4, 5])]), 'five.bin');
    expect([...(await blob.read(1, 3))]).toEqual([2, 3, 4]);
    expect((await errorOf(() => blob.read(3, 3))).code).toBe('file-truncated');
    expect((await errorOf(() => blob.read(0, 1, AbortSignal.abort()))).code).toBe('aborted');
  });

  test('a file that vanished after it was picked', async () => {
    const vanished = { size: 8, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotFound')) }) };
    const error = await errorOf(() => blobSource(vanished as unknown as Blob, 'gone.gguf').read(0, 8));
    expect(error.code).toBe('file-unreachable');
    expect(error.message).toContain('gone.gguf');
  });

  const respond = (body: BodyInit | null, init: ResponseInit = {}) =>
    vi.stubGlobal('fetch', async () => new Response(body, init));

  test('a download reports its progress and keeps every byte', async () => {
    const bytes = Uint8Array.from({ length: 40_000_000 }, (_, i) => i * 7);
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 3_000_001)
          controller.enqueue(bytes.subarray(at, at + 3_000_001));
        controller.close();
      },
    });
    respond(pieces, { headers: { 'content-length': String(bytes.length) } });
    const heard: [number, number | null][] = [];
    const blob = await fetchBlob('https://host/dir/m%20odel.gguf?x=1', {
      onProgress: (loaded, total) => heard.push([loaded, total]),
    });
    expect(Buffer.from(await blob.arrayBuffer()).equals(bytes)).toBe(true);
    expect(heard[0]).toEqual([0, bytes.length]);
    expect(heard.at(-1)).toEqual([bytes.length, bytes.length]);
    expect(heard).toEqual([...heard].sort((a, b) => a[0] - b[0]));
  });

  test.each([404, 403, 500])('the server answers %i', async (status) => {
    respond('no', { status });
    const error = await errorOf(() => fetchBlob('https://host/model.gguf'));
    expect(error.code).toBe('file-unreachable');
    expect(error.message).toContain('model.gguf');
    expect(error.message).toContain(String(status));
    expect(error.details.status).toBe(status);
  });

  test('the server sends its start page instead of the file', async () => {
    respond('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
    const error = await errorOf(() => fetchBlob('https://host/model.gguf'));
    expect(error.code).toBe('file-unreachable');
    expect(error.message).toContain('web page');
  });

  test('nobody answers', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const error = await errorOf(() => fetchBlob('https://host/model.gguf'));
    expect(error.code).toBe('file-unreachable');
  });

  test('the connection breaks off', async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('network error'));
      },
    });
    respond(broken);
    expect((await errorOf(() => fetchBlob('https://host/model.gguf'))).code).toBe('file-unreachable');
    respond('short', { headers: { 'content-length': '99' } });
    expect((await errorOf(() => fetchBlob('https://host/model.gguf'))).code).toBe('file-truncated');
  });

  test('a download that is aborted under way', async () => {
    const controller = new AbortController();
    const endless = new ReadableStream<Uint8Array>({
      pull(stream) {
        stream.enqueue(new Uint8Array(10));
        controller.abort();
        stream.error(new DOMException('aborted', 'AbortError'));
      },
    });
    respond(endless);
    const error = await errorOf(() => fetchBlob('https://host/model.gguf', { signal: controller.signal }));
    expect(error.code).toBe('aborted');
  });

  test.each([
    ['https://host/a/b%20c.gguf#x', 'b c.gguf'],
    ['./models/m.gguf', 'm.gguf'],
    ['https://host/bad%zz.gguf', 'bad%zz.gguf'],
  ])('%s is called %s', (url, name) => {
    expect(fileNameOf(url)).toBe(name);
  });
});

function withUint64(bytes: Uint8Array<ArrayBuffer>, at: number, value: bigint): Uint8Array {
  new DataView(bytes.buffer).setBigUint64(at, value, true);
  return bytes;
}

function withMetadata(key: string, value: TypedValue): Uint8Array<ArrayBuffer> {
  return writeGguf({ metadata: new Map([[key, value]]), tensors: [] });
}

/** Magic, version, two counts: 24 bytes. Then the key's length and text, its type, the element type, the length. */
function withArrayLength(length: bigint): Uint8Array {
  return withUint64(withMetadata('k', list('uint32', [1, 2])), 24 + 8 + 1 + 4 + 4, length);
}

function withMetadataType(code: number): Uint8Array {
  const bytes = withMetadata('k', uint32(1));
  new DataView(bytes.buffer).setUint32(24 + 8 + 1, code, true);
  return bytes;
}

/** Tensors whose description is changed after their data was made. */
function withTensors(
  tensors: TensorInput[],
  change: (tensor: TensorInput) => TensorInput = (tensor) => tensor,
): Uint8Array<ArrayBuffer> {
  const raw = tensors.map((t) => ({ ...t, data: new Uint8Array(t.data.length * t.format.blockBytes) }));
  return writeGguf({ metadata: new Map(), tensors: raw.map(change) });
}

/** The last eight bytes of a description are the tensor's place. */
function withPlaceOfSecond(place: bigint): Uint8Array {
  const bytes = withTensors([tensor('first', [64]), tensor('second', [64])]);
  const name = Buffer.from(bytes).indexOf('second');
  return withUint64(bytes, name + 'second'.length + 4 + 8 + 4, place);
}
const overlapping = () => withPlaceOfSecond(32n);
const misaligned = () => withPlaceOfSecond(257n);
