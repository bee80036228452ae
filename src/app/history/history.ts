import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import { joined } from '../conversation.ts';
import { readPicture } from '../pictures.ts';
import type { Session } from '../session.ts';
import { readConversationSettings } from '../settings/settings.ts';
import { words } from '../words/index.ts';
import { HistoryChannel, type HistoryMessage } from './channel.ts';
import { makeCover } from './covers.ts';
import { type Exported, type ExportKind, type ExportProgress, exportConversations } from './export_file.ts';
import { HistoryDb, type KeptDraft } from './history_db.ts';
import { readConversations } from './import_file.ts';
import { draftKey, Keeper } from './keeper.ts';
import { conversationMarkdown } from './markdown.ts';
import { openedConversation, openedDraft } from './opening.ts';
import { OtherPages } from './other_pages.ts';
import { DatabaseRecords, MemoryRecords } from './record_store.ts';
import { inListOrder, type Summary, titleOf } from './records.ts';
import { searchConversations, type Texts, textsOf } from './search.ts';
import type { Tab } from './tab.ts';

export interface HistoryState {
  /** Null until they have been read. Pinned ones first, then the newest. */
  readonly summaries: readonly Summary[] | null;
  /** What was deleted last; it can be brought back. */
  readonly deleted: Summary | null;
  /** Why something is not kept; null if all of it is. */
  readonly trouble: GlanceError | null;
}

export interface ImportOutcome {
  readonly added: number;
  readonly completed: number;
  readonly known: number;
}

/** All conversations of this device: keeps the page's one, and knows the others. */
export class History {
  readonly #session: Session;
  readonly #tab: Tab;
  readonly #keeper: Keeper;
  readonly #others: OtherPages;
  readonly #channel: HistoryChannel;
  readonly #listeners = new Set<() => void>();
  #db: HistoryDb;
  #state: HistoryState = { summaries: null, deleted: null, trouble: null };
  #texts: Promise<Texts> | null = null;
  #covering: string | null = null;
  /** Nothing has been asked on the page yet. */
  #blank = true;
  /** Counts what was opened: of two in quick succession the last counts. */
  #opened = 0;

