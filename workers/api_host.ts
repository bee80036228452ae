import type { ApiHost, ApiModel, ReadyModel } from '../src/api/host.ts';
import type { NamedPicture } from '../src/api/named_picture.ts';
import { abortable } from '../src/model/abortable.ts';
import { toGlanceError } from '../src/model/errors.ts';
import type { ChatEvent, ChatRequest, ChatResult } from '../src/model/request.ts';
import { type ApiSettings, type ErrorCopy, isFatal, type LoadProgress } from '../src/rpc/contract.ts';
import type { LoadedModel } from './coming_model.ts';
import { type Asked, asked } from './model_key.ts';
import type { Models } from './models.ts';
import type { Names } from './names.ts';

export interface ApiHostListener {
  /** A model has to be loaded first. */
  onProgress(progress: LoadProgress): void;
  /** The first answer has begun. */
  onBegin(): void;
  /** Fetches a picture that the request names, in the caller's place: this worker may not reach other servers. */
  fetchPicture(url: string): Promise<NamedPicture>;
}

/** The surroundings of one call of the API: the worker's models, in the turns of the client that calls. */
export class WorkerApiHost implements ApiHost {
  readonly #models: Models;
  readonly #names: Names;
  readonly #client: object;
  readonly #settings: ApiSettings;
  readonly #listener: ApiHostListener;
  #chatCount = 0;
  #begun = false;
  #fatal: ErrorCopy | null = null;

  constructor(
    { models, names }: { models: Models; names: Names },
    client: object,
    settings: ApiSettings,
    listener: ApiHostListener,
  ) {
    this.#models = models;
    this.#names = names;
    this.#client = client;
    this.#settings = settings;
    this.#listener = listener;
  }

  fetchPicture(url: string, signal?: AbortSignal): Promise<NamedPicture> {
    return abortable(this.#listener.fetchPicture(url), signal);
  }

  models(): Promise<ApiModel[]> {
    return this.#names.models(this.#models.loaded);
  }

  /** What the call failed of, if the worker cannot be trusted after it. */
  get fatal(): ErrorCopy | null {
    return this.#fatal;
  }

  async ready(model: string, signal = neverAborted): Promise<ReadyModel> {
    const wanted = await this.#asked(model);
    const loaded =
      this.#models.claim(this.#client, wanted) ?? (await this.#use(wanted, signal, async (ready) => ready));
    return this.#describe(loaded);
  }

  async chat(
    model: string,
    request: ChatRequest,
    onEvent: (event: ChatEvent) => void,
    signal = neverAborted,
  ): Promise<ChatResult> {
    // Each answer of a call its own, and each the same when the call is repeated.
    const seed = request.seed ?? (this.#settings.seed + this.#chatCount) >>> 0;
    this.#chatCount += 1;
    const wanted = await this.#asked(model);
    const listener = (event: ChatEvent) => {
      // Pictures are looked at before the prompt is known to fit.
      if (event.type !== 'pictures') this.#begin();
      onEvent(event);
    };
    return this.#use(wanted, signal, ({ engine }) => engine.chat({ ...request, seed }, listener, signal));
  }

  #begin(): void {
    if (!this.#begun) this.#listener.onBegin();
    this.#begun = true;
  }

  async #use<T>(wanted: Asked, signal: AbortSignal, work: (model: LoadedModel) => Promise<T>): Promise<T> {
    const tell = (progress: LoadProgress | null) => progress && this.#listener.onProgress(progress);
    try {
      return await this.#models.use(this.#client, wanted, tell, signal, work);
    } catch (thrown) {
      const { code, message } = toGlanceError(thrown);
      if (isFatal({ code, message })) this.#fatal = { code, message };
      throw thrown;
    }
  }

  async #asked(name: string): Promise<Asked> {
    const { device, contextLength } = this.#settings;
    const options = {
      source: { kind: 'named' as const, name },
      ...(device !== undefined && { device }),
      ...(contextLength !== undefined && { contextLength }),
    };
    return asked(await this.#names.place(options, this.#models.loaded));
  }

  async #describe(loaded: LoadedModel): Promise<ReadyModel> {
    return { id: await this.#names.nameOf(loaded), info: loaded.engine.info, file: loaded.file };
  }
}

const neverAborted = new AbortController().signal;
