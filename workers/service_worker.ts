/**
 * The service worker: passes ports to the inference worker between tabs, answers `v1/*` of its scope by the engine of
 * a tab that is open, and keeps the files of the site. It may be ended and started at any time.
 */
import { respond } from '../src/api/sse.ts';
import { ShareInbox } from '../src/offline/inbox.ts';
import {
  type KeepRequest,
  keepRequest,
  type OfflineState,
  type VersionNews,
} from '../src/offline/messages.ts';
import type { Precache } from '../src/offline/precache.ts';
import { apiRules, routerRules, SHARE_PATH } from '../src/offline/routes.ts';
import { SiteFiles } from '../src/offline/site_files.ts';
import { mayPrune, versionsInUse, withVersion } from '../src/offline/versions.ts';
import { apiHandler } from '../src/rpc/api_handler.ts';
import { connectRequest, isNoHost, placePort } from '../src/rpc/broker.ts';
import { GlanceClient } from '../src/rpc/client.ts';
import { PagesConnector } from './pages_connector.ts';
import type { InstallEvent, ServiceWorkerScope } from './service_worker_scope.ts';

/**
 * So long this worker asks to be kept for an answer. Chromium ends one whose event has taken five minutes, and keeps
 * one whose answer is still being read without being asked: an answer of seven minutes came whole.
 */
const HOLD_MS = 4 * 60_000;
/** Between two messages on how far the keeping of files is. */
const TELL_MS = 200;
/** How soon it is noticed that a page has given up. */
const BEAT_MS = 250;

declare const __GLANCE_PRECACHE__: Precache;

const scope = globalThis as unknown as ServiceWorkerScope;
const site = new URL(scope.registration.scope);
const api = new URL('v1/', site);
const sharing = new URL(SHARE_PATH, site);

// Pages of other folders of the origin may use the engine as well, through the library.
const pages = () => scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
const answer = apiHandler(new GlanceClient(new PagesConnector(pages, site.href)));

/** Null where there is no site: in the package, and while it is being developed. */
const files = typeof __GLANCE_PRECACHE__ === 'undefined' ? null : siteFiles(__GLANCE_PRECACHE__);
/** This worker has just been installed where nothing of its site is kept, and has kept nothing yet. */
let isEmpty = false;
const inbox = new ShareInbox(site.href);

// A first visit is to have the API at once, and its files later, when nothing waits. Files of a next version are there
// before it takes over; pages of the one before find theirs for as long as they are open.
scope.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([prepare().then(() => scope.skipWaiting()), route(event)]));
});
scope.addEventListener('activate', (event) =>
  event.waitUntil(Promise.all([scope.clients.claim(), tellVersion()])),
);

scope.addEventListener('message', (event) => {
  const keep = keepRequest(event.data);
  if (keep !== null) return event.waitUntil(keepFiles(keep, event.ports[0]));
  const request = connectRequest(event);
  if (request === null) return;
  const place = async () => {
    const { port, lifeline, protocol } = request;
    const placed = await placePort(await pages(), port, lifeline, protocol);
    request.answer(isNoHost(placed) ? null : placed);
  };
  event.waitUntil(place());
});

scope.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== site.origin) return;
  if (files !== null && pathname === sharing.pathname && event.request.method === 'POST') {
    return event.respondWith(inbox.take(event.request));
  }
  if (!pathname.startsWith(api.pathname)) {
    // On a first visit there is nothing yet: the browser goes on as without this worker.
    if (!isEmpty && files?.has(event.request)) event.respondWith(answerFile(files, event.request));
    return;
  }
  // A form of another site could lead here; the API answers scripts of this one.
  if (event.request.mode === 'navigate') return;
  const answered = withLife(answerFetch(event.request));
  event.waitUntil(Promise.race([answered.then(({ ended }) => ended).catch(() => {}), sleep(HOLD_MS)]));
  event.respondWith(answered.then(({ response }) => response));
});

/** Fetches the next version whole where one is kept; else what pages fetch is to be taken over from them. */
async function prepare(): Promise<void> {
  if (files === null) return;
  isEmpty = scope.registration.active === null || !(await files.hasKept());
  await (isEmpty ? files.welcomeOffers() : fill(files));
}

/** Keeps what is missing; meanwhile another version's worker lets it be. */
function fill(files: SiteFiles, onKept?: (state: OfflineState) => void): Promise<void> {
  return withVersion(navigator.locks, site.href, files.version, () => files.fill(onKept));
}

/** Where the browser can, it does without this worker whatever has been kept: no page waits for it to start. */
async function route(event: InstallEvent): Promise<void> {
  const rules = files === null ? apiRules(site.pathname) : routerRules(site.pathname, files.names);
  await event.addRoutes?.(rules).catch(() => {});
}

