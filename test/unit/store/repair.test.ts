import { afterEach, expect, test, vi } from 'vitest';
import { FileDownload } from '../../../src/store/download.ts';
import type { FilesDb } from '../../../src/store/files_db.ts';
import { createManifest, type Manifest } from '../../../src/store/manifest.ts';

const SETTINGS = {
  chunkBytes: 10,
  connections: 1,
  retry: { baseMs: 1, maxMs: 1, attempts: 1, stallMs: 1000 },
};
const FILE = { key: 'k', name: 'm.gguf', url: 'https://hub.example/o/n/resolve/main/m.gguf' };
const OURS = 'a'.repeat(64);

/** What becomes of a file that lacks its chunk, at a hub that publishes a hash and sends another file's part. */
async function complete(publishedSha256: string, repairs: boolean, wasWhole: boolean) {
  vi.stubGlobal('fetch', async (url: string) =>
    url.includes('/raw/')
      ? new Response(`version https://git-lfs.github.com/spec/v1\noid sha256:${publishedSha256}\nsize 10\n`)
      : new Response(new Uint8Array(10), {
          status: 206,
          headers: { 'content-range': 'bytes 0-9/11' },
        }),
  );
  const remote = { sizeBytes: 10, etag: null, sha256: OURS };
  const stored: Manifest = { ...createManifest(FILE, remote, 10, 'g'), sha256: wasWhole ? OURS : null };
  const files = {
    manifest: async () => stored,
    update: async () => stored,
    delete: vi.fn(async () => {}),
  };
  const db = files as unknown as FilesDb;
  const download = new FileDownload(db, FILE, SETTINGS, async () => {}, { repairs });
  const error: unknown = await download.run(new AbortController().signal).catch((thrown: unknown) => thrown);
  return { error, deleted: files.delete.mock.calls.length > 0 };
}

afterEach(() => vi.unstubAllGlobals());

test.each([
  ['a repair at a server with another version', 'b'.repeat(64), true, true, 'download-changed', true],
  [
    'a repair at a server that sends other bytes than it publishes',
    OURS,
    true,
    true,
    'download-corrupt',
    true,
  ],
  ['a download from such a server, of what was whole once', OURS, false, true, 'download-corrupt', true],
  ['a download from such a server', OURS, false, false, 'download-corrupt', false],
])('%s says whether the rest is kept', async (_, publishedSha256, repairs, wasWhole, code, kept) => {
  const { error, deleted } = await complete(publishedSha256, repairs, wasWhole);
  expect(error).toMatchObject({ code, details: { file: 'm.gguf', kept } });
  expect(deleted).toBe(!kept);
});
