/**
 * Models in several files, as llama.cpp's `gguf-split` makes them: `name-00001-of-00003.gguf`, each with a
 * header of its own. The first holds the metadata; each holds some of the tensors, and `split.no` (from 0),
 * `split.count` and, of all parts together, `split.tensors.count`.
 */
import { GlanceError } from '../model/errors.ts';
import { type ByteSource, piecesOf } from './byte_source.ts';
import { corruptError, fileError, type GgufFile, type GgufTensor } from './gguf_types.ts';

/** The parts of a split model, one behind the other as if they were one file. */
export interface SplitSource extends ByteSource {
  readonly parts: readonly ByteSource[];
}

const PART = /-(\d{5})-of-(\d{5})(\.gguf)(?=$|[?#])/i;
const MAX_PARTS = 1024;

/**
 * The names of all parts of a split model, in order; for names, paths, keys and URLs.
 *
 * @param name of any part
 * @returns null if the name is not that of a part
 */
export function partNames(name: string): string[] | null {
  const match = PART.exec(name);
  const count = Number(match?.[2]);
  const number = Number(match?.[1]);
  if (match === null || count < 1 || count > MAX_PARTS || number < 1 || number > count) return null;
  const [before, after] = [name.slice(0, match.index), name.slice(match.index + match[0].length)];
  return Array.from(
    { length: count },
    (_, index) => `${before}-${String(index + 1).padStart(5, '0')}-of-${match[2]}${match[3]}${after}`,
  );
}

/** A split model's name without the number of the part; other names as they are. */
export function wholeName(name: string): string {
  return name.replace(PART, '$3');
}

/**
 * One source over the parts of a model, which `readGguf` reads as one file. A single part is itself.
 *
 * @param files in any order; their names tell it where they are those of a split model
 * @throws GlanceError `file-split` if the names tell that a part is missing or belongs to another model
 */
export function joinParts(files: readonly ByteSource[]): ByteSource {
  const [first] = files;
  if (first === undefined) throw new GlanceError('invalid-argument', 'No model file was given. Choose one.');
  const names = partNames(first.name);
  if (files.length === 1 && (names === null || names.length === 1)) return first;
  if (names === null) return splitSource(files);
  const byName = new Map(files.map((file) => [file.name.toLowerCase(), file]));
  const parts = names.map((name) => byName.get(name.toLowerCase()));
  const missing = names.filter((_, index) => parts[index] === undefined);
  if (missing.length > 0) {
    throw fileError(
      'file-split',
      first,
      `${wholeName(first.name)} is split into ${names.length} files, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. Choose all of them together.`,
      { parts: names.length, missing: missing.length },
    );
  }
  if (files.length !== names.length) {
    throw fileError(
      'file-split',
      first,
      `${files.length} files were chosen, but ${wholeName(first.name)} is split into ${names.length}. Choose only the parts of one model.`,
      { parts: names.length, files: files.length },
    );
  }
  return splitSource(parts as ByteSource[]);
}

function splitSource(parts: readonly ByteSource[]): SplitSource {
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    starts.push(size);
    size += part.size;
  }
  // No tensor crosses from one part into the next.
  const partAt = (offset: number) => {
    const index = starts.findLastIndex((start) => start <= offset);
    return { part: parts[index]!, start: starts[index]! };
  };
  return {
    name: wholeName(parts[0]!.name),
    size,
    parts,
    read: (offset, length, signal) => {
      const { part, start } = partAt(offset);
      return part.read(offset - start, length, signal);
    },
    async *pieces(offset, length, signal) {
      // Who reads on may read beyond a part's end.
      for (let at = 0; at < length; ) {
        const { part, start } = partAt(offset + at);
        const from = offset + at - start;
        const isLast = part === parts.at(-1);
        const count = isLast ? length - at : Math.min(length - at, part.size - from);
        yield* piecesOf(part, from, count, signal);
        at += count;
      }
    },
    ...(parts.every((part) => part.blobs) && {
      blobs: async () => (await Promise.all(parts.map((part) => part.blobs!()))).flat(),
    }),
  };
}

/** Whether a source is one over several parts. */
export function isSplit(source: ByteSource): source is SplitSource {
  return 'parts' in source;
}

/**
 * One file out of the headers of all parts.
 *
 * @param source that of {@link joinParts}
 * @param headers of the parts, in their order
 * @throws GlanceError `file-split`, `file-corrupt`
 */
export function mergeParts(source: SplitSource, headers: readonly GgufFile[]): GgufFile {
  const [first] = headers;
  const tensors = new Map<string, GgufTensor>();
  let start = 0;
  headers.forEach((header, index) => {
    const { count, number } = splitOf(header);
    if (count !== headers.length || number !== index) {
      throw fileError(
        'file-split',
        header.source,
        `${header.source.name} is part ${number + 1} of ${count} of its model, not part ${index + 1} of ${headers.length}. Choose all parts of one model, under their own names.`,
        { part: number + 1, parts: count },
      );
    }
    for (const tensor of header.tensors.values()) {
      if (tensors.has(tensor.name)) {
        throw corruptError(header.source, `the tensor "${tensor.name}" is in another part, too`);
      }
      tensors.set(tensor.name, { ...tensor, offset: start + tensor.offset });
    }
    start += header.source.size;
  });
  const expected = first!.metadata.get('split.tensors.count');
  if (typeof expected === 'number' && expected !== tensors.size) {
    throw corruptError(source, `its parts hold ${tensors.size} tensors and not ${expected}`);
  }
  return { ...first!, source, tensors };
}

/** @throws GlanceError `file-split` for a part that is read as if it were a whole file */
export function refuseLonePart(file: GgufFile): void {
  const { count, number } = splitOf(file);
  if (count <= 1) return;
  throw fileError(
    'file-split',
    file.source,
    `${file.source.name} is part ${number + 1} of ${count} of a split model. Choose all ${count} parts together, under their own names.`,
    { part: number + 1, parts: count },
  );
}

/** A file that is not split is its only part. */
function splitOf({ metadata }: GgufFile): { count: number; number: number } {
  const count = metadata.get('split.count');
  const number = metadata.get('split.no');
  return {
    count: typeof count === 'number' ? count : 1,
    number: typeof number === 'number' ? number : 0,
  };
}
