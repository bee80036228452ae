/**
 * The service worker: passes ports to the inference worker between tabs, and answers `v1/*` of its scope by the
 * engine of a tab that is open. It keeps nothing: it may be ended and started at any time.
 */
import { respond } from '../src/api/sse.ts';
import { apiHandler } from '../src/rpc/api_handler.ts';
import { connectRequest, placePort } from '../src/rpc/broker.ts';
import { GlanceClient } from '../src/rpc/client.ts';
import { PagesConnector } from './pages_connector.ts';
import type { InstallEvent, ServiceWorkerScope } from './service_worker_scope.ts';

/**
 * So long this worker asks to be kept for an answer. Chromium ends one whose event has taken five minutes, and keeps
 * one whose answer is still being read without being asked: an answer of seven minutes came whole.
 */
const HOLD_MS = 4 * 60_000;
/** How soon it is noticed that a page has given up. */
const BEAT_MS = 250;

const scope = globalThis as unknown as ServiceWorkerScope;
const site = new URL(scope.registration.scope);
const api = new URL('v1/', site);

// Pages of other folders of the origin may use the engine as well, through the library.
const pages = () => scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
const answer = apiHandler(new GlanceClient(new PagesConnector(pages, site.href)));

// There is nothing to be kept from an earlier version, and a first visit is to have the API at once.
scope.addEventListener('install', (event) =>
  event.waitUntil(Promise.all([scope.skipWaiting(), route(event)])),
);
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('message', (event) => {
  const request = connectRequest(event);
  if (request === null) return;
  const place = async () => {
    const { port, lifeline, protocol } = request;
    const placed = await placePort(await pages(), port, lifeline, protocol);
    request.answer(placed === 'none' ? null : placed);
  };
  event.waitUntil(place());
});

scope.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== api.origin || !pathname.startsWith(api.pathname)) return;
  // A form of another site could lead here; the API answers scripts of this one.
  if (event.request.mode === 'navigate') return;
  const answered = withLife(answerFetch(event.request));
  event.waitUntil(Promise.race([answered.then(({ ended }) => ended).catch(() => {}), sleep(HOLD_MS)]));
  event.respondWith(answered.then(({ response }) => response));
});

/** Where the browser can, it asks this worker for the API only: no page waits for it to start. */
async function route(event: InstallEvent): Promise<void> {
  const urlPattern = { pathname: `${api.pathname}*` };
  await event.addRoutes?.([{ condition: { not: { urlPattern } }, source: 'network' }]).catch(() => {});
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
