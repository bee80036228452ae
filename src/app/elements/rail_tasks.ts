import type { ReactiveControllerHost } from 'lit';
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import { copyText } from '../clipboard.ts';
import { announceFrom } from '../copy_controller.ts';
import type { ExportKind } from '../history/export_file.ts';
import type { History } from '../history/history.ts';
import { copiedAnnouncement } from '../phrases.ts';
import { words } from '../words/index.ts';
import { saveConversations } from './save_conversations.ts';

/** From so many conversations on it is told how many are saved by now. */
const TOLD_FROM = 20;

/** How long it stands what came of something, in milliseconds. */
const SAID_MS = 6000;

/** Does with conversations what takes time or may fail, for the list of them: it shows where that stands. */
export class RailTasks {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #error: { heading: string; error: GlanceError } | null = null;
  #said: string | null = null;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
  }

  /** Why the last thing could not be done, until it is dismissed. */
  get error(): { readonly heading: string; readonly error: GlanceError } | null {
    return this.#error;
  }

  /** What is being done, or was done a moment ago. */
  get said(): string | null {
    return this.#said;
  }

  dismissError(): void {
    this.#error = null;
    this.#host.requestUpdate();
  }

  /**
   * @param heading says that it cannot be done, should it fail
   * @returns whether it was done
   */
  async attempt(heading: string, work: () => Promise<void>): Promise<boolean> {
    this.dismissError();
    try {
      await work();
      return true;
    } catch (thrown) {
      this.#error = { heading, error: toGlanceError(thrown) };
      this.#host.requestUpdate();
      return false;
    }
  }

  async copy(history: History, id: string): Promise<void> {
    await this.attempt(words.rail.notCopied, async () => {
      const copied = await copyText((await history.markdown(id)) ?? '');
      this.#sayForAWhile(copied ? words.common.copied : words.rail.copyRefused);
      announceFrom(this.#host, copiedAnnouncement(copied));
    });
  }

  async save(history: History, ids: readonly string[], kind: ExportKind, title: string): Promise<void> {
    let files = 0;
    await this.attempt(words.rail.notSaved, async () => {
      files = await saveConversations(history, ids, kind, title, (done) => {
        if (ids.length > TOLD_FROM) this.#say(words.rail.saving(done, ids.length));
      });
    });
    if (files <= 1) return this.#say(null);
    const told = words.history.severalFiles(files);
    this.#sayForAWhile(told);
    announceFrom(this.#host, told);
  }

  async import(history: History, file: File): Promise<void> {
    const { importing } = words.rail;
    this.#say(importing);
    await this.attempt(words.rail.notImported, async () => {
      const { added, completed, known } = await history.import(file);
      const told = words.rail.imported(added, completed, known);
      this.#sayForAWhile(told);
      announceFrom(this.#host, told);
    });
    if (this.#said === importing) this.#say(null);
  }

  #sayForAWhile(text: string): void {
    this.#say(text);
    setTimeout(() => {
      if (this.#said === text) this.#say(null);
    }, SAID_MS);
  }

  #say(text: string | null): void {
    this.#said = text;
    this.#host.requestUpdate();
  }
}
