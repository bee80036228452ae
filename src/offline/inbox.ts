import { cacheNames } from './routes.ts';

/** The part of the page's address that names what has been shared. */
export const SHARED_PARAMETER = 'shared';

/** What another program has shared with the installed site: https://w3c.github.io/web-share-target/ */
export interface Shared {
  files: File[];
  /** Words that came along, and addresses; empty if there were none. */
  text: string;
  /** So many files were left out: of other kinds, or too many or too large. */
  leftOut: number;
}

/** Where shared files wait for the page, in the order in which the manifest names them. */
const FILES_FIELD = 'files';
const TEXT_FIELDS = ['title', 'text', 'url'];
const TEXT_NAME = 'text';
/** With the text: how many files were left out. */
const LEFT_OUT_HEADER = 'x-left-out';

/** Any site can send a form here: what it may bring is what the manifest asks for, and so much of it. */
const MOST_FILES = 16;
const MOST_BYTES = 200e6;
const KINDS = /^(image\/|application\/pdf$)/;

/** What has been shared, from the service worker, which takes it, to the page that is opened for it. */
export class ShareInbox {
  readonly #scope: string;
  readonly #cacheName: string;

  /** @param scope address of the site's folder */
  constructor(scope: string) {
    this.#scope = scope;
    this.#cacheName = cacheNames(scope, '').inbox;
  }

  /** Keeps what a form has brought, in the place of what no page has come for. @returns leads to the page, which is told where it is */
  async take(request: Request): Promise<Response> {
    const page = new URL(this.#scope);
    try {
      const form = await request.formData();
      const all = form.getAll(FILES_FIELD).filter((entry) => entry instanceof File);
      const files = suitable(all);
      const words = TEXT_FIELDS.map((field) => form.get(field)).filter((entry) => typeof entry === 'string');
      const id = crypto.randomUUID();
      await caches.delete(this.#cacheName);
      const cache = await caches.open(this.#cacheName);
      await Promise.all(
        files.map((file, index) => {
          const headers = {
            'content-type': file.type || 'application/octet-stream',
            'x-name': encodeURIComponent(file.name),
          };
          return cache.put(this.#address(id, String(index)), new Response(file, { headers }));
        }),
      );
      const text = [...new Set(words.map((word) => word.trim()).filter(Boolean))].join('\n');
      const headers = { [LEFT_OUT_HEADER]: String(all.length - files.length) };
      await cache.put(this.#address(id, TEXT_NAME), new Response(text, { headers }));
      page.searchParams.set(SHARED_PARAMETER, id);
    } catch {
      // Without room, or without sense: the page opens without it.
    }
    return Response.redirect(page.href, 303);
  }

  /** Takes what was kept under a name out of the inbox; null if there is nothing. */
  async open(id: string): Promise<Shared | null> {
    const cache = await caches.open(this.#cacheName);
    const words = await cache.match(this.#address(id, TEXT_NAME));
    if (words === undefined) return null;
    await cache.delete(this.#address(id, TEXT_NAME));
    const files: File[] = [];
    for (let index = 0; ; index++) {
      const kept = await cache.match(this.#address(id, String(index)));
      if (kept === undefined) break;
      const name = decodeURIComponent(kept.headers.get('x-name') ?? '');
      const type = kept.headers.get('content-type') ?? '';
      files.push(new File([await kept.blob()], name, { type }));
      await cache.delete(this.#address(id, String(index)));
    }
    return { files, text: await words.text(), leftOut: Number(words.headers.get(LEFT_OUT_HEADER)) };
  }

  #address(id: string, name: string): string {
    return new URL(`share/${id}/${name}`, this.#scope).href;
  }
}

/** What the page can make pictures of, as far as there is room. */
function suitable(files: readonly File[]): File[] {
  let bytes = 0;
  const fitting = files.filter(({ type, size }) => {
    const fits = KINDS.test(type) && bytes + size <= MOST_BYTES;
    if (fits) bytes += size;
    return fits;
  });
  return fitting.slice(0, MOST_FILES);
}
