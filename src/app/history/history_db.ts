import { type ConversationSettings, isAsAll, readConversationSettings } from '../settings/settings.ts';
import type { RecordStore, Transaction } from './record_store.ts';
import {
  type DraftRecord,
  type KeptConversation,
  type PictureRecord,
  type SaidRecord,
  type Summary,
  saidRecord,
  type TurnRecord,
} from './records.ts';

/** What has changed in a conversation. */
export interface ConversationChange {
  readonly id: string;
  /** By its first question; a title that the reader gave stays. */
  readonly title: string;
  readonly turns: readonly TurnRecord[];
  readonly removedTurns: readonly string[];
  readonly pictures: readonly PictureRecord[];
  readonly removedPictures: readonly string[];
  /** Null if the reader has chosen no other versions: another page's choice stays. */
  readonly seen: KeptConversation['seen'] | null;
  readonly settings: ConversationSettings;
  /** Nothing of this conversation has been written yet. */
  readonly isNew: boolean;
  /** When something was last said; null if only a growing answer has changed. */
  readonly changedAt: number | null;
}

/** What a tab has not sent yet. */
export interface KeptDraft {
  readonly draft: DraftRecord;
  readonly pictures: readonly PictureRecord[];
}

/** How much is kept of something. */
export interface KeptSize {
  readonly count: number;
  readonly bytes: number;
}

/** A deletion can be taken back for so long after the page that offered it is gone. */
const UNDO_MS = 10 * 60_000;

/** Conversations, drafts and covers as records. All methods throw what {@link RecordStore} throws. */
export class HistoryDb {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  get lasting(): boolean {
    return this.#store.lasting;
  }

  /** All that are not deleted. */
  async summaries(): Promise<Summary[]> {
    const all = await this.#store.read((records) => records.all<Summary>(['summary']));
    return all.filter(({ deletedAt }) => deletedAt === null);
  }

  /** Null if there is none, or it is deleted. */
  async summary(id: string): Promise<Summary | null> {
    const summary = await this.#store.read((records) => records.get<Summary>(['summary', id]));
    return summary?.deletedAt === null ? summary : null;
  }

