/**
 * The beginning of a GGUF file: magic, version, and the metadata. Layout after the specification in ggml's
 * repository (docs/gguf.md), versions 2 and 3, little endian.
 */
import { throwIfAborted } from '../model/errors.ts';
import { type ByteSource, truncatedError } from './byte_source.ts';
import {
  corruptError,
  fileError,
  GGUF_SCALAR_TYPES,
  type GgufFile,
  type GgufType,
  type GgufValue,
} from './gguf_types.ts';
import { HeaderReader } from './header_reader.ts';

const MAGIC = 'GGUF';
/** Limits far above any real model; a header beyond them is damaged, not large. */
const MAX_METADATA = 65_536;
const MAX_TENSORS = 65_536;
const MAX_ARRAY_LENGTH = 2 ** 28;
const MAX_ARRAY_DEPTH = 8;

/** Fewest bytes that a value of each type takes, to tell a damaged length before reading. */
const MIN_BYTES: Record<(typeof GGUF_SCALAR_TYPES)[number], number> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  string: 8,
  array: 12,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** What comes first in a file. */
export interface Preamble {
  /** 2 or 3. */
  readonly version: number;
  readonly tensorCount: number;
  readonly metadataCount: number;
}

/** As far as it was read. */
export interface Metadata {
  readonly metadata: Map<string, GgufValue>;
  readonly types: Map<string, GgufType>;
  /** Elements of every list, also of one whose elements were not read. */
  readonly listLengths: Map<string, number>;
}

/** The metadata of a file as far as it was read; what was stopped at is missing. */
export interface GgufOpening extends Pick<GgufFile, 'source' | 'version' | 'metadata'> {
  readonly listLengths: ReadonlyMap<string, number>;
}

/** Asked before the elements of a list are read, with what is known by then; true ends the reading. */
export type Enough = (opening: Pick<Metadata, 'metadata' | 'listLengths'>) => boolean;

/** Read at once of an opening, which may come through a network. */
const OPENING_WINDOW_BYTES = 64 * 1024;

/**
 * Reads metadata from the start of a file until it is enough: what a model is stands before its vocabulary,
 * which takes megabytes.
 *
 * @param enough ends the reading before a list; without it all metadata are read
 * @throws GlanceError `file-not-gguf`, `file-unsupported-version`, `file-truncated`, `file-corrupt`, `aborted`
 */
export async function readGgufOpening(
  source: ByteSource,
  enough?: Enough,
  signal?: AbortSignal,
): Promise<GgufOpening> {
  const reader = new HeaderReader(source, signal, OPENING_WINDOW_BYTES);
  const { version, metadataCount } = await readPreamble(reader, signal);
  const { metadata, listLengths } = await readMetadata(reader, metadataCount, signal, enough);
  return { source, version, metadata, listLengths };
}

/** @throws GlanceError `file-not-gguf`, `file-unsupported-version`, `file-truncated`, `file-corrupt`, `aborted` */
export async function readPreamble(reader: HeaderReader, signal?: AbortSignal): Promise<Preamble> {
  const { source } = reader;
  await checkMagic(source, signal);
  await reader.ensure(24);
  reader.uint32();
  const version = reader.uint32();
  if (version !== 2 && version !== 3) throw unsupportedVersion(source, version);
  const tensorCount = reader.count('tensors', MAX_TENSORS);
  const metadataCount = reader.count('metadata entries', MAX_METADATA);
  return { version, tensorCount, metadataCount };
}

/**
 * @param count of entries
 * @param enough see {@link readGgufOpening}
 * @throws GlanceError `file-truncated`, `file-corrupt`, `aborted`
 */
export async function readMetadata(
  reader: HeaderReader,
  count: number,
  signal?: AbortSignal,
  enough?: Enough,
): Promise<Metadata> {
  const { source } = reader;
  const metadata = new Map<string, GgufValue>();
  const types = new Map<string, GgufType>();
  const listLengths = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    throwIfAborted(signal);
    const key = await reader.string('a metadata key');
    if (listLengths.has(key) || metadata.has(key)) {
      throw corruptError(source, `the metadata key "${key}" occurs twice`);
    }
    await reader.ensure(4);
    const kind = valueKind(source, reader.uint32(), key);
    if (kind !== 'array') {
      metadata.set(key, await readSingle(reader, kind, key));
      types.set(key, kind);
      continue;
    }
    const list = await readListHead(reader, key);
    listLengths.set(key, list.length);
    if (enough?.({ metadata, listLengths })) break;
    const { value, type } = await readList(reader, list, key, 0);
    metadata.set(key, value);
    types.set(key, type);
  }
  return { metadata, types, listLengths };
}

