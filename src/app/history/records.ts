/**
 * What is written of a conversation. Records are plain values, so that they can be kept, and sent in a file.
 *
 *     ['summary', id]                   -> Summary
 *     ['turn', id, turn]                -> TurnRecord
 *     ['picture', id, picture]          -> PictureRecord
 *     ['seen', id]                      -> which versions of turns are seen: pairs of ids, as in TurnTree.chosen
 *     ['settings', id]                  -> ConversationSettings, if it has some of its own
 *     ['cover', id]                     -> a small picture's bytes, a Blob
 *     ['said', id]                      -> SaidRecord, for search
 *     ['draft', tab, id]                -> DraftRecord; without a conversation yet, the id is ''
 *     ['draft-picture', tab, picture]   -> PictureRecord
 *
 * Each turn is a record of its own: two tabs that go on with one conversation add to it and overwrite nothing.
 */
import { GlanceError, type GlanceErrorCode, type GlanceErrorDetails } from '../../model/errors.ts';
import type { ChatResult } from '../../rpc/contract.ts';
import { textSoFar, thoughtOf } from '../answering.ts';
import type { Answer, Picture, PictureOriginal, Question, Thought, Turn } from '../conversation.ts';
import type { PictureDetail } from '../pictures.ts';
import { type AskedWith, type ConversationSettings, readAskedWith } from '../settings/settings.ts';

/** What the list of conversations needs of one. Times are in milliseconds since 1970. */
export interface Summary {
  readonly id: string;
  readonly title: string;
  /** The reader gave it its title. */
  readonly named: boolean;
  readonly pinned: boolean;
  readonly createdAt: number;
  readonly changedAt: number;
  /** It is deleted, unless the reader takes that back. */
  readonly deletedAt: number | null;
  /** There is a record of its cover. */
  readonly covered: boolean;
}

export interface ThoughtRecord {
  readonly text: string;
  readonly ms: number | null;
}

export type AnswerRecord =
  | { state: 'done'; text: string; thought?: ThoughtRecord; result: ChatResult }
  | { state: 'stopped'; text: string; thought?: ThoughtRecord; result: ChatResult | null }
  /** It was being made when this was written. */
  | { state: 'cut'; text: string; thought?: ThoughtRecord }
  | { state: 'failed'; text: string; thought?: ThoughtRecord; error: ErrorRecord };

export interface ErrorRecord {
  readonly code: GlanceErrorCode;
  readonly message: string;
  readonly details: GlanceErrorDetails;
}

export interface TurnRecord {
  readonly id: string;
  readonly conversationId: string;
  readonly parentId: string | null;
  readonly askedAt: number;
  readonly text: string;
  /** Ids. */
  readonly pictures: readonly string[];
  readonly detail?: PictureDetail;
  readonly answer: AnswerRecord;
  /** Absent where nothing is known of it. */
  readonly asked?: AskedWith;
}

/** All questions and answers of a conversation, line by line: read at once for many, it takes little. */
export interface SaidRecord {
  readonly id: string;
  readonly text: string;
}

export interface PictureRecord {
  readonly id: string;
  readonly name: string;
  readonly sample: boolean;
  /** Has no pixels of its own: the page draws it before a model can see it. */
  readonly vector: boolean;
  /** Pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly file: Blob;
  /** Of a picture in the composer: what turning and cropping can be undone to. */
  readonly original?: PictureOriginal;
}

/** What the composer holds. */
export interface QuestionRecord {
  readonly text: string;
  /** Ids. */
  readonly pictures: readonly string[];
  readonly detail?: PictureDetail;
}

export interface DraftRecord extends QuestionRecord {
  readonly editing: ({ turnId: string } & QuestionRecord) | null;
  /** What a conversation in which nothing was asked yet has of its own. */
  readonly settings?: ConversationSettings;
  readonly changedAt: number;
}

/** Everything that is kept of a conversation. */
export interface KeptConversation {
  readonly summary: Summary;
  readonly turns: readonly TurnRecord[];
  readonly pictures: readonly PictureRecord[];
  readonly seen: readonly (readonly [string | null, string])[];
  readonly settings: ConversationSettings;
}

