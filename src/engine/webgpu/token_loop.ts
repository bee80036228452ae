import { DRAW_STATUS, drawWords, sampleMode } from '../../gpu/kernels/sample.ts';
import { GlanceError, throwIfAborted } from '../../model/errors.ts';
import type { Drawing, DrawingReport, DrawnToken, TokenSource } from '../executor.ts';
import { PromptLookup } from '../prompt_lookup.ts';
import type { WebgpuKvCache } from './kv_cache.ts';
import { Speculation } from './speculation.ts';
import { MAX_STEPS_IN_FLIGHT, type StepDraw, type StepRunner } from './step_runner.ts';

/** A software adapter computes on the same CPU: what runs ahead in vain costs as much as what is wanted. */
const STEPS_IN_FLIGHT_ON_SOFTWARE = 2;

interface PendingStep {
  /** Drafts that it runs. */
  drafts: number;
  submittedMs: number;
  results: Promise<Uint32Array>;
}

/**
 * Draws an answer's tokens on the GPU. The token that a step draws is the next step's input without the CPU
 * having seen it, so several steps are under way while results come in behind them; where drafts run, or the next
 * draw has to be told what is allowed, it is one.
 */
export class TokenLoop implements TokenSource {
  readonly #runner: StepRunner;
  readonly #cache: WebgpuKvCache;
  readonly #drawing: Drawing;
  readonly #depth: number;
  readonly #promptLength: number;
  readonly #lookup: PromptLookup | null;
  readonly #speculation = new Speculation();
  readonly #pending: PendingStep[] = [];
  /** Drawn and not handed out. */
  readonly #ready: DrawnToken[] = [];
  /** All that were drawn and count, if it may be that some do not. */
  readonly #drawn: number[] = [];
  #handedOut = 0;
  /** Tokens that were drawn or are being drawn, drafts not counted. */
  #scheduled = 0;
  #lastResultMs = 0;

  constructor(runner: StepRunner, cache: WebgpuKvCache, drawing: Drawing, software: boolean) {
    const { sampling, promptIds, logitBias, allowed, free, withLogits, speculate } = drawing;
    this.#runner = runner;
    this.#cache = cache;
    this.#drawing = drawing;
    this.#promptLength = cache.length;
    const oneByOne = withLogits || (allowed !== undefined && free === undefined);
    const most = software ? STEPS_IN_FLIGHT_ON_SOFTWARE : MAX_STEPS_IN_FLIGHT;
    this.#depth = oneByOne ? 1 : most;
    this.#lookup = speculate && !oneByOne ? new PromptLookup(promptIds) : null;
    runner.sampler.begin(sampling.repetitionPenalty === 1 ? null : promptIds, logitBias);
    runner.sampler.setMask(null);
  }

  async next(signal?: AbortSignal): Promise<DrawnToken> {
    throwIfAborted(signal);
    if (this.#ready.length === 0) {
      this.#schedule();
      await this.#receive(this.#pending[0]!);
      throwIfAborted(signal);
    }
    this.#handedOut += 1;
    return this.#ready.shift()!;
  }

