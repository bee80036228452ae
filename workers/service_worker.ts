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
    const placed = await placePort(await pages(), request.port, request.lifeline);
    request.answer(placed === 'none' ? null : placed);
  };
  event.waitUntil(place());
});

scope.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== api.origin || !pathname.startsWith(api.pathname)) return;
  const answered = withLife(respond(answer, event.request));
  event.waitUntil(answered.then(({ ended }) => ended).catch(() => {}));
  event.respondWith(answered.then(({ response }) => response));
});

/** Where the browser can, it asks this worker for the API only: no page waits for it to start. */
async function route(event: InstallEvent): Promise<void> {
  const urlPattern = { pathname: `${api.pathname}*` };
  await event.addRoutes?.([{ condition: { not: { urlPattern } }, source: 'network' }]).catch(() => {});
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
