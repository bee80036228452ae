/**
 * A model hub on the loopback interface, for tests: serves files as the real one does (LFS pointers, a
 * redirect to another origin, CORS, Range, ETag) and misbehaves on command.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, FaultBox, type FaultRule, faultOf } from './faults.ts';
import type { HubFile } from './files.ts';

/** One answer with bytes of a file. */
export interface ServedRange {
  /** `owner/repo/revision/name`. */
  path: string;
  status: number;
  /** First byte of the file that was to be sent. */
  start: number;
  /** One past the last byte that was to be sent. */
  end: number;
  /** Bytes handed to the connection. */
  sentBytes: number;
}

/** What the control address answers. */
export interface HubLog {
  served: ServedRange[];
  pointers: number;
}

const PIECE_BYTES = 64 * 1024;

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS, POST',
};

export class TestHub {
  /** Of the hub itself, with a trailing slash. */
  readonly url: string;
  readonly faults = new FaultBox();
  /** Answers since the last {@link clearLog}. */
  served: ServedRange[] = [];
  pointers = 0;
  readonly #front: Server;
  readonly #back: Server;
  readonly #files = new Map<string, { file: HubFile; etag: string; pointer: boolean }>();

  private constructor(front: Server, back: Server) {
    this.#front = front;
    this.#back = back;
    this.url = originOf(front);
    front.on('request', (request, response) => void this.#answer(request, response, this.#resolve));
    back.on('request', (request, response) => void this.#answer(request, response, this.#send));
  }

  static async start(): Promise<TestHub> {
    const [front, back] = [createServer(), createServer()];
    for (const server of [front, back]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return new TestHub(front, back);
  }

  /**
   * Publishes a file, or puts another in its place.
   *
   * @param path `owner/repo/revision/name`
   * @param options `pointer: false` for a file that is in no LFS
   */
  add(path: string, file: HubFile, { pointer = true }: { pointer?: boolean } = {}): void {
    this.#files.set(path, { file, etag: `"${this.#files.size}-${file.size}-${Date.now()}"`, pointer });
  }

  /** A published file's address at the hub. */
  urlOf(path: string): string {
    const [owner, repo, revision, ...name] = path.split('/');
    return `${this.url}${owner}/${repo}/resolve/${revision}/${name.join('/')}`;
  }

  /** A published file's address where it lies: a plain server without pointers. */
  plainUrlOf(path: string): string {
    return `${originOf(this.#back)}${path}`;
  }

  clearLog(): void {
    this.served = [];
    this.pointers = 0;
  }

  /** Ends every connection that is open now. */
  dropConnections(): void {
    this.#back.closeAllConnections();
    this.#front.closeAllConnections();
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#front, this.#back].map(async (server) => {
        if (!server.listening) return;
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ): Promise<void> {
    response.on('error', () => {});
    try {
      if (request.method === 'OPTIONS') response.writeHead(204, CORS).end();
      else await handler.call(this, request, response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(500, CORS);
      response.end(String(error));
    }
  }

  /** The hub's own origin: pointers, redirects, and control. */
  async #resolve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (pathname === '/control') return this.#control(request, response);
    if (pathname.startsWith('/api/models/')) return this.#list(pathname, response);
    const [, owner, repo, kind, revision, ...name] = pathname.split('/').map(decodeURIComponent);
    const path = [owner, repo, revision, ...name].join('/');
    const entry = this.#files.get(path);
    if (entry === undefined || (kind !== 'resolve' && kind !== 'raw')) {
      response.writeHead(404, { ...CORS, 'content-type': 'text/plain' }).end('Entry not found');
      return;
    }
    if (kind === 'raw' && this.faults.has('no-pointer')) {
      response.writeHead(404).end();
      return;
    }
    if (kind === 'raw') {
      this.pointers += 1;
      const text = entry.pointer
        ? `version https://git-lfs.github.com/spec/v1\noid sha256:${await entry.file.sha256()}\nsize ${entry.file.size}\n`
        : await entry.file.read(0, entry.file.size);
      response.writeHead(200, { ...CORS, 'content-type': 'text/plain; charset=utf-8' }).end(text);
      return;
    }
    response
      .writeHead(302, {
        ...CORS,
        location: `${originOf(this.#back)}${path.split('/').map(encodeURIComponent).join('/')}`,
        'x-linked-size': entry.file.size,
      })
      .end();
  }

  /** `/api/models/<owner>/<repo>/tree/<revision>`: the files of a repository. */
  async #list(pathname: string, response: ServerResponse): Promise<void> {
    const [, , , owner, repo, , revision] = pathname.split('/').map(decodeURIComponent);
    const prefix = `${owner}/${repo}/${revision}/`;
    const listed = [...this.#files].filter(([path]) => path.startsWith(prefix));
    const body = listed.map(([path, { file }]) => {
      return { type: 'file', path: path.slice(prefix.length), size: file.size, lfs: { size: file.size } };
    });
    response
      .writeHead(listed.length > 0 ? 200 : 404, { ...CORS, 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  }

  /** `GET` tells what was served; `POST` takes fault rules as a JSON array and clears the log. */
  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') {
      let body = '';
      for await (const piece of request) body += String(piece);
      this.faults.set(JSON.parse(body) as FaultRule[]);
      this.clearLog();
    }
    const log: HubLog = { served: this.served, pointers: this.pointers };
    response.writeHead(200, { ...CORS, 'content-type': 'application/json' }).end(JSON.stringify(log));
  }

  /** The other origin: the files' bytes. */
  async #send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.url).pathname
      .slice(1)
      .split('/')
      .map(decodeURIComponent)
      .join('/');
    const entry = this.#files.get(path);
    if (entry === undefined) {
      response.writeHead(404, CORS).end();
      return;
    }
    const faults = this.faults.take(path);
    const failure = faultOf(faults, 'status');
    if (failure) {
      const headers = failure.retryAfter === undefined ? {} : { 'retry-after': failure.retryAfter };
      response
        .writeHead(failure.status, { ...CORS, 'access-control-expose-headers': 'Retry-After', ...headers })
        .end();
      this.served.push({ path, status: failure.status, start: 0, end: 0, sentBytes: 0 });
      return;
    }
    if (faultOf(faults, 'no-cors')) {
      response.writeHead(200).end();
      return;
    }
    if (request.method === 'HEAD' && faultOf(faults, 'no-head')) {
      response.writeHead(403).end();
      return;
    }
    if (faultOf(faults, 'web-page')) {
      response
        .writeHead(200, { ...CORS, 'content-type': 'text/html' })
        .end('<!doctype html><title>Not here</title>');
      return;
    }
    const { size } = entry.file;
    const range = faultOf(faults, 'ignore-range') ? null : parseRange(request.headers.range, size);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { ...CORS, 'content-range': `bytes */${size}` }).end();
      return;
    }
    const total = size + (faultOf(faults, 'wrong-total')?.deltaBytes ?? 0);
    const { start, end: asked } = range ?? { start: 0, end: size };
    const end = Math.min(asked, start + ((range && faultOf(faults, 'cap')?.bytes) ?? size));
    const missing = faultOf(faults, 'short-body')?.missingBytes ?? 0;
    const served: ServedRange = { path, status: range ? 206 : 200, start, end, sentBytes: 0 };
    this.served.push(served);
    response.writeHead(served.status, {
      ...CORS,
      'content-type': 'application/octet-stream',
      ...(!faultOf(faults, 'endless') && {
        'content-length': Math.max(0, (range ? end - start : total) - missing),
      }),
      etag: faultOf(faults, 'etag')?.value ?? entry.etag,
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${total}` }),
      ...(!faultOf(faults, 'ignore-range') && { 'accept-ranges': 'bytes' }),
      ...(!faultOf(faults, 'hide-headers') && {
        'access-control-expose-headers': 'Accept-Ranges, Content-Range, ETag, Retry-After',
      }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    await sendBody(response, entry.file, start, Math.max(start, end - missing), faults, served);
  }
}

async function sendBody(
  response: ServerResponse,
  file: HubFile,
  start: number,
  end: number,
  faults: readonly Fault[],
  served: ServedRange,
): Promise<void> {
  const cut = faultOf(faults, 'cut')?.afterBytes ?? Number.POSITIVE_INFINITY;
  const stall = faultOf(faults, 'stall')?.afterBytes ?? Number.POSITIVE_INFINITY;
  const flip = faultOf(faults, 'flip')?.offset ?? -1;
  const slow = faultOf(faults, 'slow');
  const pieceBytes = slow
    ? Math.max(1, Math.min(PIECE_BYTES, Math.floor(slow.bytesPerSecond / 20)))
    : PIECE_BYTES;
  let at = start;
  while (at < end) {
    const allowed = Math.min(cut, stall) - (at - start);
    if (allowed <= 0) {
      if (cut <= stall) {
        // What was written arrives first: browsers drop what comes together with the end.
        await sleep(30);
        response.socket?.destroySoon();
      }
      // Else nothing more comes, and the connection stays.
      return;
    }
    const length = Math.min(pieceBytes, end - at, allowed);
    const bytes = await file.read(at, at + length);
    if (flip >= at && flip < at + length) bytes[flip - at]! ^= 1;
    if (response.destroyed) return;
    const room = response.write(bytes);
    served.sentBytes += length;
    at += length;
    if (!room) await roomOrEnd(response);
    if (slow) await sleep((1000 * length) / slow.bytesPerSecond);
    if (response.destroyed) return;
  }
  if (faultOf(faults, 'endless')) return;
  response.end();
}

/** Waits until a connection takes more bytes, or takes none any more. */
function roomOrEnd(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end).off('close', end);
      resolve();
    };
    response.on('drain', end).on('close', end);
  });
}

function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  const start = Number(match[1]);
  const end = match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  return start < size && start < end ? { start, end } : 'unsatisfiable';
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
