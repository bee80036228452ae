/** Reads a file of conversations: what it says is checked as far as the page relies on it, nothing else is taken. */
import { type GlanceError, toGlanceError } from '../../model/errors.ts';
import type { ChatResult } from '../../rpc/contract.ts';
import type { PictureContent } from '../conversation.ts';
import { PageError } from '../page_error.ts';
import { errorMessage } from '../phrases.ts';
import { isPictureDetail } from '../pictures.ts';
import {
  isWholeValue,
  readAskedWith,
  readConversationSettings,
  readDrawnWith,
} from '../settings/settings.ts';
import { chosenAmong, inOrder } from '../turn_tree.ts';
import { words } from '../words/index.ts';
import { isConversationId } from './address.ts';
import { FILE_FORMAT, FILE_VERSION, MAX_FILE_BYTES } from './export_file.ts';
import type { AnswerRecord, KeptConversation, PictureRecord, ThoughtRecord, TurnRecord } from './records.ts';

const MAX_CONVERSATIONS = 20_000;
const MAX_TURNS = 20_000;
const MAX_NAME = 500;
const MAX_TEXT = 5_000_000;

/** Tells a picture's size, and throws if it is none. */
export type InspectPicture = (file: Blob) => Promise<PictureContent>;

/**
 * The conversations of a file, whole and safe to be kept. Nothing in it runs: texts stay texts, and pictures
 * are only taken if they are some.
 *
 * @throws GlanceError `invalid-argument` with what is wrong and where, `out-of-memory`
 */
export async function readConversations(file: Blob, inspect: InspectPicture): Promise<KeptConversation[]> {
  if (file.size > MAX_FILE_BYTES) {
    throw refusal(words.importing.tooLarge(MAX_FILE_BYTES));
  }
  const root = objectAt(parse(await file.text()), words.importing.theFile);
  if (root.format !== FILE_FORMAT) {
    throw refusal(words.importing.foreign);
  }
  if (root.version !== FILE_VERSION) {
    throw refusal(words.importing.newer);
  }
  const listed = listAt(root.conversations, 'conversations', MAX_CONVERSATIONS);
  const conversations: KeptConversation[] = [];
  for (const [i, value] of listed.entries()) {
    conversations.push(await conversationAt(value, `conversations[${i}]`, inspect));
  }
  return conversations;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refusal(words.importing.notJson(String(toGlanceError(cause).details.reason)), cause);
  }
}

async function conversationAt(
  value: unknown,
  at: string,
  inspect: InspectPicture,
): Promise<KeptConversation> {
  const object = objectAt(value, at);
  const id = idAt(object.id, `${at}.id`);
  const pictures: PictureRecord[] = [];
  for (const [i, picture] of listAt(object.pictures, `${at}.pictures`, MAX_TURNS).entries()) {
    pictures.push(await pictureAt(picture, `${at}.pictures[${i}]`, inspect));
  }
  const pictureIds = distinct(pictures, `${at}.pictures`);
  const turns = listAt(object.turns, `${at}.turns`, MAX_TURNS).map((turn, i) =>
    turnAt(turn, `${at}.turns[${i}]`, id, pictureIds),
  );
  distinct(turns, `${at}.turns`);
  if (turns.length === 0) throw refusal(words.importing.empty(`${at}.turns`));
  if (inOrder(turns).length !== turns.length) {
    throw refusal(words.importing.astray(`${at}.turns`));
  }
  const used = new Set(turns.flatMap((turn) => turn.pictures));
  return {
    summary: {
      id,
      title: textAt(object.title, `${at}.title`, MAX_NAME),
      named: booleanAt(object.named, `${at}.named`),
      pinned: booleanAt(object.pinned, `${at}.pinned`),
      createdAt: timeAt(object.createdAt, `${at}.createdAt`),
      changedAt: timeAt(object.changedAt, `${at}.changedAt`),
      deletedAt: null,
      covered: false,
    },
    turns,
    pictures: pictures.filter((picture) => used.has(picture.id)),
    // Earlier versions left pairs of turns behind that were gone.
    seen: chosenAmong(
      turns,
      listAt(object.seen, `${at}.seen`, MAX_TURNS).map((pair, i) => seenAt(pair, `${at}.seen[${i}]`)),
    ),
    settings: readConversationSettings(object.settings),
  };
}

