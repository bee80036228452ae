/** Answers of the API as a page or a service worker gives them away. */
import { abortable } from '../model/abortable.ts';
import { toGlanceError } from '../model/errors.ts';
import { errorReply } from './errors.ts';
import type { ApiRequest, ApiResponse } from './exchange.ts';

const encoder = new TextEncoder();

/**
 * Answers a request of `fetch`, as `fetch` does: raising the request's signal rejects, or breaks off the body.
 *
 * @param handle the API, or the way to it: `ApiServer.handle`
 * @param request its path counts from its last `/v1/` on
 * @param signal the caller's; default: the request's, which follows it
 * @throws the signal's reason, an `AbortError` unless the caller gave another
 */
export async function respond(
  handle: (request: ApiRequest, signal: AbortSignal) => Promise<ApiResponse>,
  request: Request,
  signal = request.signal,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const body = await request.text();
  signal.throwIfAborted();
  const asked = {
    method: request.method,
    path: pathname.slice(Math.max(0, pathname.lastIndexOf('/v1/'))),
    body: body === '' ? null : body,
  };
  // Who breaks off does not wait for a worker that is busy.
  const answer = await abortable(handle(asked, signal), signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw thrown;
  });
  return toResponse(answer, signal);
}

/**
 * An answer as a `Response` of fetch: JSON, or server-sent events that end with `[DONE]`. Cancelling the body ends
 * the work behind it.
 *
 * @param signal breaks off the body of a stream
 */
export function toResponse(response: ApiResponse, signal?: AbortSignal): Response {
  const { status, headers } = response;
  if (!('events' in response)) return new Response(JSON.stringify(response.body), { status, headers });
  return new Response(eventStream(response.events, signal), { status, headers });
}

/**
 * Server-sent events (WHATWG HTML, section 9.2), one `data` line each, as the OpenAI API sends them. A failure in
 * the middle is an event of its own, after which nothing comes.
 */
function eventStream(
  events: AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = events[Symbol.asyncIterator]();
  const ended = new AbortController();
  const leave = async () => {
    ended.abort();
    await iterator.return?.();
  };
  return new ReadableStream({
    start(controller) {
      const breakOff = () => {
        controller.error(signal?.reason);
        void leave();
      };
      if (signal?.aborted) breakOff();
      signal?.addEventListener('abort', breakOff, { once: true, signal: ended.signal });
    },
    async pull(controller) {
      const send = (data: string) => {
        if (!ended.signal.aborted) controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      };
      try {
        const { done, value } = await iterator.next();
        if (!done) return send(JSON.stringify(value));
        send('[DONE]');
      } catch (thrown) {
        send(JSON.stringify(errorReply(toGlanceError(thrown)).body));
      }
      if (!ended.signal.aborted) controller.close();
      ended.abort();
    },
    cancel: leave,
  });
}
