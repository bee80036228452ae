/** A call of the API and its answer, as they cross between a way in and the worker that answers. */

/** A request of HTTP, as far as the API looks at it; can be cloned by `postMessage`. */
export interface ApiRequest {
  method: string;
  /** From `/v1/` on: `/v1/chat/completions`. A query is ignored. */
  path: string;
  /** Text of the body; null if there is none. */
  body: string | null;
}

/** A whole answer. */
export interface ApiReply {
  status: number;
  headers: Record<string, string>;
  /** A value that JSON can hold. */
  body: unknown;
}

/** An answer in events, each a value that JSON can hold. Who stops listening (`return`) ends the work behind them. */
export interface ApiStream {
  status: 200;
  headers: Record<string, string>;
  events: AsyncIterable<unknown>;
}

export type ApiResponse = ApiReply | ApiStream;
