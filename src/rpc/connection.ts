import { type Endpoint, type Remote, releaseProxy, wrap } from 'comlink';
import { GlanceError } from '../model/errors.ts';
import { Lifetime } from '../model/lifetime.ts';
import type { InferenceService } from './contract.ts';
import { installErrorTransfer } from './errors.ts';
import { watchLifeline } from './lifeline.ts';

installErrorTransfer();

/**
 * Which requests may be sent once more, to another worker, when the one that they were sent to is lost: `none`;
 * those whose answer has not `begun`, for they cannot have been the reason; or `all`, for the reason lies with
 * another tab.
 */
export type Replay = 'none' | 'unbegun' | 'all';

/** A worker that can be talked to, until it is lost. */
export interface Connection {
  readonly service: Remote<InferenceService>;
  readonly replay: Replay;
  /** Waits for work, but no longer than the worker lives: rejects with {@link reason} when that is lost. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** Why the worker is lost; null while it is not. */
  readonly reason: GlanceError | null;
  /** Ends the connection, and the worker where it is this thread's own. */
  lose(reason: GlanceError): void;
  /** Says that the worker cannot be trusted any more: it ends, wherever it lives. */
  retire(reason: GlanceError): void;
}

/** How a client comes by a worker. */
export interface Connector {
  /** Other clients may use the same worker: requests can be in each other's way, and are repeated when it is lost. */
  readonly shared: boolean;
  /** @throws GlanceError if there is no worker to be had */
  connect(): Promise<Connection>;
  /**
   * Hears that a client wants nothing any more of what it has asked for, which has been told to end.
   *
   * @param connection where it was asked
   * @returns whether the client can go on with the connection; else it has been ended
   */
  release(connection: Connection): boolean;
}

/** What a connection is made of. */
export interface ConnectionParts {
  endpoint: Endpoint;
  replay: Replay;
  /** Name of the Web Lock that the worker holds, if it is known. */
  lifeline: Promise<string | null>;
  /** Ends what only this connection needs. */
  end(): void;
  /** As {@link Connection.retire}; absent: to lose it is enough. */
  retire?(): void;
}

/** Connects to a worker or to a port of one, and watches over it. */
export function openConnection(
  service: Remote<InferenceService>,
  { endpoint, replay, lifeline, end, retire }: ConnectionParts,
): Connection {
  const ended = new AbortController();
  const lifetime = new Lifetime<GlanceError>();
  const connection: Connection = {
    service,
    replay,
    guard: (work) => lifetime.guard(work),
    get reason() {
      return lifetime.reason;
    },
    lose(cause) {
      if (lifetime.reason !== null) return;
      ended.abort();
      service[releaseProxy]();
      end();
      lifetime.end(cause);
    },
    retire(cause) {
      if (lifetime.reason === null) retire?.();
      connection.lose(cause);
    },
  };
  const lose = (event: unknown) => {
    connection.lose(workerLost(event instanceof ErrorEvent ? event.message : (event as Event).type));
  };
  endpoint.addEventListener('error', lose as EventListener);
  endpoint.addEventListener('messageerror', lose as EventListener);
  lifeline.then(
    (name) => {
      if (name !== null) watchLifeline(name, () => connection.lose(workerLost('ended')), ended.signal);
    },
    // Without locks, or without a worker any more: errors that the worker reports still end a request.
    () => {},
  );
  return connection;
}

/** Connects to a worker of this page's own. */
export function connectWorker(
  worker: Worker,
  replay: Replay,
): { connection: Connection; lifeline: Promise<string | null> } {
  const service = wrap<InferenceService>(worker);
  const lifeline = service.lifeline();
  const connection = openConnection(service, {
    endpoint: worker,
    replay,
    lifeline,
    end: () => worker.terminate(),
  });
  return { connection, lifeline };
}

/** A worker for one client alone. */
export class OwnWorker implements Connector {
  readonly shared = false;
  readonly #startWorker: () => Worker;

  constructor(startWorker: () => Worker) {
    this.#startWorker = startWorker;
  }

  async connect(): Promise<Connection> {
    return connectWorker(this.#startWorker(), 'none').connection;
  }

  release(connection: Connection): boolean {
    connection.lose(closedError());
    return false;
  }
}

export function closedError(): GlanceError {
  return new GlanceError('aborted', 'Closed.');
}

export function workerLost(reason: string): GlanceError {
  return new GlanceError(
    'worker-lost',
    'The part of Glance that runs the model stopped. Your question is kept: ask again and it starts anew.',
    { details: { reason } },
  );
}
