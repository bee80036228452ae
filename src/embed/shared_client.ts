import type { SessionClient } from '../app/session.ts';
import type { ChatOptions, GlanceClient } from '../rpc/client.ts';
import type {
  ChatEvent,
  ChatRequest,
  ChatResult,
  LoadOptions,
  LoadProgress,
  ModelInfo,
} from '../rpc/contract.ts';
import { loadInTurn } from './load_in_turn.ts';

/** One conversation's view of the engine of its page: others use it too, so it only ends what is its own. */
export class SharedClient implements SessionClient {
  readonly #client: GlanceClient;
  readonly #onProgress: (progress: LoadProgress) => void;
  #model: LoadOptions | null = null;
  #closed = new AbortController();

  /** @param onProgress hears how models are loaded for this conversation */
  constructor(client: GlanceClient, onProgress: (progress: LoadProgress) => void) {
    this.#client = client;
    this.#onProgress = onProgress;
  }

  async load(
    options: LoadOptions,
    onProgress?: (progress: LoadProgress) => void,
    signal?: AbortSignal,
  ): Promise<ModelInfo> {
    this.#model = options;
    const ended = this.#ended(signal);
    const tell = (progress: LoadProgress) => {
      onProgress?.(progress);
      this.#onProgress(progress);
    };
    return loadInTurn(this, this.#client, options, tell, ended);
  }

  chat(
    request: ChatRequest,
    onEvent?: (event: ChatEvent) => void,
    signal?: AbortSignal,
    { model = this.#model ?? undefined, onModel }: ChatOptions = {},
  ): Promise<ChatResult> {
    return this.#client.chat(request, onEvent, this.#ended(signal), {
      ...(model && { model }),
      onModel: (event) => {
        if (event.type === 'load' && event.progress) this.#onProgress(event.progress);
        onModel?.(event);
      },
    });
  }

  close(): void {
    this.#closed.abort();
    this.#closed = new AbortController();
  }

  #ended(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }
}
