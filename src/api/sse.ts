/** Answers of the API as a page or a service worker gives them away. */
import { toGlanceError } from '../model/errors.ts';
import { errorReply } from './errors.ts';
import type { ApiResponse } from './exchange.ts';

const encoder = new TextEncoder();

/**
 * An answer as a `Response` of fetch: JSON, or server-sent events that end with `[DONE]`. Cancelling the body ends
 * the work behind it.
 */
export function toResponse(response: ApiResponse): Response {
  const { status, headers } = response;
  if (!('events' in response)) return new Response(JSON.stringify(response.body), { status, headers });
  return new Response(eventStream(response.events), { status, headers });
}

/**
 * Server-sent events (WHATWG HTML, section 9.2), one `data` line each, as the OpenAI API sends them. A failure in
 * the middle is an event of its own, after which nothing comes.
 */
export function eventStream(events: AsyncIterable<unknown>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = events[Symbol.asyncIterator]();
  let cancelled = false;
  return new ReadableStream({
    async pull(controller) {
      const send = (data: string) => {
        if (!cancelled) controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      };
      try {
        const { done, value } = await iterator.next();
        if (!done) return send(JSON.stringify(value));
        send('[DONE]');
      } catch (thrown) {
        send(JSON.stringify(errorReply(toGlanceError(thrown)).body));
      }
      if (!cancelled) controller.close();
    },
    async cancel() {
      cancelled = true;
      await iterator.return?.();
    },
  });
}
