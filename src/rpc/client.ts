import { proxy, type Remote } from 'comlink';
import { fetchNamedPicture, isNamedIn } from '../api/named_picture.ts';
import { abortable } from '../model/abortable.ts';
import { GlanceError, throwIfAborted, toGlanceError } from '../model/errors.ts';
import { type Connection, type Connector, OwnWorker, workerLost } from './connection.ts';
import {
  type ApiModel,
  type ApiOutcome,
  type ApiPart,
  type ApiReply,
  type ApiRequest,
  type ApiSettings,
  type ChatEvent,
  type ChatRequest,
  type ChatResult,
  type DeviceMemory,
  type ErrorCopy,
  type InferenceService,
  isFatal,
  type LoadOptions,
  type LoadProgress,
  type ModelEvent,
  type ModelInfo,
} from './contract.ts';
import { FetchedModel, type FetchModel } from './fetched_model.ts';
import { HeardEvents, HeardOnce } from './heard.ts';

/** A request whose workers are lost so often is taken for the reason. */
const MAX_REPLAYS = 4;

/** How a question is asked, beside what it asks. */
export interface ChatOptions {
  /** The model that answers; default: the one that this client has loaded. */
  model?: LoadOptions;
  /** Hears of the model before the answer begins: it is loaded if it is not there any more. */
  onModel?: (event: ModelEvent) => void;
}

type Sent<T> = (service: Remote<InferenceService>, requestId: string) => Promise<T>;

/**
 * A page's view of the inference worker: starts it or finds that of another tab when it is first needed, turns an
 * `AbortSignal` into a stopped answer, and puts a fresh worker in place of one that died. A request that a worker
 * of another tab took with it is sent again; what was heard of its answer already is not heard twice.
 */
export class GlanceClient {
  readonly #connector: Connector;
  #connection: Promise<Connection> | null = null;
  /** What {@link #connection} has resolved with. */
  #current: Connection | null = null;
  /** Raised when the client is closed, and then replaced. */
  #closed = new AbortController();
  #loaded: LoadOptions | null = null;
  #requestCount = 0;
  readonly #fetchedModel: FetchedModel;
  /** Names of files, by the first of a model. */
  readonly #fileKeys = new WeakMap<Blob, string>();

  /**
   * @param source makes a new inference worker, e.g. `() => new Worker(url, { type: 'module' })`, which is this
   * client's alone; or finds one that is shared.
   * @param fetchModel downloads models that the engine's policy keeps it from; default: they are refused
   */
  constructor(source: (() => Worker) | Connector, fetchModel: FetchModel | null = null) {
    this.#fetchedModel = new FetchedModel(fetchModel);
    this.#connector = typeof source === 'function' ? new OwnWorker(source) : source;
  }