  async end(): Promise<DrawingReport> {
    // Their buffers are needed again; a failure was or will be told to whoever waits for the device.
    await Promise.allSettled(this.#pending.splice(0).map(({ results }) => results));
    const known = this.#promptLength + this.#handedOut;
    if (this.#cache.length > known) this.#cache.truncate(known);
    return { ...this.#speculation.report };
  }

  /** Submits steps until as many are under way as may be. */
  #schedule(): void {
    if (this.#scheduled === 0) this.#submit(null);
    const draft = this.#draft();
    if (draft.length > 0) {
      // What is under way comes first: a draft begins where everything is known.
      if (this.#pending.length === 0) this.#submit(draft);
      return;
    }
    const depth = Math.min(this.#depth, Math.max(1, this.#free));
    while (this.#pending.length < depth && this.#scheduled < this.#drawing.limit) this.#submit([]);
  }

  /** Draws that may be under way before it must be asked what is allowed. */
  get #free(): number {
    const { allowed, free } = this.#drawing;
    return allowed ? (free?.() ?? 0) : Number.POSITIVE_INFINITY;
  }

  #draft(): number[] {
    const room = Math.min(this.#drawing.limit - this.#scheduled, this.#free) - 1;
    return this.#lookup?.draft(Math.min(this.#speculation.most, room)) ?? [];
  }

  /** @param drafts null to draw from the prompt's logits, before any step */
  #submit(drafts: readonly number[] | null): void {
    const { sampling, seed, delta, allowed, whileFree = null } = this.#drawing;
    if (allowed) this.#runner.sampler.setMask(this.#free > 0 ? whileFree : allowed());
    const rows = 1 + (drafts?.length ?? 0);
    const first = this.#cache.length;
    // The first draw is of the token behind the prompt, the others of those behind the step's rows.
    const drawn = drafts === null ? first : first + 1;
    const draw: StepDraw = {
      mode: sampleMode(sampling),
      words: drawWords(sampling, seed, drawn, this.#runner.sampler.flags),
      rows,
    };
    const positions = new Int32Array(3 * rows);
    for (let i = 0; i < positions.length; i++) positions[i] = first + (i % rows) + delta;
    const results =
      drafts === null
        ? this.#runner.draw(positions, draw)
        : this.#runner.step(this.#cache, positions, drafts, draw);
    // Whoever waits for it hears of a failure; if nobody does, nobody needs to.
    results.catch(() => {});
    this.#pending.push({ drafts: rows - 1, submittedMs: performance.now(), results });
    this.#scheduled += 1;
  }

  async #receive(step: PendingStep): Promise<void> {
    const results = await step.results;
    this.#pending.shift();
    const ids: number[] = [];
    for (let row = 0; row <= step.drafts; row++) {
      const [id, status] = [results[4 * row]!, results[4 * row + 1]!];
      if (status === DRAW_STATUS.skipped) break;
      if (status !== DRAW_STATUS.drawn) throw drawError(status);
      ids.push(id);
    }
    this.#measure(step, ids.length);
    if (await this.#turn(ids)) return;
    // Behind the last draft that was right lie keys and values of tokens that were not drawn.
    this.#cache.truncate(this.#cache.length - (step.drafts + 1 - ids.length));
    this.#scheduled += ids.length - 1;
    if (this.#drawing.turns) this.#drawn.push(...ids);
    const logits = this.#drawing.withLogits ? await this.#runner.readLogits(1) : null;
    for (const id of ids) {
      this.#lookup?.add(id);
      this.#ready.push({ id, logits });
    }
  }

  /**
   * Stops where a token was drawn behind which all has to be asked anew: forgets what was drawn or ran behind it.
   *
   * @param ids drawn by the step that came in last
   * @returns false if nothing is to be forgotten
   */
  async #turn(ids: readonly number[]): Promise<boolean> {
    const { turns, sampling, promptIds } = this.#drawing;
    const at = ids.findIndex((id) => turns?.has(id));
    if (at < 0 || (at === ids.length - 1 && this.#pending.length === 0)) return false;
    await Promise.allSettled(this.#pending.splice(0).map(({ results }) => results));
    const kept = ids.slice(0, at + 1);
    this.#drawn.push(...kept);
    for (const id of kept) {
      this.#lookup?.add(id);
      this.#ready.push({ id, logits: null });
    }
    this.#scheduled = this.#drawn.length;
    // The last token that counts has not been run, as if it had just been drawn.
    this.#cache.truncate(this.#promptLength + this.#drawn.length - 1);
    this.#runner.setLast(kept.at(-1)!);
    this.#runner.sampler.recall(sampling.repetitionPenalty === 1 ? null : promptIds, this.#drawn);
    return true;
  }

  #measure({ drafts, submittedMs }: PendingStep, drawn: number): void {
    const now = performance.now();
    const ms = now - Math.max(submittedMs, this.#lastResultMs);
    this.#lastResultMs = now;
    // The very first is a draw alone.
    if (drafts > 0) this.#speculation.draftedStep(drafts, drawn, ms);
    else if (this.#handedOut > 0) this.#speculation.plainStep(ms);
  }
}

function drawError(status: number): GlanceError {
  if (status === DRAW_STATUS.noneAllowed) {
    return new GlanceError(
      'internal',
      'No token may come next. This is a fault in Glance; please report it.',
    );
  }
  return new GlanceError(
    'gpu-error',
    'The graphics processor computed values that are no numbers, so the answer was stopped. Ask again: Glance then computes in another way.',
    { details: { status } },
  );
}
