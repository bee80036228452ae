import type { VisionFeatures } from './executor.ts';

/** Picture tokens whose features are kept; about four pictures at the default budget. */
const DEFAULT_TOKEN_BUDGET = 4096;

/** Keeps the features of recent pictures by content hash, so that a picture is encoded once per conversation. */
export class FeatureCache {
  readonly #budget: number;
  // A Map keeps insertion order: the first entry is the one unused for longest.
  readonly #entries = new Map<string, VisionFeatures>();
  #tokens = 0;

  constructor(tokenBudget = DEFAULT_TOKEN_BUDGET) {
    this.#budget = tokenBudget;
  }

  get(hash: string): VisionFeatures | undefined {
    const features = this.#entries.get(hash);
    if (features) {
      this.#entries.delete(hash);
      this.#entries.set(hash, features);
    }
    return features;
  }

  set(hash: string, features: VisionFeatures): void {
    this.#entries.set(hash, features);
    this.#tokens += features.tokenCount;
  }

  /** Lets go of the features unused for longest until the rest fits the budget. Call between answers. */
  trim(): void {
    for (const [hash, features] of this.#entries) {
      if (this.#tokens <= this.#budget) return;
      this.#remove(hash, features);
    }
  }

  clear(): void {
    for (const [hash, features] of this.#entries) this.#remove(hash, features);
  }

  #remove(hash: string, features: VisionFeatures): void {
    this.#entries.delete(hash);
    this.#tokens -= features.tokenCount;
    features.dispose();
  }
}
