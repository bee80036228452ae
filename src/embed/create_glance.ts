/**
 * Glance as a library: the engine without the site. Importing this module does nothing; {@link createGlance} starts
 * what is needed when it is needed.
 */
import { respond } from '../api/sse.ts';
import type { ChatMessage, ContentPart, PictureInput, ToolCall, ToolDefinition } from '../model/chat.ts';
import { GlanceError, type GlanceErrorCode, type GlanceErrorDetails } from '../model/errors.ts';
import type { AnswerFormat, TokenLogprob, TokenLogprobs } from '../model/request.ts';
import type { FinishReason, SamplingOptions } from '../model/sampling.ts';
import type { Thinking } from '../model/template_abilities.ts';
import { apiHandler } from '../rpc/api_handler.ts';
import type {
  ApiModel,
  ChatEvent,
  ChatRequest,
  ChatResult,
  Device,
  DeviceMemory,
  LoadOptions,
  LoadProgress,
  ModelInfo,
  ModelSource,
} from '../rpc/contract.ts';
import { loadInTurn } from './load_in_turn.ts';
import { enterEngine, type PageEngine } from './page_engine.ts';

export type {
  AnswerFormat,
  ApiModel,
  ChatEvent,
  ChatMessage,
  ChatRequest,
  ChatResult,
  ContentPart,
  Device,
  DeviceMemory,
  FinishReason,
  GlanceErrorCode,
  GlanceErrorDetails,
  LoadOptions,
  LoadProgress,
  ModelInfo,
  ModelSource,
  PictureInput,
  SamplingOptions,
  Thinking,
  TokenLogprob,
  TokenLogprobs,
  ToolCall,
  ToolDefinition,
};
export { GlanceError };

/** Where the API seems to be: an address that exists nowhere, and that only `glance.fetch` answers. */
const API_BASE = 'https://glance.local/v1';

/** How {@link createGlance} finds and runs the engine. */
export interface GlanceOptions {
  /** Folder of Glance's files, with `sw.js` and `models/`; default: the one that this module lies in. */
  base?: string | URL;
  /** What computes; default: what is there, the graphics processor first. */
  device?: Device | 'auto';
  /** Tokens that prompt and answer may take together; default: the smaller of 4,096 and the model's own. */
  contextLength?: number;
  /**
   * Whether all tabs of this origin use one engine, which takes a service worker in Glance's folder; default: true,
   * unless a bundler has moved Glance's files and `base` does not say where they are as well. Else, and where the
   * browser allows no service worker, this page has one for itself.
   */
  share?: boolean;
}

/** A model by its name (see {@link Glance.models}), or where its files are. */
export type ModelChoice = string | ModelSource;

/** How a model is loaded. */
export interface LoadSettings {
  /** Hears how far loading has come. */
  onProgress?: (progress: LoadProgress) => void;
  /** Ends it. */
  signal?: AbortSignal;
}

/** How a question is asked, beside what it asks. */
export interface ChatSettings extends LoadSettings {
  /** Is loaded first if it is not; default: the one that was loaded last. */
  model?: ModelChoice;
  /** Hears the answer as it is made. */
  onEvent?: (event: ChatEvent) => void;
}