  constructor(session: Session, tab: Tab, db = new HistoryDb(new DatabaseRecords())) {
    this.#session = session;
    this.#tab = tab;
    this.#db = db;
    this.#keeper = new Keeper(session, db, tab, {
      kept: (summary, { turns, removedTurns, changedAt }) => {
        this.#list(summary);
        if (changedAt !== null) this.#texts = null;
        const ids = turns.map(({ id }) => id);
        this.#channel.post({ type: 'changed', id: summary.id, turns: ids, removedTurns });
        void this.#cover(summary);
      },
      failed: (error) => this.#failed(error),
      settled: () => {
        if (this.#state.trouble?.code === 'storage-full') this.#update({ trouble: null });
      },
    });
    this.#others = new OtherPages(session, this.#keeper, tab, () => this.#db);
    this.#channel = new HistoryChannel((message) => void this.#heard(message).catch(() => {}));
  }

  get state(): HistoryState {
    return this.#state;
  }

  /** Whether conversations outlive the page. */
  get lasting(): boolean {
    return this.#db.lasting;
  }

  /** Whether something on the page would be lost with it. */
  get isBehind(): boolean {
    return !this.lasting || this.#state.trouble !== null;
  }

  /** Calls the listener after every change; the returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads the list, brings what was not sent back, and keeps from now on what is said. Never fails: where the
   * browser keeps nothing, conversations last as long as the page.
   *
   * @param id the conversation to go on with; null for none
   * @returns false if there is no such conversation
   */
  async start(id: string | null): Promise<boolean> {
    try {
      this.#update({ summaries: inListOrder(await this.#db.summaries()) });
    } catch (thrown) {
      this.#failed(toGlanceError(thrown));
    }
    const found = id === null || (await this.open(id, true).catch(() => false));
    this.#keeper.start();
    this.#session.subscribe(() => this.#follow());
    await this.#restoreDraft();
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') void this.#keeper.flush();
      else void this.#others.look();
    });
    addEventListener('pagehide', () => void this.#keeper.flush());
    void this.#db.sweep(Date.now()).catch(() => {});
    return found;
  }

  /**
   * Puts a conversation onto the page; what is on it is written first.
   *
   * @param takesDraft what the composer holds goes along
   * @returns false if there is no such conversation
   * @throws GlanceError `storage-unavailable`
   */
  async open(id: string, takesDraft = false): Promise<boolean> {
    if (this.#session.state.conversation.id === id) return true;
    this.#opened += 1;
    const count = this.#opened;
    await this.#keeper.flush();
    const kept = await this.#db.conversation(id);
    if (kept === null) return false;
    const draft = await this.#draftOf(id);
    const cut = kept.turns.filter(({ answer }) => answer.state === 'cut').map((turn) => turn.id);
    const beingAnswered = (cut.length > 0 && (await this.#tab.beingAnswered(cut))) || new Set<string>();
    if (count !== this.#opened) return true;
    const { conversation, written } = openedConversation(kept, draft, beingAnswered);
    this.#keeper.expect(written, new Set(draft?.pictures.map((picture) => picture.id)));
    const typed = takesDraft ? this.#session.state.conversation.draft : undefined;
    await this.#session.open({ ...conversation, draft: joined(conversation.draft, typed) });
    this.#others.watch();
    return true;
  }

  async rename(id: string, title: string): Promise<void> {
    const shortened = titleOf(title);
    if (shortened !== '') await this.#change(id, { title: shortened, named: true });
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.#change(id, { pinned });
  }

  /** Deletes a conversation; {@link undelete} brings back the last one. */
  async delete(id: string): Promise<void> {
    const summary = this.#state.summaries?.find((other) => other.id === id);
    if (summary === undefined) return;
    const gone = this.#state.deleted;
    if (this.#session.state.conversation.id === id) {
      await this.#session.clear();
      this.#session.forgetPrevious();
      await this.#keeper.flush();
    } else if (this.#session.state.conversation.previous?.id === id) this.#session.forgetPrevious();
    await this.#db.changeSummary(id, { deletedAt: Date.now() });
    this.#texts = null;
    const summaries = this.#state.summaries?.filter((other) => other.id !== id) ?? null;
    this.#update({ summaries, deleted: summary });
    this.#channel.post({ type: 'deleted', id });
    if (gone !== null) await this.#db.remove(gone.id);
    // There may be room now for what could not be written.
    await this.#keeper.flush();
  }

  /** @returns the id of the conversation that is back; null if none was deleted */
  async undelete(): Promise<string | null> {
    const { deleted } = this.#state;
    if (deleted === null) return null;
    await this.#change(deleted.id, { deletedAt: null });
    this.#update({ deleted: null });
    return deleted.id;
  }

  /** The deleted conversation is not wanted back. */
  async forgetDeleted(): Promise<void> {
    const { deleted } = this.#state;
    if (deleted === null) return;
    this.#update({ deleted: null });
    await this.#db.remove(deleted.id);
  }

  /** How much is kept. @throws GlanceError `storage-unavailable` */
  async sizes(): ReturnType<HistoryDb['sizes']> {
    await this.#keeper.flush();
    return this.#db.sizes();
  }

  /** Deletes all conversations for good, that on the page included. @throws GlanceError `storage-unavailable` */
  async deleteAll(): Promise<void> {
    const { summaries } = this.#state;
    await this.#session.clear();
    this.#session.forgetPrevious();
    await this.#keeper.flush();
    await this.#db.removeAll();
    this.#texts = null;
    this.#update({ summaries: [], deleted: null });
    for (const { id } of summaries ?? []) this.#channel.post({ type: 'deleted', id });
  }

  /**
   * Deletes what was not sent, on this page and in tabs that are closed: what stands in another is its own.
   *
   * @param everywhere that of other tabs goes as well
   * @throws GlanceError `storage-unavailable`
   */
  async deleteDrafts(everywhere = false): Promise<void> {
    this.#session.discardDraft();
    await this.#keeper.flush();
    if (everywhere) return this.#db.removeDrafts();
    const closed = await this.#tab.gone(await this.#db.draftTabs());
    await this.#db.removeDrafts([this.#tab.id, ...closed]);
  }

  /** Reads what was said everywhere, so that the first search does not wait for it. */
  async prepareSearch(): Promise<void> {
    this.#texts ??= this.#db.said().then(textsOf);
    const texts = this.#texts;
    await texts.catch(() => {
      if (this.#texts === texts) this.#texts = null;
    });
  }

  /** Lets go of what {@link prepareSearch} has read. */
  endSearch(): void {
    this.#texts = null;
  }

  /**
   * Ids of the conversations that have all words of a query, and what was said in all of them.
   *
   * @throws GlanceError `storage-unavailable`
   */
  async search(query: string): Promise<{ ids: string[]; texts: Texts }> {
    this.#texts ??= this.#db.said().then(textsOf);
    const texts = await this.#texts;
    return { ids: searchConversations(this.#state.summaries ?? [], texts, query), texts };
  }

  cover(id: string): Promise<Blob | null> {
    return this.#db.cover(id);
  }

  /** @throws GlanceError `storage-unavailable` */
  async export(ids: readonly string[], kind: ExportKind, progress?: ExportProgress): Promise<Exported> {
    await this.#keeper.flush();
    return exportConversations(this.#db, ids, kind, progress);
  }

  /** A conversation as Markdown; null if there is none. */
  async markdown(id: string): Promise<string | null> {
    await this.#keeper.flush();
    const kept = await this.#db.conversation(id);
    return kept && conversationMarkdown(kept);
  }

  /**
   * Adds the conversations of an exported file. Those that are here already are left, or completed.
   *
   * @throws GlanceError `invalid-argument` if the file is not such a file, whole; nothing is added then;
   * `storage-full`
   */
  async import(file: Blob): Promise<ImportOutcome> {
    const conversations = await readConversations(file, readPicture);
    await this.#keeper.flush();
    const outcome = { new: 0, completed: 0, known: 0 };
    for (const kept of conversations) {
      const { added, summary } = await this.#db.add(kept);
      outcome[added] += 1;
      if (added === 'known') continue;
      this.#list(summary);
      const turns = kept.turns.map(({ id }) => id);
      if (summary.id === this.#session.state.conversation.id) await this.#others.merge(turns, [], false);
      this.#channel.post({ type: 'changed', id: summary.id, turns, removedTurns: [] });
      if (summary.covered) continue;
      const [picture] = kept.pictures;
      if (picture !== undefined) await this.#putCover(summary.id, picture.file);
    }
    this.#texts = null;
    return { added: outcome.new, completed: outcome.completed, known: outcome.known };
  }

  async #change(
    id: string,
    change: Partial<Pick<Summary, 'title' | 'named' | 'pinned' | 'deletedAt'>>,
  ): Promise<void> {
    const summary = await this.#db.changeSummary(id, change);
    if (summary === null) return;
    this.#list(summary);
    this.#channel.post({ type: 'listed', id });
  }

  /** Puts a summary where it belongs in the list. */
  #list(summary: Summary): void {
    const others = (this.#state.summaries ?? []).filter(({ id }) => id !== summary.id);
    const known = this.#state.summaries?.find(({ id }) => id === summary.id);
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(summary)) return;
    this.#update({ summaries: inListOrder([...others, summary]) });
  }

  #failed(error: GlanceError): void {
    if (error.code !== 'storage-full' && this.#db.lasting) {
      this.#db = new HistoryDb(new MemoryRecords());
      this.#keeper.useDb(this.#db);
      if (this.#state.summaries === null) this.#update({ summaries: [] });
    }
    if (this.#state.trouble?.code === error.code) return;
    this.#update({ trouble: error });
    this.#session.report(
      error,
      error.code === 'storage-full' ? words.history.conversationNotKept : words.history.notKeptHere,
    );
  }

  /** The blank page is back: what was not sent on it comes back as well. */
  #follow(): void {
    const isBlank = this.#session.state.conversation.turns.length === 0;
    if (isBlank === this.#blank) return;
    this.#blank = isBlank;
    if (isBlank) void this.#restoreDraft();
  }

  async #restoreDraft(): Promise<void> {
    const { conversation } = this.#session.state;
    this.#blank = conversation.turns.length === 0;
    const kept = this.#blank ? await this.#draftOf('').catch(() => null) : null;
    if (kept !== null && draftKey(this.#session.state.conversation) === '') {
      this.#session.restoreDraft(openedDraft(kept, new Map(), []).draft);
      if (kept.draft.settings) this.#session.useSettings(readConversationSettings(kept.draft.settings));
    }
    this.#keeper.draftLoaded(new Set(kept?.pictures.map(({ id }) => id)));
  }

  /** What this tab has not sent in a conversation, or else what a tab that is gone has left. */
  async #draftOf(conversationId: string): Promise<KeptDraft | null> {
    const own = await this.#db.draft(this.#tab.id, conversationId);
    if (own !== null) return own;
    const [gone] = await this.#tab.gone(await this.#db.draftTabs(conversationId));
    if (gone === undefined) return null;
    await this.#db.moveDraft(gone, this.#tab.id, conversationId);
    return this.#db.draft(this.#tab.id, conversationId);
  }

  async #cover({ id, covered }: Summary): Promise<void> {
    const { conversation } = this.#session.state;
    if (covered || this.#covering === id || conversation.id !== id) return;
    const [picture] = conversation.tree.turns.flatMap(({ question }) => question.pictures);
    if (!picture?.content) return;
    this.#covering = id;
    await this.#putCover(id, picture.content.input);
  }

  async #putCover(id: string, source: Blob | ImageBitmap): Promise<void> {
    const cover = await makeCover(source);
    const summary = cover && (await this.#db.putCover(id, cover).catch(() => null));
    if (summary?.deletedAt === null) this.#list(summary);
  }

  async #heard(message: HistoryMessage): Promise<void> {
    const { type, id } = message;
    this.#texts = null;
    if (type === 'deleted') {
      const summaries = this.#state.summaries?.filter((other) => other.id !== id) ?? null;
      return this.#update({ summaries });
    }
    const summary = await this.#db.summary(id);
    if (summary !== null) this.#list(summary);
    if (type === 'changed' && id === this.#session.state.conversation.id) {
      await this.#others.adoptSettings(id);
      await this.#others.merge(message.turns, message.removedTurns, true);
    }
  }

  #update(change: Partial<HistoryState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
