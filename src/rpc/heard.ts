import type { ChatEvent, ChatResult } from '../model/request.ts';

/**
 * What may differ when an answer is given once more: names, times, what was still in the cache, and the last digits of
 * probabilities, which depend on how much of the prompt is read at once.
 */
const INCIDENTAL: ReadonlySet<string> = new Set(['id', 'created', 'usage', 'logprobs']);

/** What of a piece of an answer must be the same when the answer is given once more. */
function essence(piece: unknown): string {
  return JSON.stringify(piece, (key, value) => (INCIDENTAL.has(key) ? undefined : value));
}

/**
 * Lets each piece of an answer through once, where the answer may be given several times: the same request with the
 * same seed on the same device has the same pieces.
 */
export class HeardOnce {
  readonly #heard: string[] = [];
  #position = 0;
  #diverged = false;

  /** The answer is not the same this time. */
  get diverged(): boolean {
    return this.#diverged;
  }

  get count(): number {
    return this.#heard.length;
  }

  /** The answer begins once more. */
  restart(): void {
    this.#position = 0;
    this.#diverged = false;
  }

  /** Whether a piece is to be passed on. */
  isNew(piece: unknown): boolean {
    if (this.#diverged) return false;
    const known = this.#heard[this.#position];
    const seen = essence(piece);
    if (known !== undefined && known !== seen) {
      this.#diverged = true;
      return false;
    }
    this.#position += 1;
    if (known === undefined) this.#heard.push(seen);
    return known === undefined;
  }
}

/** {@link HeardOnce} for the events of a chat. */
export class HeardEvents {
  readonly #once = new HeardOnce();
  readonly #callIds = new Map<number, string>();
  #begun = false;

  /** The engine has begun with the answer, in this try. */
  get begun(): boolean {
    return this.#begun;
  }

  get diverged(): boolean {
    return this.#once.diverged;
  }

  restart(): void {
    this.#begun = false;
    this.#once.restart();
  }

  begin(): void {
    this.#begun = true;
  }

  isNew(event: ChatEvent): boolean {
    switch (event.type) {
      case 'pictures':
      case 'vision':
      case 'prefill':
        // Whoever has read the first words already need not hear of the way there again.
        return this.#once.count === 0;
      case 'tool-call':
        if (!this.#callIds.has(event.index)) this.#callIds.set(event.index, event.id);
        break;
    }
    return this.#once.isNew(event);
  }

  /** The result, with the names that calls had when they were announced. */
  complete(result: ChatResult): ChatResult {
    if (result.toolCalls === undefined) return result;
    const toolCalls = result.toolCalls.map((call, i) => ({ ...call, id: this.#callIds.get(i) ?? call.id }));
    return { ...result, toolCalls };
  }
}
