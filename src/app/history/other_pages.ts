import { heldPictures, type Turn } from '../conversation.ts';
import type { Session } from '../session.ts';
import { words } from '../words/index.ts';
import type { HistoryDb } from './history_db.ts';
import type { Keeper } from './keeper.ts';
import { shownPictures } from './opening.ts';
import { turnFrom } from './records.ts';
import type { Tab } from './tab.ts';

/** A page that is gone is noticed after so long, in milliseconds. */
const LOOK_EVERY_MS = 3000;

/** Brings onto the page what other pages do with its conversation. */
export class OtherPages {
  readonly #session: Session;
  readonly #keeper: Keeper;
  readonly #tab: Tab;
  readonly #db: () => HistoryDb;
  #lookTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, keeper: Keeper, tab: Tab, db: () => HistoryDb) {
    this.#session = session;
    this.#keeper = keeper;
    this.#tab = tab;
    this.#db = db;
  }

  /** The conversation's settings, as another page has written them. @throws GlanceError `storage-unavailable` */
  async adoptSettings(id: string): Promise<void> {
    const settings = await this.#db().settings(id);
    const { conversation } = this.#session.state;
    if (conversation.id !== id || JSON.stringify(conversation.settings) === JSON.stringify(settings)) return;
    if (this.#keeper.adoptSettings(settings)) this.#session.useSettings(settings);
  }

  /**
   * Takes turns of the conversation in that another page has written.
   *
   * @param fresh they have been written just now, so an answer without an end is being made
   * @throws GlanceError `storage-unavailable`
   */
  async merge(turnIds: readonly string[], removed: readonly string[], fresh: boolean): Promise<void> {
    const { conversation } = this.#session.state;
    const open = new Set(
      conversation.tree.turns
        .filter(({ answer }) => answer.state === 'waiting' || answer.state === 'working')
        .map(({ id }) => id),
    );
    const held = heldPictures(conversation);
    const wanted = turnIds.filter((id) => !open.has(id));
    const { turns: records, pictures } = await this.#db().turnsOf(
      conversation.id,
      wanted,
      new Set(held.keys()),
    );
    if (this.#session.state.conversation.id !== conversation.id) return;
    const all = new Map([...held, ...shownPictures(pictures)]);
    const being = fresh ? null : await this.#tab.beingAnswered(turnIds);
    const turns = records.map((record) =>
      turnFrom(record, all, record.answer.state === 'cut' && (fresh || being?.has(record.id) === true)),
    );
    if (turns.length + removed.length === 0) return;
    const isNews = turns.some(({ id }) => !conversation.tree.turns.some((turn) => turn.id === id));
    this.#keeper.adopt(turns, removed);
    if (isNews) this.#session.announce(words.announce.alsoElsewhere);
    this.watch();
  }

  /** While another page makes an answer of this conversation, looks whether that page is still there. */
  watch(): void {
    clearTimeout(this.#lookTimer);
    if (this.#madeElsewhere().length === 0) return;
    this.#lookTimer = setTimeout(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Takes over the answers of pages that are gone. */
  async look(): Promise<void> {
    const turns = this.#madeElsewhere();
    if (turns.length === 0) return;
    const being = await this.#tab.beingAnswered(turns.map(({ id }) => id));
    const cut = turns.filter(({ id }) => !being?.has(id)).map(({ id }) => id);
    if (cut.length > 0) await this.merge(cut, [], false).catch(() => {});
    this.watch();
  }

  #madeElsewhere(): Turn[] {
    const { turns } = this.#session.state.conversation.tree;
    return turns.filter(({ answer }) => answer.state === 'cut' && answer.elsewhere);
  }
}
