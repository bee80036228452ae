import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import { isOpen } from '../answering.ts';
import {
  type Conversation,
  emptyConversation,
  heldPictures,
  openTurn,
  type Picture,
  type Question,
  type Turn,
} from '../conversation.ts';
import type { Session } from '../session.ts';
import { type ConversationSettings, isAsAll } from '../settings/settings.ts';
import type { TurnTree } from '../turn_tree.ts';
import type { ConversationChange, HistoryDb } from './history_db.ts';
import {
  type DraftRecord,
  type PictureRecord,
  pictureRecord,
  type QuestionRecord,
  type Summary,
  titleOf,
  turnRecord,
} from './records.ts';
import type { Tab } from './tab.ts';

/** An answer that grows is written this often, in milliseconds: a killed tab loses no more. */
const WRITE_EVERY_MS = 50;

/** What has been written of a conversation. */
export interface Written {
  readonly id: string;
  readonly isNew: boolean;
  readonly turns: ReadonlyMap<string, Turn>;
  readonly pictures: ReadonlySet<string>;
  readonly seen: TurnTree['chosen'] | null;
  readonly settings: ConversationSettings | null;
  /** It was deleted elsewhere when it had these turns: only a new one brings it back. */
  readonly gone?: ReadonlySet<string>;
}

export interface KeeperListener {
  kept(summary: Summary, change: ConversationChange): void;
  /** It is not written; the next change tries again. */
  failed(error: GlanceError): void;
  /** All that is on the page is written. */
  settled(): void;
}

/** Writes the page's conversation and its draft down as they change, one write after the other. */
export class Keeper {
  readonly #session: Session;
  readonly #tab: Tab;
  readonly #listener: KeeperListener;
  #db: HistoryDb;
  #latest: Conversation;
  #written: Written;
  /** Of the conversation that made way for a new one and may come back. */
  #writtenBefore: Written | null = null;
  #expected: { written: Written; draftPictures: ReadonlySet<string> } | null = null;
  /** What is still to be written of conversations that are not on the page any more. */
  #leftovers: ConversationChange[] = [];
  #draftLeftovers: Parameters<HistoryDb['putDraft']>[] = [];
  #writtenDraft: Conversation | null = null;
  #draftPictures: ReadonlySet<string> = new Set();
  /** What was not sent before is on its way: nothing may overwrite it. */
  #draftPending = true;
  #answering: { turnId: string; end: () => void } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | null = null;
  #lastWriteMs = Number.NEGATIVE_INFINITY;

  constructor(session: Session, db: HistoryDb, tab: Tab, listener: KeeperListener) {
    this.#session = session;
    this.#db = db;
    this.#tab = tab;
    this.#listener = listener;
    this.#latest = session.state.conversation;
    this.#written = nothingOf(this.#latest.id);
  }

  start(): void {
    this.#session.subscribe(() => this.#look());
    this.#look();
    this.#schedule();
  }

  /** Goes on elsewhere, and writes there what is on the page. */
  useDb(db: HistoryDb): void {
    this.#db = db;
    this.#written = nothingOf(this.#latest.id);
    this.#writtenBefore = null;
    this.#writtenDraft = null;
    this.#draftPictures = new Set();
    this.#schedule();
  }

  /** The next conversation on the page is one that is written already. */
  expect(written: Written, draftPictures: ReadonlySet<string>): void {
    this.#expected = { written, draftPictures };
  }