function seenAt(value: unknown, at: string): [string | null, string] {
  const [parentId, id, ...rest] = listAt(value, at, 2);
  const isId = (name: unknown) => typeof name === 'string' && isConversationId(name);
  if (rest.length > 0 || !(parentId === null || isId(parentId)) || !isId(id)) {
    throw refusal(words.importing.mustBe(at, words.importing.pair));
  }
  return [parentId as string | null, id as string];
}

function turnAt(
  value: unknown,
  at: string,
  conversationId: string,
  pictureIds: ReadonlySet<string>,
): TurnRecord {
  const object = objectAt(value, at);
  const pictures = listAt(object.pictures, `${at}.pictures`, pictureIds.size).map((id) => {
    if (typeof id === 'string' && pictureIds.has(id)) return id;
    throw refusal(words.importing.unknownPicture(`${at}.pictures`));
  });
  const asked = readAskedWith(object.asked);
  return {
    id: idAt(object.id, `${at}.id`),
    conversationId,
    parentId: object.parentId === null ? null : idAt(object.parentId, `${at}.parentId`),
    askedAt: timeAt(object.askedAt, `${at}.askedAt`),
    text: textAt(object.text, `${at}.text`, MAX_TEXT),
    pictures,
    ...(isPictureDetail(object.detail) && { detail: object.detail }),
    answer: answerAt(object.answer, `${at}.answer`),
    ...(asked && { asked }),
  };
}

function answerAt(value: unknown, at: string): AnswerRecord {
  const object = objectAt(value, at);
  const text = textAt(object.text, `${at}.text`, MAX_TEXT);
  const thought = object.thought === undefined ? null : thoughtAt(object.thought, `${at}.thought`);
  const said = { text, ...(thought && { thought }) };
  const { state, result } = object;
  switch (state) {
    case 'done':
      return { ...said, state, result: resultAt(result, `${at}.result`, text) };
    case 'stopped':
      return { ...said, state, result: result === null ? null : resultAt(result, `${at}.result`, text) };
    case 'cut':
      return { ...said, state };
    case 'failed': {
      const error = objectAt(object.error, `${at}.error`);
      const code = textAt(error.code, `${at}.error.code`, 40) as GlanceError['code'];
      const message = textAt(error.message, `${at}.error.message`, MAX_NAME * 10);
      return { ...said, state, error: { code, message, details: {} } };
    }
    default:
      throw refusal(
        words.importing.mustBe(`${at}.state`, words.importing.oneOf(['done', 'stopped', 'cut', 'failed'])),
      );
  }
}

function thoughtAt(value: unknown, at: string): ThoughtRecord {
  const object = objectAt(value, at);
  const ms = object.ms === null ? null : numberAt(object.ms, `${at}.ms`);
  return { text: textAt(object.text, `${at}.text`, MAX_TEXT), ms };
}

