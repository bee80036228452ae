import { abortable } from '../model/abortable.ts';
import { toGlanceError } from '../model/errors.ts';
import type { GlanceClient } from '../rpc/client.ts';
import { textSoFar } from './answering.ts';
import type { Turn } from './conversation.ts';
import { messagesFor } from './messages.ts';
import type { ModelLoader } from './model_loader.ts';
import { answerAnnouncement } from './phrases.ts';
import type { PictureReading } from './picture_reading.ts';
import { type PictureDetail, pixelBudget } from './pictures.ts';
import type { SessionPage } from './session_page.ts';
import { askingOf } from './settings/asking.ts';
import type { AskSettings } from './settings/settings.ts';
import { words } from './words/index.ts';

/** What answers are made with. */
export interface AnswerMeans {
  readonly client: Pick<GlanceClient, 'chat'>;
  readonly loader: ModelLoader;
  /** How questions are asked from now on. */
  settings(): AskSettings;
  readonly pictures: PictureReading;
  /** Ends the worker, and with it what it is doing, and loads the model into a fresh one. */
  restart(): void;
}

/** A worker that has not come to rest this long after Stop is ended and started anew. */
const STOP_PATIENCE_MS = 8000;

/** Has the model answer turns of a session's conversation, one at a time. */
export class AnswerRunner {
  /** The reader agreed to ask without the conversation's oldest turns. */
  dropsOldest = false;
  readonly #page: SessionPage;
  readonly #means: AnswerMeans;
  #running: { turnId: string; abort: AbortController; ended: Promise<void> } | null = null;

  constructor(page: SessionPage, means: AnswerMeans) {
    this.#page = page;
    this.#means = means;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The turn that is being answered, if nobody has stopped that. */
  get unstoppedTurnId(): string | null {
    const running = this.#running;
    return running === null || running.abort.signal.aborted ? null : running.turnId;
  }

  /** Resolves when nothing is being answered any more. */
  get ended(): Promise<void> {
    return this.#running?.ended ?? Promise.resolve();
  }

  start(turnId: string): void {
    const abort = new AbortController();
    const running = { turnId, abort, ended: Promise.resolve() };
    this.#running = running;
    running.ended = this.#answer(turnId, abort.signal).finally(() => {
      this.#running = null;
    });
  }

  /** Ends the answer being made; what it said so far stays. */
  stop(): void {
    const running = this.#running;
    if (running === null || running.abort.signal.aborted) return;
    this.#page.dispatch({ type: 'answer-stopping', turnId: running.turnId });
    running.abort.abort();
    const patience = setTimeout(() => this.#means.restart(), STOP_PATIENCE_MS);
    void running.ended.then(() => clearTimeout(patience));
  }

  async #answer(turnId: string, signal: AbortSignal): Promise<void> {
    const page = this.#page;
    const { client, loader, pictures, settings } = this.#means;
    page.announce(words.announce.working);
    try {
      const model = await abortable(loader.ready(), signal);
      if (pictures.isReading) await pictures.allRead();
      const { conversation } = page.state();
      const turn = this.#turn(turnId);
      const { asked, system, options } = askingOf(settings(), conversation.settings, turn, model);
      page.dispatch({ type: 'answer-begun', turnId, asked });
      const result = await client.chat(
        {
          messages: [...system, ...messagesFor(conversation, turnId, (detail) => this.#budgetOf(detail))],
          ...options,
          ...(turn?.keptAnswer && { continueLast: true }),
          ...(this.dropsOldest && { overflow: 'drop-oldest' as const }),
        },
        (event) => page.dispatch({ type: 'answer-progressed', turnId, event, atMs: Date.now() }),
        signal,
        {
          onModel: (event) => {
            loader.follow(event);
            page.dispatch({ type: event.type === 'load' ? 'answer-waits' : 'answer-begun', turnId });
          },
        },
      );
      // Stopped while the model was being loaded for it: that goes on.
      if (loader.isFollowing) loader.loadAnew();
      page.dispatch({ type: 'answer-ended', turnId, result, atMs: Date.now() });
      page.announce(answerAnnouncement(this.#textOf(turnId), result.finishReason === 'abort'));
    } catch (thrown) {
      this.#failed(turnId, thrown);
    }
  }

  #failed(turnId: string, thrown: unknown): void {
    const page = this.#page;
    const { loader } = this.#means;
    const error = toGlanceError(thrown);
    if (error.code === 'worker-lost' || error.code === 'no-model') loader.lose();
    else if (loader.isFollowing) loader.failToFollow(error);
    if (error.code === 'aborted') {
      page.dispatch({ type: 'answer-stopped', turnId });
      page.announce(answerAnnouncement(this.#textOf(turnId), true));
      return;
    }
    page.dispatch({ type: 'answer-failed', turnId, error });
    // The error card is an alert: it speaks for itself. Where the turn shows its earlier answer again,
    // and the model itself did not fail, the error needs a place of its own.
    const { model } = page.state();
    const shown =
      this.#turn(turnId)?.answer.state === 'failed' || (model.status === 'failed' && model.error === error);
    if (!shown) page.report(error);
  }

  #budgetOf(detail: PictureDetail): number | null {
    const { model } = this.#page.state();
    return model.status === 'ready' ? pixelBudget(detail, model.info) : null;
  }

  #turn(turnId: string): Turn | undefined {
    return this.#page.state().conversation.turns.find(({ id }) => id === turnId);
  }

  #textOf(turnId: string): string {
    const answer = this.#turn(turnId)?.answer;
    return answer === undefined ? '' : textSoFar(answer);
  }
}
