/** Tokens that run together in the token loop, at most: the rows of its buffers. */
export const MAX_STEP_ROWS = 8;

/** Keys of the cache that attention takes in one piece. */
export const SPLIT_KEYS = 64;

/** What a step of the token loop works on. */
export interface StepShape {
  /** Tokens, 1 to {@link MAX_STEP_ROWS}. */
  readonly rowCount: number;
  /** Tokens in the cache before them. */
  readonly past: number;
  /** Tokens that the cache can hold. */
  readonly capacity: number;
}

/** Pieces of {@link SPLIT_KEYS} keys that the step's tokens attend to. */
export function splitCount({ rowCount, past }: StepShape): number {
  return Math.ceil((past + rowCount) / SPLIT_KEYS);
}

/** Uniform words of step.wgsl. */
export function stepWords(step: StepShape): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(step.rowCount, step.past, step.capacity, splitCount(step));
}