  /** Brings turns onto the page that another one has written. */
  adopt(turns: readonly Turn[], removed: readonly string[]): void {
    const wasSeen = this.#session.state.conversation.tree.chosen;
    const known = new Map(this.#written.turns);
    for (const turn of turns) known.set(turn.id, turn);
    for (const id of removed) known.delete(id);
    const pictures = turns.flatMap(({ question }) => question.pictures.map(({ id }) => id));
    this.#written = {
      ...this.#written,
      turns: known,
      pictures: new Set([...this.#written.pictures, ...pictures]),
    };
    this.#session.merge(turns, removed);
    // That this page stays where it is, is no choice to be written over that of the other one.
    if (this.#written.seen !== wasSeen) return;
    this.#written = { ...this.#written, seen: this.#session.state.conversation.tree.chosen };
  }

  /**
   * Settings that another page has written.
   *
   * @returns false if newer ones are on this page, which are about to be written
   */
  adoptSettings(settings: ConversationSettings): boolean {
    if (this.#written.settings !== this.#latest.settings) return false;
    this.#written = { ...this.#written, settings };
    return true;
  }

  /** What was not sent at an earlier visit is on the page: from now on drafts are written. */
  draftLoaded(pictures: ReadonlySet<string>): void {
    this.#draftPending = false;
    this.#draftPictures = new Set([...this.#draftPictures, ...pictures]);
    this.#schedule();
  }

  /** Whether something on the page is not written yet. */
  get isBehind(): boolean {
    return this.#leftovers.length > 0 || this.#changeOf(this.#latest) !== null;
  }

  /** Writes what there is to write now. Failures have been told to the listener. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // What changes during a write is written after it.
    while (this.#writing !== null) await this.#writing;
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  #look(): void {
    const next = this.#session.state.conversation;
    if (next === this.#latest) return;
    if (next.id !== this.#latest.id) this.#switch(next);
    else if (draftKey(next) !== draftKey(this.#latest)) {
      // The first question: what is not sent yet belongs to its conversation now.
      this.#draftLeftovers.push([this.#tab.id, draftKey(this.#latest), null, [], []]);
    }
    const answering = this.#answering?.turnId;
    this.#latest = next;
    this.#tellWhatIsAnswered(openTurn(next));
    // What has ended is written at once: a reload right behind it is to find it whole.
    if (answering !== undefined && this.#answering === null) void this.flush();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#writing !== null) return;
    const wait = Math.max(0, this.#lastWriteMs + WRITE_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => void this.flush(), wait);
  }

  /** Another conversation comes onto the page. */
  #switch(next: Conversation): void {
    const before = this.#latest;
    const change = this.#changeOf(before);
    if (change !== null) this.#leftovers.push(change);
    const expected = this.#expected?.written.id === next.id ? this.#expected : null;
    const isCarried = next.previous?.id === before.id || before.previous?.id === next.id;
    if (isCarried) {
      // The composer keeps what it holds, which belongs to the other conversation now.
      this.#draftLeftovers.push([this.#tab.id, draftKey(before), null, [], []]);
    } else {
      const draft = this.#draftChange(before);
      if (draft !== null) this.#draftLeftovers.push(draft);
      this.#draftPictures = expected?.draftPictures ?? new Set();
    }
    const back = this.#writtenBefore?.id === next.id ? this.#writtenBefore : null;
    this.#writtenBefore = next.previous?.id === before.id ? this.#written : null;
    this.#written = expected?.written ?? back ?? nothingOf(next.id);
    this.#expected = null;
    this.#draftPending = next.turns.length === 0;
    this.#writtenDraft = isCarried ? null : next;
  }

  #tellWhatIsAnswered(open: Turn | null): void {
    if (open?.id === this.#answering?.turnId) return;
    this.#answering?.end();
    this.#answering = null;
    if (open === null) return;
    const ended = new Promise<void>((end) => {
      this.#answering = { turnId: open.id, end };
    });
    this.#tab.answering(open.id, ended);
  }

  async #write(): Promise<void> {
    const db = this.#db;
    try {
      for (const change of [...this.#leftovers]) {
        const summary = await db.write(change);
        this.#leftovers = this.#leftovers.filter((other) => other !== change);
        if (summary !== null) this.#listener.kept(summary, change);
      }
      await this.#writeLatest(db);
      for (const draft of [...this.#draftLeftovers]) {
        await db.putDraft(...draft);
        this.#draftLeftovers = this.#draftLeftovers.filter((other) => other !== draft);
      }
      await this.#writeDraft(db);
      this.#lastWriteMs = performance.now();
      if (!this.isBehind) this.#listener.settled();
      if (this.isBehind || this.#draftChange(this.#latest) !== null) this.#scheduleAfter();
    } catch (thrown) {
      this.#lastWriteMs = performance.now();
      this.#listener.failed(toGlanceError(thrown));
    }
  }

  #scheduleAfter(): void {
    void Promise.resolve(this.#writing).then(() => this.#schedule());
  }

  async #writeLatest(db: HistoryDb): Promise<void> {
    const snapshot = this.#latest;
    const before = this.#written;
    const change = this.#changeOf(snapshot);
    if (change === null) return;
    const summary = await db.write(change);
    // Something else may be on the page by now, or kept elsewhere.
    if (this.#written.id !== snapshot.id || db !== this.#db) return;
    if (summary === null) {
      const gone = new Set(snapshot.tree.turns.map(({ id }) => id));
      this.#written = { ...nothingOf(snapshot.id), gone };
      return;
    }
    // What was adopted during the write stays so.
    const turns = new Map(this.#written.turns);
    for (const turn of snapshot.tree.turns) {
      if (turns.get(turn.id) === before.turns.get(turn.id)) turns.set(turn.id, turn);
    }
    for (const id of change.removedTurns) turns.delete(id);
    const pictures = new Set(this.#written.pictures);
    for (const { id, content } of picturesOf(snapshot)) if (content !== null) pictures.add(id);
    for (const id of change.removedPictures) pictures.delete(id);
    this.#written = {
      id: snapshot.id,
      isNew: false,
      turns,
      pictures,
      seen: this.#written.seen === before.seen ? snapshot.tree.chosen : this.#written.seen,
      settings: snapshot.settings,
    };
    this.#listener.kept(summary, change);
  }

  async #writeDraft(db: HistoryDb): Promise<void> {
    const snapshot = this.#latest;
    const change = this.#draftChange(snapshot);
    if (change === null) return;
    await db.putDraft(...change);
    if (this.#latest.id !== snapshot.id || db !== this.#db) return;
    const [, , , added, removed] = change;
    const kept = new Set([...this.#draftPictures, ...added.map(({ id }) => id)]);
    for (const id of removed) kept.delete(id);
    this.#draftPictures = kept;
    this.#writtenDraft = snapshot;
  }

  /** What is to be written of a conversation; null if all of it is. */
  #changeOf(conversation: Conversation): ConversationChange | null {
    const { id, tree, settings } = conversation;
    const written = this.#written;
    if (tree.turns.length === 0 && written.turns.size === 0) return null;
    if (written.gone && tree.turns.every((turn) => written.gone!.has(turn.id))) return null;
    const turns = tree.turns.filter((turn) => written.turns.get(turn.id)?.answer !== turn.answer);
    const present = new Set(tree.turns.map((turn) => turn.id));
    const removedTurns = [...written.turns.keys()].filter((turnId) => !present.has(turnId));
    const pictures = picturesOf(conversation);
    const needed = new Set(pictures.map((picture) => picture.id));
    const added = pictures.flatMap((picture) =>
      written.pictures.has(picture.id) ? [] : (pictureRecord(picture) ?? []),
    );
    const removedPictures = [...written.pictures].filter((pictureId) => !needed.has(pictureId));
    const isSame = turns.length + removedTurns.length + added.length + removedPictures.length === 0;
    if (isSame && written.seen === tree.chosen && written.settings === settings) return null;
    const said = turns.some((turn) => !isOpen(turn.answer) || !written.turns.has(turn.id));
    return {
      id,
      title: titleOf(tree.turns[0]?.question.text ?? ''),
      turns: turns.map((turn) => turnRecord(turn, id)),
      removedTurns,
      pictures: added,
      removedPictures,
      seen: written.seen === tree.chosen ? null : [...tree.chosen],
      settings,
      isNew: written.isNew,
      changedAt: said || written.isNew ? Date.now() : null,
    };
  }

  #draftChange(conversation: Conversation): Parameters<HistoryDb['putDraft']> | null {
    const { draft, editing } = conversation;
    const settings = unkeptSettings(conversation);
    const written = this.#writtenDraft;
    const isSame = written?.draft === draft && written.editing === editing;
    if (this.#draftPending || (isSame && areSame(settings, unkeptSettings(written)))) return null;
    const pictures = [...draft.pictures, ...(editing?.setAside.pictures ?? [])];
    const asked = new Set(picturesOf(conversation).map(({ id }) => id));
    const added = pictures.flatMap((picture): PictureRecord[] => {
      const record =
        asked.has(picture.id) || this.#draftPictures.has(picture.id) ? null : pictureRecord(picture);
      const { original } = picture;
      return record === null ? [] : [{ ...record, ...(original && { original }) }];
    });
    const needed = new Set(pictures.map(({ id }) => id));
    const removed = [...this.#draftPictures].filter((id) => !needed.has(id));
    return [this.#tab.id, draftKey(conversation), draftRecord(draft, editing, settings), added, removed];
  }
}

function nothingOf(id: string): Written {
  return { id, isNew: true, turns: new Map(), pictures: new Set(), seen: null, settings: null };
}

/** Under which the draft of a conversation is kept. */
export function draftKey({ id, turns }: Pick<Conversation, 'id' | 'turns'>): string {
  return turns.length === 0 ? '' : id;
}

/** The pictures that were asked about. */
function picturesOf({ tree }: Conversation): Picture[] {
  return [...heldPictures({ ...emptyConversation, tree }).values()];
}

/** What a conversation has of its own and no other place for: nothing was asked in it yet. */
function unkeptSettings(conversation: Conversation): ConversationSettings {
  return draftKey(conversation) === '' ? conversation.settings : {};
}

function areSame(one: ConversationSettings, other: ConversationSettings): boolean {
  return one === other || (isAsAll(one) && isAsAll(other));
}

/** Null if there is nothing to send, nor settings. */
function draftRecord(
  draft: Question,
  editing: Conversation['editing'],
  settings: ConversationSettings,
): DraftRecord | null {
  const isBlank = editing === null && draft.text.trim() === '' && draft.pictures.length === 0;
  if (isBlank && isAsAll(settings)) return null;
  const record = ({ text, pictures, detail }: Question): QuestionRecord => ({
    text,
    pictures: pictures.map(({ id }) => id),
    ...(detail !== undefined && { detail }),
  });
  return {
    ...record(draft),
    editing: editing && { turnId: editing.turnId, ...record(editing.setAside) },
    ...(!isAsAll(settings) && { settings }),
    changedAt: Date.now(),
  };
}
