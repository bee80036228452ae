import type { GlanceErrorCode } from '../model/errors.ts';
import { GlanceError } from '../model/errors.ts';
import type { ByteSource } from './byte_source.ts';
import type { TensorFormat } from './formats/index.ts';

/** A metadata value. 64-bit integers are bigint only where a number would lose digits. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

/** Scalar types in the order of their numbers in the file (`enum gguf_type`). */
export const GGUF_SCALAR_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const;

/** The type under which a value is stored. */
export type GgufType =
  | Exclude<(typeof GGUF_SCALAR_TYPES)[number], 'array'>
  /** `of` is null for an empty array of arrays. */
  | { readonly kind: 'array'; readonly of: GgufType | null };

/** Where a tensor lies in its file, and how to read it. */
export interface GgufTensor {
  readonly name: string;
  /** Outermost dimension first, as in PyTorch; the file itself stores the reverse. */
  readonly shape: readonly number[];
  readonly format: TensorFormat;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** For a type that nobody knows: the bytes up to the next tensor. */
  readonly byteLength: number;
}

/** The header of a GGUF file; the tensors' bytes stay in `source` until they are asked for. */
export interface GgufFile {
  readonly source: ByteSource;
  /** 2 or 3. */
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** The stored type of each metadata value. */
  readonly metadataTypes: ReadonlyMap<string, GgufType>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Of a file, what its metadata can be read from: a whole header, or only its beginning. */
export type GgufMetadata = Pick<GgufFile, 'source' | 'metadata'>;

/** An error about one file; its name is added to the details. */
export function fileError(
  code: GlanceErrorCode,
  source: Pick<ByteSource, 'name'>,
  message: string,
  details: Readonly<Record<string, string | number | boolean | null>> = {},
): GlanceError {
  return new GlanceError(code, message, { details: { file: source.name, ...details } });
}

/** The error of a header that contradicts itself. */
export function corruptError(source: Pick<ByteSource, 'name'>, reason: string): GlanceError {
  return fileError(
    'file-corrupt',
    source,
    `${source.name} is damaged: ${reason}. Download it again, or from another place.`,
    { reason },
  );
}