  conversation(id: string): Promise<KeptConversation | null> {
    return this.#store.read(async (records) => {
      const [summary, turns, pictures, seen, settings] = await Promise.all([
        records.get<Summary>(['summary', id]),
        records.all<TurnRecord>(['turn', id]),
        records.all<PictureRecord>(['picture', id]),
        records.get<KeptConversation['seen']>(['seen', id]),
        records.get<unknown>(['settings', id]),
      ]);
      return summary?.deletedAt === null
        ? { summary, turns, pictures, seen: seen ?? [], settings: readConversationSettings(settings) }
        : null;
    });
  }

  /** What a conversation has of its own. */
  async settings(id: string): Promise<ConversationSettings> {
    return readConversationSettings(
      await this.#store.read((records) => records.get<unknown>(['settings', id])),
    );
  }

  /**
   * Some turns of a conversation, with their pictures.
   *
   * @param known ids of pictures that are not wanted
   */
  turnsOf(
    id: string,
    turnIds: readonly string[],
    known: ReadonlySet<string>,
  ): Promise<Pick<KeptConversation, 'turns' | 'pictures'>> {
    return this.#store.read(async (records) => {
      const found = await Promise.all(turnIds.map((turnId) => records.get<TurnRecord>(['turn', id, turnId])));
      const turns = found.filter((turn) => turn !== undefined);
      const wanted = new Set(turns.flatMap(({ pictures }) => pictures.filter((name) => !known.has(name))));
      const pictures = await Promise.all(
        [...wanted].map((name) => records.get<PictureRecord>(['picture', id, name])),
      );
      return { turns, pictures: pictures.filter((picture) => picture !== undefined) };
    });
  }

  /** Everything that was asked and answered. An answer that is growing comes with its end. */
  said(): Promise<SaidRecord[]> {
    return this.#store.read((records) => records.all<SaidRecord>(['said']));
  }

  /**
   * Writes what has changed.
   *
   * @returns null, and nothing is written, if the conversation has been deleted meanwhile
   */
  write(change: ConversationChange): Promise<Summary | null> {
    const { id, changedAt } = change;
    return this.#store.write(async (records) => {
      const before = await records.get<Summary>(['summary', id]);
      if (!change.isNew && (before === undefined || before.deletedAt !== null)) return null;
      const summary: Summary = {
        ...(before ?? freshSummary(id, changedAt ?? Date.now())),
        deletedAt: null,
        ...(changedAt !== null && { changedAt }),
        ...(!before?.named && { title: change.title }),
      };
      if (before === undefined || changedAt !== null) records.put(['summary', id], summary);
      for (const turn of change.turns) records.put(['turn', id, turn.id], turn);
      for (const turnId of change.removedTurns) records.delete(['turn', id, turnId]);
      for (const picture of change.pictures) records.put(['picture', id, picture.id], picture);
      for (const pictureId of change.removedPictures) records.delete(['picture', id, pictureId]);
      if (change.seen !== null) records.put(['seen', id], change.seen);
      putSettings(records, id, change.settings);
      if (changedAt !== null) await putSaid(records, id);
      return summary;
    });
  }

  /** @returns the summary as it is then; null if there is none */
  changeSummary(
    id: string,
    change: Partial<Pick<Summary, 'title' | 'named' | 'pinned' | 'deletedAt'>>,
  ): Promise<Summary | null> {
    return this.#store.write((records) => changedSummary(records, id, change));
  }

  /**
   * Adds a conversation from a file. One that is here already is completed by the turns that it lacks.
   *
   * @returns what became of it, and the summary as it is then
   */
  add(kept: KeptConversation): Promise<{ added: 'new' | 'completed' | 'known'; summary: Summary }> {
    const { id } = kept.summary;
    return this.#store.write(async (records) => {
      const before = await records.get<Summary>(['summary', id]);
      const here = before !== undefined && before.deletedAt === null;
      const knownTurns = new Set(here ? (await records.keys(['turn', id])).map((key) => key[2]) : []);
      const knownPictures = new Set(here ? (await records.keys(['picture', id])).map((key) => key[2]) : []);
      const turns = kept.turns.filter((turn) => !knownTurns.has(turn.id));
      if (here && turns.length === 0) return { added: 'known', summary: before };
      if (!here) dropConversation(records, id);
      const changedAt = Math.max(kept.summary.changedAt, here ? before.changedAt : 0);
      const summary: Summary = here ? { ...before, changedAt } : kept.summary;
      records.put(['summary', id], summary);
      for (const turn of turns) records.put(['turn', id, turn.id], turn);
      for (const picture of kept.pictures) {
        if (!knownPictures.has(picture.id)) records.put(['picture', id, picture.id], picture);
      }
      if (!here) {
        records.put(['seen', id], kept.seen);
        putSettings(records, id, kept.settings);
      }
      await putSaid(records, id);
      return { added: here ? 'completed' : 'new', summary };
    });
  }

  async cover(id: string): Promise<Blob | null> {
    return (await this.#store.read((records) => records.get<Blob>(['cover', id]))) ?? null;
  }

  /** @returns null if there is no such conversation any more */
  putCover(id: string, cover: Blob): Promise<Summary | null> {
    return this.#store.write(async (records) => {
      const summary = await changedSummary(records, id, { covered: true });
      if (summary !== null) records.put(['cover', id], cover);
      return summary;
    });
  }

  /** Removes what was deleted, unless that may still be taken back. */
  async sweep(now: number): Promise<void> {
    const all = await this.#store.read((records) => records.all<Summary>(['summary']));
    for (const { id, deletedAt } of all) {
      if (deletedAt !== null && now - deletedAt > UNDO_MS) await this.remove(id);
    }
  }

  /** How much is kept: text by its length in UTF-8, pictures by their files. */
  sizes(): Promise<{ conversations: KeptSize; drafts: KeptSize }> {
    return this.#store.read(async (records) => {
      const bytesOf = async (kind: string) => (await records.all<unknown>([kind])).reduce(sumBytes, 0);
      const summaries = await records.all<Summary>(['summary']);
      const said = await Promise.all(OF_CONVERSATIONS.map(bytesOf));
      const drafts = await records.all<DraftRecord>(['draft']);
      const unsent = await Promise.all(OF_DRAFTS.map(bytesOf));
      return {
        conversations: {
          count: summaries.filter(({ deletedAt }) => deletedAt === null).length,
          bytes: said.reduce((sum, bytes) => sum + bytes, 0),
        },
        drafts: { count: drafts.length, bytes: unsent.reduce((sum, bytes) => sum + bytes, 0) },
      };
    });
  }

  /** Removes all conversations for good, deleted ones too. */
  removeAll(): Promise<void> {
    return this.#removeKinds(OF_CONVERSATIONS);
  }

  /** Removes what was not sent. @param tabs whose; default: all tabs */
  removeDrafts(tabs?: readonly string[]): Promise<void> {
    if (tabs === undefined) return this.#removeKinds(OF_DRAFTS);
    return this.#store.write(async (records) => {
      for (const kind of OF_DRAFTS) for (const tab of tabs) records.deleteAll([kind, tab]);
    });
  }

  #removeKinds(kinds: readonly string[]): Promise<void> {
    return this.#store.write(async (records) => {
      for (const kind of kinds) records.deleteAll([kind]);
    });
  }

  /** Removes a deleted conversation for good. */
  remove(id: string): Promise<void> {
    return this.#store.write(async (records) => {
      const summary = await records.get<Summary>(['summary', id]);
      if (summary?.deletedAt === null) return;
      dropConversation(records, id);
    });
  }

  /** @param conversationId '' for a conversation in which nothing was asked yet */
  async draft(tab: string, conversationId: string): Promise<KeptDraft | null> {
    return this.#store.read(async (records) => {
      const draft = await records.get<DraftRecord>(['draft', tab, conversationId]);
      return draft === undefined
        ? null
        : { draft, pictures: await records.all<PictureRecord>(['draft-picture', tab]) };
    });
  }

  /** The tabs that have something to send, the newest first. @param conversationId in which; default: in any */
  async draftTabs(conversationId?: string): Promise<string[]> {
    const found = await this.#store.read(async (records) => {
      const keys = (await records.keys(['draft'])).filter(
        (key) => conversationId === undefined || key[2] === conversationId,
      );
      return Promise.all(
        keys.map(async (key) => ({ tab: key[1]!, draft: await records.get<DraftRecord>(key) })),
      );
    });
    return found
      .toSorted((a, b) => (b.draft?.changedAt ?? 0) - (a.draft?.changedAt ?? 0))
      .map(({ tab }) => tab);
  }

  /**
   * @param draft null if there is nothing to send
   * @param pictures those that are not kept yet
   * @param removed ids of pictures that are in no draft of this tab any more
   */
  putDraft(
    tab: string,
    conversationId: string,
    draft: DraftRecord | null,
    pictures: readonly PictureRecord[],
    removed: readonly string[],
  ): Promise<void> {
    return this.#store.write(async (records) => {
      if (draft === null) records.delete(['draft', tab, conversationId]);
      else records.put(['draft', tab, conversationId], draft);
      for (const picture of pictures) records.put(['draft-picture', tab, picture.id], picture);
      for (const id of removed) records.delete(['draft-picture', tab, id]);
    });
  }

  /** Hands a draft of a tab that is gone to another. */
  moveDraft(from: string, to: string, conversationId: string): Promise<void> {
    return this.#store.write(async (records) => {
      const draft = await records.get<DraftRecord>(['draft', from, conversationId]);
      if (draft === undefined) return;
      const ids = new Set([...draft.pictures, ...(draft.editing?.pictures ?? [])]);
      const pictures = await records.all<PictureRecord>(['draft-picture', from]);
      records.delete(['draft', from, conversationId]);
      records.put(['draft', to, conversationId], draft);
      for (const picture of pictures) {
        if (!ids.has(picture.id)) continue;
        records.delete(['draft-picture', from, picture.id]);
        records.put(['draft-picture', to, picture.id], picture);
      }
    });
  }
}

