import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

export interface StaticServer {
  /** Address with a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** A file, open, and its bytes; null if there is none. */
async function openFile(path: string): Promise<{ handle: FileHandle; size: number } | null> {
  const handle = await open(path).catch(() => null);
  const info = await handle?.stat();
  if (handle === null || !info?.isFile()) {
    await handle?.close();
    return null;
  }
  return { handle, size: info.size };
}

/**
 * Serves folders as the plainest static host would: files with their type and length, nothing else, on a
 * free port of the loopback interface.
 *
 * @param mounts from a path such as `/` or `/fixtures/` to a folder; the longest one that fits is taken
 * @param headers sent with every answer
 * @param served hears of every file that goes out, with its path and bytes
 */
export async function serveFolders(
  mounts: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  served: (path: string, bytes: number) => void = () => {},
): Promise<StaticServer> {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const relative = normalize(prefix === undefined ? path : path.slice(prefix.length));
    const folder = prefix === undefined ? undefined : mounts[prefix];
    if (folder === undefined || relative === '..' || relative.startsWith(`..${sep}`)) {
      response.writeHead(404).end();
      return;
    }
    const file = join(folder, relative);
    // Opened before it is said to be there: a test may take files away meanwhile.
    const opened = await openFile(file);
    if (opened === null) {
      response.writeHead(404, headers).end();
      return;
    }
    const { handle, size } = opened;
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': size,
      'cache-control': 'no-store',
      ...headers,
    });
    served(path, size);
    // Who gives up in the middle is no failure of the server.
    await pipeline(handle.createReadStream(), response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
