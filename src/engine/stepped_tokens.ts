import { throwIfAborted } from '../model/errors.ts';
import { drawKey } from '../model/race.ts';
import type { Drawing, DrawingReport, DrawnToken, Executor, KvCache, TokenSource } from './executor.ts';
import { sample, TokenHistory } from './sampler.ts';
import { yieldToEventLoop } from './yield.ts';

/** Draws on the CPU, one token and one run of the network after the other: for any executor. */
export class SteppedTokens implements TokenSource {
  readonly #executor: Pick<Executor, 'forward'>;
  readonly #cache: KvCache;
  readonly #drawing: Drawing;
  readonly #vocabSize: number;
  readonly #history: TokenHistory;
  #logits: Float32Array;
  /** Drawn last, not in the cache yet. */
  #last: number | null = null;

  /**
   * @param logits after the last token in the cache, [output rows]
   * @param vocabSize tokens that can be drawn; logits beyond are padding
   */
  constructor(
    executor: Pick<Executor, 'forward'>,
    cache: KvCache,
    drawing: Drawing,
    logits: Float32Array,
    vocabSize: number,
  ) {
    this.#executor = executor;
    this.#cache = cache;
    this.#drawing = drawing;
    this.#vocabSize = vocabSize;
    this.#history = new TokenHistory(drawing.promptIds);
    this.#logits = logits;
  }

  async next(signal?: AbortSignal): Promise<DrawnToken> {
    await yieldToEventLoop();
    throwIfAborted(signal);
    if (this.#last !== null) await this.#run(this.#last, signal);
    const { sampling, seed, withLogits, logitBias, allowed } = this.#drawing;
    const raw = this.#logits.subarray(0, this.#vocabSize);
    const logits = withLogits ? raw.slice() : null;
    const key = drawKey(seed, this.#cache.length);
    const id = sample(raw, this.#history, sampling, key, {
      ...(logitBias && { logitBias }),
      allowed: allowed?.() ?? null,
    });
    this.#history.add(id);
    this.#last = id;
    return { id, logits };
  }

  async end(): Promise<DrawingReport> {
    return { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 };
  }

  async #run(id: number, signal: AbortSignal | undefined): Promise<void> {
    const position = this.#cache.length + this.#drawing.delta;
    this.#logits = await this.#executor.forward(
      this.#cache,
      {
        tokenIds: Int32Array.of(id),
        positions: Int32Array.of(position, position, position),
        pictures: [],
        logits: 'last',
      },
      signal,
    );
    this.#last = null;
  }
}
