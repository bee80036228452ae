import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { pageStorage } from './device.ts';
import { addressOf, conversationIn } from './history/address.ts';
import type { History } from './history/history.ts';
import { tabStorage } from './model_choice.ts';
import { PageError } from './page_error.ts';
import type { Session } from './session.ts';
import { words } from './words/index.ts';

const RAIL_KEY = 'glance-rail';

/**
 * The page's side of the conversations that are kept: fetches what knows them after the first paint, follows
 * the address, and remembers whether the list of them is folded away.
 */
export class HistoryController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #session: () => Session;
  #history: History | null = null;
  #opening = conversationIn(location) !== null;
  #rail = pageStorage()?.getItem(RAIL_KEY) ?? null;
  /** The conversation that the address names. */
  #addressed = conversationIn(location);
  /** What is on the page is about to be what the address says. */
  #navigating = true;
  #knownId = '';

  constructor(host: ReactiveControllerHost, session: () => Session) {
    this.#host = host;
    this.#session = session;
    host.addController(this);
  }

  /** Null until it has been fetched. */
  get history(): History | null {
    return this.#history;
  }

  /** The address names a conversation that is not on the page yet. */
  get opening(): boolean {
    return this.#opening;
  }

  /** Whether there is something on the page that would be lost with it. */
  get isBehind(): boolean {
    return this.#history === null || this.#history.isBehind;
  }

  /** Whether the list stands beside the conversation, where there is room for it. */
  get railed(): boolean {
    if (this.#rail !== null) return this.#rail === 'open';
    return this.#session().state.conversation.turns.length > 0;
  }

  hostDisconnected(): void {
    removeEventListener('popstate', this.#navigated);
  }

  /** To be called once, after the first paint. Never fails. */
  async start(): Promise<void> {
    const session = this.#session();
    this.#knownId = session.state.conversation.id;
    try {
      const [{ History }, { Tab }] = await Promise.all([
        import('./history/history.ts'),
        import('./history/tab.ts'),
        import('./elements/rail.ts'),
      ]);
      const tab = await Tab.enter(tabStorage(), navigator.locks);
      this.#history = new History(session, tab);
      this.#history.subscribe(() => this.#rememberRail());
      const found = await this.#history.start(this.#addressed);
      if (!found) this.#reportMissing();
    } catch (error) {
      session.report(error, words.history.notKept);
    } finally {
      this.#opening = false;
      this.#navigating = false;
      session.subscribe(() => this.#follow());
      this.#follow();
      addEventListener('popstate', this.#navigated);
      this.#host.requestUpdate();
    }
  }

  foldRail(folded: boolean): void {
    this.#setRail(folded ? 'folded' : 'open');
  }

  /** The next visit begins with the room that the list takes. */
  #rememberRail(): void {
    if (this.#rail === null && (this.#history?.state.summaries?.length ?? 0) > 0) this.#setRail('open');
  }

  #setRail(rail: 'open' | 'folded'): void {
    this.#rail = rail;
    try {
      pageStorage()?.setItem(RAIL_KEY, rail);
    } catch {
      // A full storage: it holds for this visit only.
    }
    this.#host.requestUpdate();
  }

  /** The address follows the page. */
  #follow(): void {
    const { id, turns } = this.#session().state.conversation;
    const named = turns.length > 0 ? id : null;
    if (this.#navigating || named === this.#addressed) return;
    const address = addressOf(new URL(location.href), named);
    // The first question gives the page on which it was asked its name.
    const begins = this.#addressed === null && id === this.#knownId;
    if (begins) history.replaceState(history.state, '', address);
    else history.pushState(null, '', address);
    this.#addressed = named;
    this.#knownId = id;
  }

  /** The page follows the address. */
  readonly #navigated = async () => {
    const id = conversationIn(location);
    if (id === this.#addressed) return;
    this.#addressed = id;
    this.#navigating = true;
    const session = this.#session();
    try {
      if (id === null) await session.clear();
      else if (session.state.conversation.previous?.id === id) session.restore();
      else if ((await this.#history?.open(id)) !== true) this.#reportMissing();
    } catch (error) {
      session.report(error, words.history.notOpened);
    } finally {
      this.#navigating = false;
      this.#knownId = session.state.conversation.id;
      this.#follow();
    }
  };

  #reportMissing(): void {
    this.#session().report(
      new PageError('invalid-argument', words.history.missing),
      words.history.missingTitle,
    );
    history.replaceState(history.state, '', addressOf(new URL(location.href), null));
    this.#addressed = null;
  }
}
