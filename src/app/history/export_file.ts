/** Conversations as files: JSON, which can be imported again, with pictures as data URLs. */
import { isAsAll } from '../settings/settings.ts';
import { chosenAmong } from '../turn_tree.ts';
import type { HistoryDb } from './history_db.ts';
import { conversationMarkdown } from './markdown.ts';
import type { KeptConversation, PictureRecord } from './records.ts';

export const FILE_FORMAT = 'glance-conversations';
export const FILE_VERSION = 1;

/** Larger files are not imported, and so not exported either, in bytes: browsers cannot hold them as one text. */
export const MAX_FILE_BYTES = 400_000_000;

export type ExportKind = 'json' | 'markdown';

/** Called with how many conversations are in the files so far. */
export type ExportProgress = (done: number) => void;

export interface Exported {
  /** One, unless the conversations take more than can be imported at once. */
  readonly files: readonly Blob[];
  /** Titles of conversations that are in no file, as each alone is too large to be imported again. */
  readonly tooLarge: readonly string[];
}

/**
 * Files of conversations, made of pieces, so that their pictures are never all in memory.
 *
 * @param maxBytes of a file of JSON
 * @throws GlanceError `storage-unavailable`
 */
export async function exportConversations(
  db: HistoryDb,
  ids: readonly string[],
  kind: ExportKind,
  progress: ExportProgress = () => {},
  maxBytes = MAX_FILE_BYTES,
): Promise<Exported> {
  const { head, between, tail, type } = kind === 'markdown' ? MARKDOWN_FILE : jsonFile();
  const room = kind === 'markdown' ? Number.POSITIVE_INFINITY : maxBytes - head.length - tail.length;
  const files: Blob[] = [];
  const tooLarge: string[] = [];
  let pieces: Blob[] = [];
  let bytes = 0;
  const endFile = () => {
    files.push(new Blob([head, ...pieces, tail], { type }));
    pieces = [];
    bytes = 0;
  };
  for (const [i, id] of ids.entries()) {
    const kept = await db.conversation(id);
    const text = kept && (await conversationText(kept, kind, room));
    const size = new Blob([text ?? '']).size;
    if (kept !== null && (text === null || size > room)) tooLarge.push(kept.summary.title);
    else if (text !== null) {
      if (pieces.length > 0 && bytes + between.length + size > room) endFile();
      const piece = new Blob([pieces.length === 0 ? '' : between, text]);
      pieces.push(piece);
      bytes += piece.size;
    }
    progress(i + 1);
  }
  if (pieces.length > 0 || files.length + tooLarge.length === 0) endFile();
  return { files, tooLarge };
}

/** What stands before, between and after conversations. All of it is ASCII. */
interface FileFrame {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  readonly type: string;
}

const MARKDOWN_FILE: FileFrame = { head: '', between: '\n---\n\n', tail: '', type: 'text/markdown' };

function jsonFile(): FileFrame {
  const head = JSON.stringify({
    format: FILE_FORMAT,
    version: FILE_VERSION,
    exportedAt: new Date().toISOString(),
  });
  return {
    head: `${head.slice(0, -1)},"conversations":[\n`,
    between: ',\n',
    tail: '\n]}\n',
    type: 'application/json',
  };
}

/** Null if its pictures alone take more than there is room for: no text may be able to hold them. */
async function conversationText(
  kept: KeptConversation,
  kind: ExportKind,
  room: number,
): Promise<string | null> {
  if (kind === 'markdown') return conversationMarkdown(kept);
  const pictureBytes = kept.pictures.reduce((sum, { file }) => sum + Math.ceil(file.size / 3) * 4, 0);
  return pictureBytes > room ? null : JSON.stringify(await plain(kept));
}

/** "what-shape-is-red.json" */
export function exportName(title: string, kind: ExportKind): string {
  const words = title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const name = words.join('-').slice(0, 60).replace(/-$/, '');
  return `${name || 'conversation'}.${kind === 'json' ? 'json' : 'md'}`;
}

/** A conversation of nothing but JSON. */
async function plain({ summary, turns, pictures, seen, settings }: KeptConversation) {
  const { id, title, named, pinned, createdAt, changedAt } = summary;
  return {
    id,
    title,
    named,
    pinned,
    createdAt,
    changedAt,
    turns: turns.map(({ conversationId: _, ...turn }) => turn),
    seen: chosenAmong(turns, seen),
    ...(!isAsAll(settings) && { settings }),
    pictures: await Promise.all(pictures.map(plainPicture)),
  };
}

async function plainPicture({ id, name, sample, file }: PictureRecord) {
  return { id, name, sample, data: await dataUrl(file) };
}

/** Bytes that are turned into text at a time: a multiple of three, so that the pieces fit together. */
const CHUNK = 3 * 8192;

async function dataUrl(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let base64 = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    base64 += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return `data:${file.type || 'application/octet-stream'};base64,${base64}`;
}