function resultAt(value: unknown, at: string, text: string): ChatResult {
  const object = objectAt(value, at);
  const numbers = <Name extends string>(name: string, members: readonly Name[]) => {
    const group = objectAt(object[name], `${at}.${name}`);
    const entries = members.map((member) => [member, numberAt(group[member], `${at}.${name}.${member}`)]);
    return Object.fromEntries(entries) as Record<Name, number>;
  };
  const { finishReason, droppedMessages } = object;
  if (finishReason !== 'stop' && finishReason !== 'length' && finishReason !== 'abort') {
    throw refusal(
      words.importing.mustBe(`${at}.finishReason`, words.importing.oneOf(['stop', 'length', 'abort'])),
    );
  }
  const sampling = readDrawnWith(object.sampling);
  return {
    text,
    ...(sampling && { sampling }),
    ...(isWholeValue('seed', object.seed) && { seed: object.seed }),
    finishReason,
    usage: numbers('usage', [
      'promptTokens',
      'cachedTokens',
      'imageTokens',
      'completionTokens',
      'reasoningTokens',
    ]),
    speculation: numbers('speculation', ['draftedSteps', 'draftedTokens', 'acceptedTokens']),
    timings: numbers('timings', ['picturesMs', 'visionMs', 'prefillMs', 'firstTokenMs', 'decodeMs']),
    ...(droppedMessages !== undefined && {
      droppedMessages: numberAt(droppedMessages, `${at}.droppedMessages`),
    }),
  };
}

async function pictureAt(value: unknown, at: string, inspect: InspectPicture): Promise<PictureRecord> {
  const object = objectAt(value, at);
  const name = textAt(object.name, `${at}.name`, MAX_NAME);
  const file = fileAt(object.data, `${at}.data`);
  try {
    const { input, width, height } = await inspect(file);
    const vector = !(input instanceof Blob);
    if (!(input instanceof Blob)) input.close();
    const sample = booleanAt(object.sample, `${at}.sample`);
    return { id: idAt(object.id, `${at}.id`), name, sample, vector, width, height, file };
  } catch (thrown) {
    const error = toGlanceError(thrown);
    if (error.code === 'out-of-memory' || error.code === 'invalid-argument') throw error;
    throw refusal(words.importing.noPicture(`${at}.data`, errorMessage(error)), thrown);
  }
}

function fileAt(value: unknown, at: string): Blob {
  const text = typeof value === 'string' ? value : '';
  const head = /^data:([\w.+-]+\/[\w.+-]+);base64,/.exec(text.slice(0, 100));
  if (head === null) throw refusal(words.importing.mustBe(at, words.importing.dataUrl));
  let binary: string;
  try {
    binary = atob(text.slice(head[0].length));
  } catch (cause) {
    throw refusal(words.importing.mustBe(at, words.importing.base64), cause);
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  // What is no picture by its type must not become a page, or a script, by it.
  const type = head[1]!.startsWith('image/') ? head[1]! : '';
  return new Blob([bytes], { type });
}

function distinct(items: readonly { id: string }[], at: string): Set<string> {
  const ids = new Set(items.map(({ id }) => id));
  if (ids.size !== items.length) throw refusal(words.importing.idTwice(at));
  return ids;
}

function objectAt(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw refusal(words.importing.mustBe(at, words.importing.object));
}

function listAt(value: unknown, at: string, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw refusal(words.importing.mustBe(at, words.importing.list(most)));
}

function textAt(value: unknown, at: string, longest: number): string {
  if (typeof value === 'string' && value.length <= longest) return value;
  throw refusal(words.importing.mustBe(at, words.importing.text(longest)));
}

function idAt(value: unknown, at: string): string {
  if (typeof value === 'string' && isConversationId(value)) return value;
  throw refusal(words.importing.mustBe(at, words.importing.id));
}

function booleanAt(value: unknown, at: string): boolean {
  if (typeof value === 'boolean') return value;
  throw refusal(words.importing.mustBe(at, words.importing.boolean));
}

function numberAt(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw refusal(words.importing.mustBe(at, words.importing.number));
}

/** A time that dates can be made of. */
function timeAt(value: unknown, at: string): number {
  const time = numberAt(value, at);
  if (time <= 8.64e15) return time;
  throw refusal(words.importing.mustBe(at, words.importing.time));
}

function refusal(reason: string, cause?: unknown): GlanceError {
  return new PageError('invalid-argument', words.importing.refused(reason), { cause, details: { reason } });
}
