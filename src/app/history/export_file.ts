/** Conversations as files: JSON, which can be imported again, with pictures as data URLs. */
import { isAsAll } from '../settings/settings.ts';
import type { HistoryDb } from './history_db.ts';
import { conversationMarkdown } from './markdown.ts';
import type { KeptConversation, PictureRecord } from './records.ts';

export const FILE_FORMAT = 'glance-conversations';
export const FILE_VERSION = 1;

export type ExportKind = 'json' | 'markdown';

/** Called with how many conversations are in the file so far. */
export type ExportProgress = (done: number) => void;

/**
 * One file of several conversations, made of pieces, so that their pictures are never all in memory.
 *
 * @throws GlanceError `storage-unavailable`
 */
export async function exportConversations(
  db: HistoryDb,
  ids: readonly string[],
  kind: ExportKind,
  progress: ExportProgress = () => {},
): Promise<Blob> {
  const pieces: Blob[] = [];
  for (const [i, id] of ids.entries()) {
    const kept = await db.conversation(id);
    if (kept !== null) {
      const text = kind === 'markdown' ? conversationMarkdown(kept) : JSON.stringify(await plain(kept));
      const between = pieces.length === 0 ? '' : kind === 'markdown' ? '\n---\n\n' : ',\n';
      pieces.push(new Blob([between, text]));
    }
    progress(i + 1);
  }
  if (kind === 'markdown') return new Blob(pieces, { type: 'text/markdown' });
  const head = JSON.stringify({
    format: FILE_FORMAT,
    version: FILE_VERSION,
    exportedAt: new Date().toISOString(),
  });
  return new Blob([`${head.slice(0, -1)},"conversations":[\n`, ...pieces, '\n]}\n'], {
    type: 'application/json',
  });
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
    seen,
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