async function checkMagic(source: ByteSource, signal: AbortSignal | undefined): Promise<void> {
  const head = await source.read(0, Math.min(source.size, 64), signal);
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('');
  if (text.startsWith(MAGIC)) return;
  // A file that breaks off inside the magic, or is empty, is a failed download rather than a foreign file.
  if (MAGIC.startsWith(text)) throw truncatedError(source.name, 24, source.size);
  throw fileError(
    'file-not-gguf',
    source,
    `${source.name} is not a GGUF model file${describeForeign(text)}. Choose a file whose name ends in .gguf.`,
  );
}

/** What a file seems to be, from its first bytes; empty where there is no telling. */
function describeForeign(head: string): string {
  if (/^\s*(<!doctype|<html|<\?xml|<head|<body)/i.test(head)) {
    return ': it is a web page, which servers send when the file is not there';
  }
  if (head.startsWith('version https://git-lfs')) {
    return ': it is a Git LFS pointer, which only names the real file; download the file itself';
  }
  if (/^.{8}\{"/s.test(head)) return ': it looks like a safetensors file';
  if (head.startsWith('PK\x03\x04')) return ': it is a ZIP archive or a PyTorch checkpoint';
  if (/^(\x89PNG|\xff\xd8\xff|RIFF.{4}WEBP|GIF8)/s.test(head)) return ': it is a picture';
  if (/^(ggml|ggjt|ggmf|lmgg|tjgg|fmgg)/.test(head)) {
    return ': it is in the GGML format that GGUF replaced in 2023';
  }
  return '';
}

function unsupportedVersion(source: ByteSource, version: number): Error {
  const swapped = version !== 0 && (version & 0xffff) === 0;
  return fileError(
    'file-unsupported-version',
    source,
    swapped
      ? `${source.name} is a big-endian GGUF file, which Glance cannot read. Choose a little-endian one (nearly all are).`
      : `${source.name} is in version ${version} of GGUF; Glance reads versions 2 and 3. Convert it with a current llama.cpp.`,
    { version },
  );
}

function valueKind(source: ByteSource, code: number, key: string): (typeof GGUF_SCALAR_TYPES)[number] {
  const kind = GGUF_SCALAR_TYPES[code];
  if (kind === undefined)
    throw corruptError(source, `the metadata key "${key}" has the unknown type ${code}`);
  return kind;
}

interface ListHead {
  readonly elementKind: (typeof GGUF_SCALAR_TYPES)[number];
  readonly length: number;
}

async function readSingle(
  reader: HeaderReader,
  kind: Exclude<(typeof GGUF_SCALAR_TYPES)[number], 'array'>,
  key: string,
): Promise<GgufValue> {
  if (kind === 'string') return reader.string(`the value of "${key}"`);
  await reader.ensure(MIN_BYTES[kind]);
  return readScalar(reader, kind);
}

async function readListHead(reader: HeaderReader, key: string): Promise<ListHead> {
  await reader.ensure(12);
  const elementKind = valueKind(reader.source, reader.uint32(), key);
  const length = reader.count(`elements in "${key}"`, MAX_ARRAY_LENGTH);
  const needed = reader.offset + length * MIN_BYTES[elementKind];
  if (needed > reader.source.size) throw truncatedError(reader.source.name, needed, reader.source.size);
  return { elementKind, length };
}

async function readList(
  reader: HeaderReader,
  { elementKind, length }: ListHead,
  key: string,
  depth: number,
): Promise<{ value: GgufValue; type: GgufType }> {
  const values: GgufValue[] = [];
  let of: GgufType | null = elementKind === 'array' ? null : elementKind;
  for (let i = 0; i < length; i++) {
    if (elementKind === 'string') {
      values.push(await reader.string(`an element of "${key}"`));
    } else if (elementKind === 'array') {
      if (depth + 1 >= MAX_ARRAY_DEPTH) {
        throw corruptError(reader.source, `the arrays of "${key}" nest too deeply`);
      }
      const inner = await readList(reader, await readListHead(reader, key), key, depth + 1);
      values.push(inner.value);
      of ??= inner.type;
    } else {
      const bytes = MIN_BYTES[elementKind];
      if (!reader.has(bytes)) await reader.ensure(bytes);
      values.push(readScalar(reader, elementKind));
    }
  }
  return { value: values, type: { kind: 'array', of } };
}

function readScalar(
  reader: HeaderReader,
  kind: Exclude<(typeof GGUF_SCALAR_TYPES)[number], 'array' | 'string'>,
): number | bigint | boolean {
  return kind === 'bool' ? reader.uint8() !== 0 : reader[kind]();
}