function siteFiles(precache: Precache): SiteFiles {
  return new SiteFiles(site.href, precache, {
    caches,
    fetch: (input, init) => fetch(input, init),
    hasWebgpu: 'gpu' in navigator,
    hasJspi: 'Suspending' in WebAssembly,
  });
}

/** A file that is kept; else from the network, as if this worker were not there. */
async function answerFile(files: SiteFiles, request: Request): Promise<Response> {
  const kept = await files.find(request).catch(() => null);
  if (kept !== null) return kept;
  const rare = files.fetchRare(request);
  return (await rare?.catch(() => null)) ?? fetch(request);
}

/** Keeps what is missing, if that is asked for, and says how far that is. */
async function keepFiles(asked: KeepRequest, port: MessagePort | undefined): Promise<void> {
  if (files === null) return port?.close();
  // Pages ask the one at work. Not all browsers let a service worker see itself otherwise.
  const self = scope.serviceWorker ?? scope.registration.active;
  if (asked.hasWebgpu !== null) files.learnWebgpu(asked.hasWebgpu);
  let failure: string | null = null;
  const tell = async () => port?.postMessage(await files.state(failure));
  try {
    await tell();
    if (!asked.fetch) return;
    let toldAtMs = 0;
    const onKept = (state: OfflineState) => {
      if (Date.now() - toldAtMs < TELL_MS) return;
      toldAtMs = Date.now();
      port?.postMessage(state);
    };
    await fill(files, onKept).catch((error: unknown) => {
      failure = error instanceof Error ? error.message : String(error);
    });
    isEmpty = false;
    await tell();
    if (failure !== null) return;
    await prune(files, self);
    await renewHeaders(files).catch(() => {});
  } finally {
    port?.close();
  }
}

/**
 * Once a day, what the host says with its files is looked at anew: it may have changed that alone. First comes what
 * browsers ask every host by themselves, whether there is another version: then these files go, and where there is no
 * network nothing else is tried.
 */
async function renewHeaders(files: SiteFiles): Promise<void> {
  if (!(await files.areHeadersOld())) return;
  const { registration } = scope;
  await registration.update();
  if (registration.installing === null && registration.waiting === null) await files.renewHeaders();
}

/** From now on the files of this version are served. */
async function tellVersion(): Promise<void> {
  if (files === null) return;
  const news: VersionNews = { type: 'glance-version', scope: site.href, version: files.version };
  for (const page of await pages()) page.postMessage(news);
}

/** Lets go of the versions that no page has any more. */
async function prune(files: SiteFiles, self: ServiceWorker | null): Promise<void> {
  if (!mayPrune(scope.registration, self)) return;
  await files.prune(() => versionsInUse(navigator.locks, site.href)).catch(() => {});
}

/**
 * Answers a request of a page. Browsers do not tell a service worker that a page has given up a request before its
 * answer (seen in Chromium 156), but they do tell that a body is not read any more: so an answer that takes its time
 * begins with its head, and with white space, which JSON may begin with.
 */
async function answerFetch(request: Request): Promise<Response> {
  const left = new AbortController();
  let begin: () => void = () => {};
  const begun = new Promise<null>((resolve) => {
    begin = () => resolve(null);
  });
  const whole = respond(
    (call, signal) => answer(call, AbortSignal.any([signal, left.signal]), begin),
    request,
  );
  const early = await Promise.race([whole, begun]);
  if (early !== null) return early;
  const headers = {
    'content-type': 'application/json',
    'x-request-id': `req_${crypto.randomUUID().replaceAll('-', '')}`,
  };
  return new Response(
    lateBody(whole, () => left.abort()),
    { headers },
  );
}

/** The body of a response that is still to come, after as much white space as there are beats until then. */
function lateBody(whole: Promise<Response>, onLeave: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  let beats: ReturnType<typeof setInterval>;
  return new ReadableStream({
    start(controller) {
      beats = setInterval(() => controller.enqueue(new Uint8Array([0x20])), BEAT_MS);
      const end = async () => {
        const response = await whole;
        // Its status cannot be told any more: the connection breaks, as one to a server would.
        if (!response.ok) throw new TypeError(await response.text());
        controller.enqueue(new Uint8Array(await response.arrayBuffer()));
        controller.close();
      };
      end()
        .catch((error: unknown) => controller.error(error))
        .finally(() => clearInterval(beats));
    },
    cancel() {
      clearInterval(beats);
      onLeave();
    },
  });
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** A response, and a promise for the end of its body: until then this worker must live. */
async function withLife(answered: Promise<Response>): Promise<{ response: Response; ended: Promise<void> }> {
  const { body, status, headers } = await answered;
  if (body === null) return { response: new Response(null, { status, headers }), ended: Promise.resolve() };
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const ended = body.pipeTo(writable).catch(() => {});
  return {
    response: new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>, { status, headers }),
    ended,
  };
}