/** Longer titles are cut, in characters. */
const TITLE_LENGTH = 120;

/** A conversation is called by the first line of its first question. */
export function titleOf(question: string): string {
  const line = question.split('\n').find((text) => text.trim() !== '') ?? '';
  const words = line.trim().replace(/\s+/g, ' ');
  return words.length > TITLE_LENGTH ? `${words.slice(0, TITLE_LENGTH - 1).trimEnd()}…` : words;
}

export function saidRecord(id: string, turns: readonly TurnRecord[]): SaidRecord {
  return { id, text: turns.map(({ text, answer }) => `${text}\n${answer.text}`).join('\n') };
}

export function turnRecord(turn: Turn, conversationId: string): TurnRecord {
  const { id, parentId, askedAt, question, answer, asked } = turn;
  return {
    id,
    conversationId,
    parentId,
    askedAt,
    text: question.text,
    pictures: question.pictures.map((picture) => picture.id),
    ...(question.detail !== undefined && { detail: question.detail }),
    answer: answerRecord(answer),
    ...(asked && { asked }),
  };
}

function answerRecord(answer: Answer): AnswerRecord {
  const text = textSoFar(answer);
  const thought = thoughtOf(answer);
  const said = { text, ...(thought && { thought: { text: thought.text, ms: thought.ms } }) };
  switch (answer.state) {
    case 'done':
    case 'stopped':
      return { ...said, state: answer.state, result: answer.result } as AnswerRecord;
    case 'failed': {
      const { code, message, details } = answer.error;
      return { ...said, state: 'failed', error: { code, message, details } };
    }
    default:
      return { ...said, state: 'cut' };
  }
}

/** Null for a picture that the page has not read yet. */
export function pictureRecord({ id, name, sample, file, content }: Picture): PictureRecord | null {
  if (content === null) return null;
  const { width, height, input } = content;
  return { id, name, sample, vector: !(input instanceof Blob), width, height, file };
}

/** @param url under which the page shows it */
export function pictureFrom(record: PictureRecord, url: string): Picture {
  const { id, name, sample, vector, width, height, file, original } = record;
  const content = vector ? null : { input: file, width, height };
  return { id, name, sample, file, url, content, ...(original && { original }) };
}

/** @param elsewhere another page is making the answer */
export function turnFrom(
  record: TurnRecord,
  pictures: ReadonlyMap<string, Picture>,
  elsewhere: boolean,
): Turn {
  const { id, parentId, askedAt, answer } = record;
  return {
    id,
    parentId,
    askedAt,
    question: questionFrom(record, pictures),
    answer: answerFrom(answer, elsewhere),
    asked: readAskedWith(record.asked),
    keptAnswer: null,
    insteadOf: null,
  };
}

export function questionFrom(
  { text, pictures: ids, detail }: QuestionRecord,
  pictures: ReadonlyMap<string, Picture>,
): Question {
  return {
    text,
    pictures: ids.flatMap((id) => pictures.get(id) ?? []),
    ...(detail !== undefined && { detail }),
  };
}

function answerFrom(record: AnswerRecord, elsewhere: boolean): Answer {
  const thought: Thought | null = record.thought ? { ...record.thought, beganAtMs: 0 } : null;
  const said = { text: record.text, ...(thought && { thought }) };
  switch (record.state) {
    case 'done':
      return { ...said, state: 'done', result: record.result };
    case 'stopped':
      return { ...said, state: 'stopped', result: record.result };
    case 'cut':
      return { ...said, state: 'cut', elsewhere };
    case 'failed': {
      const { code, message, details } = record.error;
      return { ...said, state: 'failed', error: new GlanceError(code, message, { details }) };
    }
  }
}

/** Pinned ones first, then the newest. */
export function inListOrder(summaries: readonly Summary[]): Summary[] {
  return summaries.toSorted(
    (a, b) => Number(b.pinned) - Number(a.pinned) || b.changedAt - a.changedAt || (a.id < b.id ? -1 : 1),
  );
}