  /**
   * Makes a model the loaded one, in place of the one loaded before, which stays if the new files turn out to be
   * unfit. A newer load ends an older one; one that is loaded already stays as it is.
   *
   * @throws {@link GlanceError} with a code of the files, the model or the runtime; `aborted` if the signal
   * was raised or another load came after
   */
  async load(
    options: LoadOptions,
    onProgress?: (progress: LoadProgress) => void,
    signal?: AbortSignal,
  ): Promise<ModelInfo> {
    const tell = (progress: LoadProgress) => onProgress?.(progress);
    return this.#fetchedModel.use(options, tell, this.#until(signal), async (options) => {
      const model = this.#withKey(options);
      const info = await this.#request(signal, (service, requestId) =>
        service.load(requestId, model, onProgress && proxy(onProgress)),
      );
      this.#loaded = model;
      return info;
    });
  }

  /**
   * Asks. Text arrives through `onEvent`; raising the signal while the answer is made ends it early and
   * resolves with what was said so far. If the worker or its model was lost since the last answer, or another tab
   * has loaded another model, this client's is loaded again first.
   *
   * @throws {@link GlanceError}; `aborted` if the signal was raised before the answer began. After
   * `worker-lost` the next call works again.
   */
  async chat(
    request: ChatRequest,
    onEvent?: (event: ChatEvent) => void,
    signal?: AbortSignal,
    { model = this.#loaded ?? undefined, onModel }: ChatOptions = {},
  ): Promise<ChatResult> {
    const tell = (progress: LoadProgress) => onModel?.({ type: 'load', progress });
    return this.#fetchedModel.use(model, tell, this.#until(signal), (model) =>
      this.#ask(request, onEvent, signal, { ...(model && { model }), ...(onModel && { onModel }) }),
    );
  }

  async #ask(
    request: ChatRequest,
    onEvent: ((event: ChatEvent) => void) | undefined,
    signal: AbortSignal | undefined,
    { model, onModel }: ChatOptions,
  ): Promise<ChatResult> {
    const wanted = model && this.#withKey(model);
    const repeatable = this.#connector.shared ? { ...request, seed: request.seed ?? randomSeed() } : request;
    const heard = new HeardEvents();
    const send: Sent<ChatResult> = async (service, requestId) => {
      heard.restart();
      const listener = (event: ChatEvent | ModelEvent) => {
        if (event.type === 'begin') heard.begin();
        if (event.type === 'begin' || event.type === 'load') return onModel?.(event);
        if (heard.isNew(event)) onEvent?.(event);
        else if (heard.diverged) void service.abort(requestId);
      };
      const result = await service.chat(requestId, repeatable, proxy(listener), wanted);
      if (heard.diverged) throw workerLost('the answer became another');
      return result;
    };
    return heard.complete(await this.#request(signal, send, () => heard.begun));
  }

  /**
   * Calls the OpenAI-compatible API.
   *
   * @param onPart hears an answer that comes in events, and of a model that has to be loaded for it
   * @returns a whole answer; null for one in events, all of which have been heard then
   * @throws {@link GlanceError} `worker-lost`, `aborted`
   */
  async api(
    request: ApiRequest,
    onPart: (part: ApiPart) => void,
    settings: Omit<ApiSettings, 'seed'> = {},
    signal?: AbortSignal,
  ): Promise<ApiReply | null> {
    const repeatable: ApiSettings = { ...settings, seed: randomSeed() };
    const heard = new HeardOnce();
    let hasHead = false;
    let first: unknown = null;
    const send: Sent<ApiOutcome> = async (service, requestId) => {
      heard.restart();
      const listener = (part: ApiPart) => {
        if (part.type === 'load' || part.type === 'begun') return onPart(part);
        if (part.type === 'head') {
          if (!hasHead) onPart(part);
          hasHead = true;
          return;
        }
        first ??= part.data;
        if (heard.isNew(part.data)) onPart({ type: 'event', data: named(part.data, first) });
        else if (heard.diverged) void service.abort(requestId);
      };
      const fetchPicture = (url: string) => {
        if (isNamedIn(request.body, url)) return fetchNamedPicture(url, signal);
        throw new GlanceError('invalid-argument', `The request names no picture at ${url}.`);
      };
      const outcome = await service.api(requestId, request, proxy(listener), repeatable, proxy(fetchPicture));
      if (heard.diverged || (outcome.reply !== null && hasHead)) {
        throw workerLost('the answer became another');
      }
      return outcome;
    };
    const outcome = await this.#request(
      signal,
      send,
      () => heard.count > 0,
      ({ fatal }) => fatal,
    );
    return outcome.reply;
  }

  /** Models that can be asked for by name. */
  models(): Promise<ApiModel[]> {
    return this.#request(undefined, (service) => service.models());
  }

  /** Frees the model, unless another tab uses it; the worker stays. */
  async unload(): Promise<void> {
    this.#loaded = null;
    if (this.#connection !== null) await this.#request(undefined, (service) => service.unload());
  }

  /** What the loaded model holds on its device; null if none is loaded. */
  async memory(): Promise<DeviceMemory | null> {
    if (this.#connection === null) return null;
    return this.#request(undefined, (service) => service.memory());
  }

  /**
   * Ends everything that is running for this client, and with it the worker where no other tab uses it. The next
   * request begins anew.
   */
  close(): void {
    this.#loaded = null;
    this.#closed.abort();
    this.#closed = new AbortController();
    const connecting = this.#connection;
    const current = this.#current;
    // Of a shared worker that is still being looked for nothing has been asked yet.
    if (connecting === null || (current === null && this.#connector.shared)) return;
    if (current !== null && this.#connector.release(current)) return;
    this.#connection = null;
    this.#current = null;
    if (current === null)
      connecting.then((connection) => this.#connector.release(connection)).catch(() => {});
  }

  /** Raised with the signal, and when the client is closed. */
  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }

  /** Sends a request that the signal can end, and watches over the worker meanwhile. */
  async #request<T>(
    signal: AbortSignal | undefined,
    send: Sent<T>,
    begun = () => false,
    fatal: (result: T) => ErrorCopy | null = () => null,
  ): Promise<T> {
    const closed = this.#closed.signal;
    for (let losses = 0; ; losses++) {
      throwIfAborted(signal);
      const connection = await abortable(this.#connect(), closed, signal);
      try {
        const result = await this.#send(connection, closed, signal, send);
        const failure = fatal(result);
        if (failure !== null) connection.retire(new GlanceError(failure.code, failure.message));
        return result;
      } catch (thrown) {
        const error = toGlanceError(thrown);
        const isLost = error === connection.reason;
        if (isFatal(error)) connection.retire(error);
        if (!isLost || !repeats(connection, begun()) || losses === MAX_REPLAYS) throw error;
      }
    }
  }

  async #send<T>(
    connection: Connection,
    closed: AbortSignal,
    signal: AbortSignal | undefined,
    send: Sent<T>,
  ): Promise<T> {
    throwIfAborted(closed);
    const { service } = connection;
    this.#requestCount += 1;
    const requestId = String(this.#requestCount);
    const stop = () => void service.abort(requestId).catch(() => {});
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await abortable(connection.guard(send(service, requestId)), closed);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #connect(): Promise<Connection> {
    for (;;) {
      this.#connection ??= this.#connector.connect();
      const connecting = this.#connection;
      try {
        const connection = await connecting;
        if (connection.reason === null) {
          if (this.#connection === connecting) this.#current = connection;
          return connection;
        }
        this.#forget(connecting);
      } catch (error) {
        this.#forget(connecting);
        throw error;
      }
    }
  }

  #forget(connecting: Promise<Connection>): void {
    if (this.#connection !== connecting) return;
    this.#connection = null;
    this.#current = null;
  }

  /** Files get a name by which other copies of them are known. */
  #withKey(options: LoadOptions): LoadOptions {
    const { source } = options;
    if (source.kind !== 'file' || source.key !== undefined) return options;
    const files = source.text instanceof Blob ? [source.text] : source.text;
    const names = [...files, ...(source.vision ? [source.vision] : [])].map((file) => {
      const key = this.#fileKeys.get(file) ?? randomName();
      this.#fileKeys.set(file, key);
      return key;
    });
    return { ...options, source: { ...source, key: names.join(' ') } };
  }
}

/** Whether a request that was lost with its worker is sent once more. */
function repeats({ replay }: Connection, begun: boolean): boolean {
  return replay === 'all' || (replay === 'unbegun' && !begun);
}

/** A piece of an answer that began in another try goes by the names of that one. */
function named(data: unknown, first: unknown): unknown {
  if (!isChunk(data) || !isChunk(first)) return data;
  return { ...data, id: first.id, created: first.created };
}

function isChunk(data: unknown): data is { id: unknown; created: unknown } {
  return typeof data === 'object' && data !== null && 'id' in data && 'created' in data;
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

/** `crypto.randomUUID` is missing on pages without TLS. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('');
}
