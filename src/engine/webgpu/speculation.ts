/** Weight of the newest measurement in a running mean. */
const FRESHNESS = 0.25;
/** Tokens drawn one by one after drafts did not pay; twice as many each time. */
const FIRST_PAUSE = 8;
const LONGEST_PAUSE = 256;
/** What a step of several rows is taken to cost, in steps of one, before one was measured. */
const ASSUMED_COST = 1.5;

/** Few drafts until all of them were right, then as many as a step has room for. */
const FEW = 3;
const MANY = 7;

/** Decides whether drafts pay, from what steps took and how many drafts were right. It draws nothing. */
export class Speculation {
  #most = FEW;
  /** Milliseconds of a step of one row; null before the first. */
  #plainMs: number | null = null;
  /** The same of steps with few and with many drafts. */
  readonly #draftedMs = new Map<number, number>();
  /** Tokens that a drafted step yields. */
  readonly #yield = new Map<number, number>();
  #pause = 0;
  #nextPause = FIRST_PAUSE;
  readonly report = { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 };

  /** Drafts that the next step may run; 0 while they do not pay. */
  get most(): number {
    return this.#pause > 0 ? 0 : this.#most;
  }

  /** @param ms between one step's end and the next one's, or from its submit on */
  plainStep(ms: number): void {
    this.#plainMs = mix(this.#plainMs, ms);
    if (this.#pause > 0) this.#pause -= 1;
  }

  /**
   * @param drafts that the step ran
   * @param drawn tokens that it yielded, 1 to drafts + 1
   */
  draftedStep(drafts: number, drawn: number, ms: number): void {
    this.report.draftedSteps += 1;
    this.report.draftedTokens += drafts;
    this.report.acceptedTokens += drawn - 1;
    const size = drafts > FEW ? MANY : FEW;
    this.#draftedMs.set(size, mix(this.#draftedMs.get(size) ?? null, ms));
    this.#yield.set(size, mix(this.#yield.get(size) ?? null, drawn));
    // What was right all at once tells of a copy that began after drafts had failed for long.
    if (drawn > this.#cost(size) || this.#pays(size)) {
      this.#nextPause = FIRST_PAUSE;
      this.#most = drawn > drafts ? MANY : FEW;
      return;
    }
    if (size === MANY && this.#pays(FEW)) {
      this.#most = FEW;
      return;
    }
    this.#most = FEW;
    this.#pause = this.#nextPause;
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE);
  }

  #pays(size: number): boolean {
    const tokens = this.#yield.get(size);
    return tokens !== undefined && tokens > this.#cost(size);
  }

  /** Of a step with drafts, in steps of one token. */
  #cost(size: number): number {
    const ms = this.#draftedMs.get(size);
    return ms === undefined || this.#plainMs === null ? ASSUMED_COST : ms / this.#plainMs;
  }
}

function mix(mean: number | null, value: number): number {
  return mean === null ? value : mean + FRESHNESS * (value - mean);
}