/** The engine, for one user of a page. */
export interface Glance {
  /** What to give a client of the OpenAI API as its base URL, together with `fetch`. */
  readonly baseURL: string;
  /**
   * A `fetch` that answers what is asked of {@link baseURL}, and of `v1/` in Glance's folder, as the OpenAI API does;
   * everything else goes to the page's own `fetch`. It needs no `this`.
   *
   * ```ts
   * const openai = new OpenAI({
   *   baseURL: glance.baseURL,
   *   apiKey: 'none',
   *   fetch: glance.fetch,
   *   dangerouslyAllowBrowser: true,
   * });
   * ```
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Makes a model ready ahead of the first question.
   *
   * @throws {@link GlanceError} about its files and the device; `no-model` for an unknown name; `aborted`
   */
  load(model: ModelChoice, settings?: LoadSettings): Promise<ModelInfo>;
  /**
   * Asks. Raising the signal ends the answer, which then holds what was said so far.
   *
   * @throws {@link GlanceError} as {@link load}, and about the request
   */
  chat(request: ChatRequest, settings?: ChatSettings): Promise<ChatResult>;
  /** Models that can be asked for by name: the demo (`pico`), those kept on this device, the one that is loaded. */
  models(): Promise<ApiModel[]>;
  /** What the loaded model holds on its device; null if none is loaded. */
  memory(): Promise<DeviceMemory | null>;
  /**
   * Hears how models are loaded for this user, by whichever way they are asked for.
   *
   * @returns ends the listening
   */
  onProgress(listener: (progress: LoadProgress) => void): () => void;
  /** Ends what this user has asked for. The engine ends with the last user of the page. */
  close(): void;
}

/**
 * Makes a user of the engine. All users of a page that have the same folder share one engine, and with it all tabs of
 * the origin, if they want to.
 *
 * @throws GlanceError `invalid-argument` for a `base` that is no address
 */
export function createGlance(options: GlanceOptions = {}): Glance {
  return new GlanceUser(options);
}

class GlanceUser implements Glance {
  readonly baseURL = API_BASE;
  readonly fetch: typeof globalThis.fetch;
  readonly #engine: PageEngine;
  readonly #settings: { device?: Device | 'auto'; contextLength?: number };
  readonly #listeners = new Set<(progress: LoadProgress) => void>();
  readonly #closed = new AbortController();
  #model: LoadOptions | undefined;

  constructor({ base, device, contextLength, share }: GlanceOptions) {
    const engine = enterEngine({ base, share });
    const { site } = engine;
    this.#settings = {
      ...(device !== undefined && { device }),
      ...(contextLength !== undefined && { contextLength }),
    };
    this.#engine = engine;
    const answer = apiHandler(this.#engine.client, this.#settings, (progress) => this.#tell(progress));
    this.fetch = async (input, init) => {
      const address = addressOf(input);
      if (!isApi(address, site)) return globalThis.fetch(input, init);
      return respond((request, signal) => answer(request, this.#signal(signal)), new Request(input, init));
    };
  }

  async load(model: ModelChoice, { onProgress, signal }: LoadSettings = {}): Promise<ModelInfo> {
    const options = this.#optionsOf(model);
    const info = await loadInTurn(
      this,
      this.#engine.client,
      options,
      (progress) => this.#tell(progress, onProgress),
      this.#signal(signal),
    );
    this.#model = options;
    return info;
  }

  chat(request: ChatRequest, { model, onEvent, onProgress, signal }: ChatSettings = {}): Promise<ChatResult> {
    const options = model === undefined ? this.#model : this.#optionsOf(model);
    return this.#engine.client.chat(request, onEvent, this.#signal(signal), {
      ...(options && { model: options }),
      onModel: (event) => {
        if (event.type === 'load' && event.progress) this.#tell(event.progress, onProgress);
      },
    });
  }

  models(): Promise<ApiModel[]> {
    return this.#engine.client.models();
  }

  memory(): Promise<DeviceMemory | null> {
    return this.#engine.client.memory();
  }

  onProgress(listener: (progress: LoadProgress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#listeners.clear();
    this.#engine.leave();
  }

  #optionsOf(model: ModelChoice): LoadOptions {
    return { source: typeof model === 'string' ? { kind: 'named', name: model } : model, ...this.#settings };
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }

  #tell(progress: LoadProgress, listener?: (progress: LoadProgress) => void): void {
    listener?.(progress);
    for (const other of [...this.#listeners]) other(progress);
  }
}

function addressOf(input: RequestInfo | URL): URL {
  return new URL(input instanceof Request ? input.url : input, document.baseURI);
}

function isApi({ href }: URL, site: URL): boolean {
  return href.startsWith(`${API_BASE}/`) || href.startsWith(new URL('v1/', site).href);
}
