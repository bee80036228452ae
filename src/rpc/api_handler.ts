import { errorReply } from '../api/errors.ts';
import { EventQueue } from '../api/event_queue.ts';
import type { ApiRequest, ApiResponse } from '../api/exchange.ts';
import { toGlanceError } from '../model/errors.ts';
import type { GlanceClient } from './client.ts';
import type { ApiSettings, LoadProgress } from './contract.ts';

/**
 * The API as a client of the inference worker reaches it.
 *
 * @param onProgress hears of a model that has to be loaded first
 * @returns answers a request, and says when an answer that will come as a whole is being made; never throws
 */
export function apiHandler(
  client: Pick<GlanceClient, 'api'>,
  settings: Omit<ApiSettings, 'seed'> = {},
  onProgress: (progress: LoadProgress) => void = () => {},
): (request: ApiRequest, signal?: AbortSignal, onBegun?: () => void) => Promise<ApiResponse> {
  return (request, signal, onBegun) => {
    const left = new AbortController();
    const events = new EventQueue<unknown>(() => left.abort());
    const stopped = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
    return new Promise((resolve) => {
      client
        .api(
          request,
          (part) => {
            if (part.type === 'load') onProgress(part.progress);
            else if (part.type === 'begun') onBegun?.();
            else if (part.type === 'head') resolve({ status: 200, headers: part.headers, events });
            else events.push(part.data);
          },
          settings,
          stopped,
        )
        .then((reply) => {
          if (reply !== null) resolve(reply);
        })
        .catch((thrown: unknown) => {
          const reply = errorReply(toGlanceError(thrown));
          resolve(reply);
          // The listener of a stream that has begun hears of it as of the rest, unless it left.
          if (!stopped.aborted) events.push(reply.body);
        })
        .finally(() => events.end());
    });
  };
}
