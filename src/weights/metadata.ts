import { fileError, type GgufMetadata, type GgufValue } from './gguf_types.ts';

/** Typed access to a file's metadata. Absent keys and keys of another type throw `model-missing-metadata`. */

function missing(file: GgufMetadata, key: string, expected: string, found: GgufValue | undefined): Error {
  const { name } = file.source;
  const problem =
    found === undefined ? `lacks the entry "${key}"` : `holds no ${expected} in its entry "${key}"`;
  return fileError(
    'model-missing-metadata',
    file.source,
    `${name} ${problem}, so Glance cannot tell how to run it. Choose a file made by a current llama.cpp converter.`,
    { key },
  );
}

export function optionalString(file: GgufMetadata, key: string): string | null {
  const value = file.metadata.get(key);
  if (value === undefined) return null;
  if (typeof value !== 'string') throw missing(file, key, 'text', value);
  return value;
}

export function requireString(file: GgufMetadata, key: string): string {
  return optionalString(file, key) ?? raise(missing(file, key, 'text', undefined));
}

export function optionalNumber(file: GgufMetadata, key: string): number | null {
  const value = file.metadata.get(key);
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw missing(file, key, 'number', value);
  return value;
}

export function requireNumber(file: GgufMetadata, key: string): number {
  return optionalNumber(file, key) ?? raise(missing(file, key, 'number', undefined));
}

/** A size or count: a whole number of at least 1. */
export function optionalSize(file: GgufMetadata, key: string): number | null {
  const value = optionalNumber(file, key);
  if (value !== null && (!Number.isInteger(value) || value < 1)) throw missing(file, key, 'size', value);
  return value;
}

export function requireSize(file: GgufMetadata, key: string): number {
  return optionalSize(file, key) ?? raise(missing(file, key, 'size', undefined));
}

export function optionalBoolean(file: GgufMetadata, key: string): boolean | null {
  const value = file.metadata.get(key);
  if (value === undefined) return null;
  if (typeof value !== 'boolean') throw missing(file, key, 'yes or no', value);
  return value;
}

export function optionalNumbers(file: GgufMetadata, key: string): readonly number[] | null {
  return optionalList(file, key, 'list of numbers', (value) => typeof value === 'number');
}

export function requireNumbers(file: GgufMetadata, key: string): readonly number[] {
  return optionalNumbers(file, key) ?? raise(missing(file, key, 'list of numbers', undefined));
}

export function optionalBooleans(file: GgufMetadata, key: string): readonly boolean[] | null {
  return optionalList(file, key, 'list of yes and no', (value) => typeof value === 'boolean');
}

export function optionalStrings(file: GgufMetadata, key: string): readonly string[] | null {
  return optionalList(file, key, 'list of texts', (value) => typeof value === 'string');
}

export function requireStrings(file: GgufMetadata, key: string): readonly string[] {
  return optionalStrings(file, key) ?? raise(missing(file, key, 'list of texts', undefined));
}

function optionalList<T extends GgufValue>(
  file: GgufMetadata,
  key: string,
  expected: string,
  isElement: (value: GgufValue) => boolean,
): readonly T[] | null {
  const value = file.metadata.get(key);
  if (value === undefined) return null;
  if (!Array.isArray(value) || !value.every(isElement)) throw missing(file, key, expected, value);
  return value as readonly T[];
}

function raise(error: Error): never {
  throw error;
}
