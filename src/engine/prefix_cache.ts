import type { PlacedPrompt } from '../model/positions.ts';
import type { KvCache } from './executor.ts';

/** What a cached token was: its id, or for a picture's token the picture and the row. */
type TokenKey = number | string;

/** A picture in a prompt, as far as the cache tells pictures apart. */
export interface CachedPicture {
  /** Row of its first token. */
  start: number;
  tokenCount: number;
  /** Equal for equal pixels. */
  hash: string;
}

/**
 * Keeps the keys and values of the last sequence, so that the next prompt only pays for what differs: a
 * follow-up question, an edited last message, another try.
 */
export class PrefixCache {
  readonly #create: () => KvCache;
  #cache: KvCache | null = null;
  /** One per token in the cache. */
  #keys: TokenKey[] = [];

  /** @param create makes the cache when it is first needed */
  constructor(create: () => KvCache) {
    this.#create = create;
  }

  /**
   * Cuts the cache down to the longest beginning that it shares with a prompt. At least the prompt's last
   * token is left to compute, since its logits are wanted.
   *
   * @returns the cache; its length says how many of the prompt's tokens it holds
   */
  begin(prompt: PlacedPrompt, pictures: readonly CachedPicture[]): KvCache {
    this.#cache ??= this.#create();
    const keys: TokenKey[] = [...prompt.tokenIds];
    for (const { start, tokenCount, hash } of pictures) {
      for (let row = 0; row < tokenCount; row++) keys[start + row] = `${hash}/${row}`;
    }
    let shared = 0;
    const most = Math.min(this.#cache.length, keys.length - 1);
    while (shared < most && keys[shared] === this.#keys[shared]) shared += 1;
    this.#cache.truncate(shared);
    // The prompt's keys are known from here on; what is not computed yet lies beyond the cache's length.
    this.#keys = keys;
    return this.#cache;
  }

  /** Says that a generated token was computed. */
  append(tokenId: number): void {
    this.#keys.push(tokenId);
  }

  dispose(): void {
    this.#cache?.dispose();
    this.#cache = null;
    this.#keys = [];
  }
}
