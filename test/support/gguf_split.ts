import { bytesSource } from '../../src/weights/byte_source.ts';
import { type GgufInput, type TypedValue, writeGguf } from './gguf_writer.ts';

const uint16 = (value: number): TypedValue => ({ type: 'uint16', value });
const int32 = (value: number): TypedValue => ({ type: 'int32', value });

/**
 * Splits a model as llama.cpp's `gguf-split` does, into files named `model-0000n-of-0000N.gguf`.
 *
 * @param change of each part before it is written
 */
export function splitGguf(
  file: GgufInput,
  count: number,
  change: (part: GgufInput, index: number) => GgufInput = (part) => part,
): { name: string; bytes: Uint8Array<ArrayBuffer> }[] {
  const perPart = Math.ceil(file.tensors.length / count);
  const number = (n: number) => String(n).padStart(5, '0');
  return Array.from({ length: count }, (_, index) => {
    const metadata = new Map(index === 0 ? file.metadata : []);
    metadata.set('split.no', uint16(index));
    metadata.set('split.count', uint16(count));
    metadata.set('split.tensors.count', int32(file.tensors.length));
    const tensors = file.tensors.slice(index * perPart, (index + 1) * perPart);
    const bytes = new Uint8Array(writeGguf(change({ metadata, tensors }, index)));
    return { name: `model-${number(index + 1)}-of-${number(count)}.gguf`, bytes };
  });
}

/** The parts as sources. */
export function splitSources(...args: Parameters<typeof splitGguf>) {
  return splitGguf(...args).map(({ name, bytes }) => bytesSource(bytes, name));
}