/** First parts of the keys of what is kept. */
const OF_CONVERSATIONS = ['summary', 'turn', 'picture', 'seen', 'settings', 'cover', 'said'] as const;
const OF_DRAFTS = ['draft', 'draft-picture'] as const;

/** The bytes of a record, those of its file included. */
function sumBytes(sum: number, record: unknown): number {
  if (record instanceof Blob) return sum + record.size;
  const file = (record as Partial<PictureRecord> | null)?.file;
  const text = new TextEncoder().encode(JSON.stringify(record)).length;
  return sum + text + (file instanceof Blob ? file.size : 0);
}

function freshSummary(id: string, now: number): Summary {
  return {
    id,
    title: '',
    named: false,
    pinned: false,
    createdAt: now,
    changedAt: now,
    deletedAt: null,
    covered: false,
  };
}

async function changedSummary(
  records: Transaction,
  id: string,
  change: Partial<Summary>,
): Promise<Summary | null> {
  const before = await records.get<Summary>(['summary', id]);
  if (before === undefined) return null;
  const summary = { ...before, ...change };
  records.put(['summary', id], summary);
  return summary;
}

/** From what is kept, as another tab may have added to it. */
async function putSaid(records: Transaction, id: string): Promise<void> {
  records.put(['said', id], saidRecord(id, await records.all<TurnRecord>(['turn', id])));
}

function putSettings(records: Transaction, id: string, settings: ConversationSettings): void {
  if (isAsAll(settings)) records.delete(['settings', id]);
  else records.put(['settings', id], settings);
}

function dropConversation(records: Transaction, id: string): void {
  records.delete(['summary', id]);
  records.delete(['seen', id]);
  records.delete(['settings', id]);
  records.delete(['cover', id]);
  records.delete(['said', id]);
  records.deleteAll(['turn', id]);
  records.deleteAll(['picture', id]);
}
