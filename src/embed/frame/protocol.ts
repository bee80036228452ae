/**
 * What a page and the frame with Glance in it say to each other. The frame says that it is there, the page greets it
 * and sends a port along, and everything else goes through that port: whoever else can post to the frame's window does
 * not hold it. Everything that comes is checked here; types are no proof of what another page sends.
 */
import type { Answered } from '../answered.ts';
import type { LoadedModel, LoadingProgress } from '../events.ts';

/** Raised when a message changes its meaning; a page and a frame of different versions do not talk. */
export const PROTOCOL_VERSION = 1;

/** Longest texts, in characters, and the largest picture, in bytes. */
export const LIMITS = { question: 20_000, system: 20_000, name: 200, pictureBytes: 64 << 20 } as const;

/** From the frame's window to the page: it can be greeted, or will not talk. */
export type FrameGreeting =
  | { glance: 'here'; version: number }
  | { glance: 'refused'; version: number; reason: RefusalReason };

/** From the page to the frame's window, with a port. */
export interface HostGreeting {
  glance: 'hello';
  version: number;
}

/** Why a message was not followed. */
export type RefusalReason =
  /** The page's origin is not among those that the frame's host allows. */
  | 'origin-not-allowed'
  | 'version-not-supported'
  /** Glance cannot run in this browser; the frame says what is missing. */
  | 'browser-not-supported'
  /** It is none of the messages below, or one of its fields is not what it must be. */
  | 'invalid-message'
  /** Too many questions are waiting. */
  | 'too-many-requests';

/** `auto`: as the visitor's system has it. */
export type FrameTheme = 'auto' | 'light' | 'dark';

/** What a page can ask for. */
export type FrameAction =
  /** Without a picture it is about those in the composer, and those asked about before. */
  | { type: 'ask'; question: string; image: Blob | null }
  /** Ends the answer being made, whoever asked. */
  | { type: 'stop' }
  | { type: 'clear' }
  /** Into the composer, in place of the one before. Done when it has been read. */
  | { type: 'set-image'; image: Blob | null }
  | { type: 'set-theme'; theme: FrameTheme }
  | { type: 'set-system'; system: string }
  /** A model by its name. Done when it is loaded. */
  | { type: 'set-model'; model: string };

/**
 * From the page, through the port. The page chooses the id, by which it knows the reply. `cancel` ends the question that
 * was asked under its id, also one that waits, and no other; it has no reply but that question's.
 */
export type FrameRequest = (FrameAction | { type: 'cancel' }) & { id: number };

/** From the frame, through the port. */
export type FrameMessage =
  | { type: 'welcome'; version: number }
  | { type: 'done'; id: number; result: Answered | null }
  | { type: 'failed'; id: number; error: { code: string; message: string } }
  /** The id is null where the message had none. */
  | { type: 'refused'; id: number | null; reason: RefusalReason; field: string | null }
  | FrameEvent;

/** What happens in the frame, whoever asked. */
export type FrameEvent =
  | { type: 'progress'; progress: LoadingProgress }
  | { type: 'ready'; model: LoadedModel }
  /** All that has been said so far of the answer being made. */
  | { type: 'text'; text: string }
  | { type: 'message'; message: Answered }
  | { type: 'error'; error: { code: string; message: string } };

/** A message as it was understood, or why it was not. */
export type Read<T> = { value: T } | { refused: RefusalReason; field: string | null; id: number | null };

const THEMES: readonly FrameTheme[] = ['auto', 'light', 'dark'];

/** Whether this is meant for Glance at all: pages get messages of many kinds. */
export function isForGlance(data: unknown): data is { glance: unknown } {
  return fieldsOf(data) !== null && Object.hasOwn(data as object, 'glance');
}

/** A greeting of the page. */
export function readHostGreeting(data: unknown): Read<HostGreeting> {
  const fields = fieldsOf(data);
  if (fields?.glance !== 'hello') return { refused: 'invalid-message', field: 'glance', id: null };
  if (fields.version !== PROTOCOL_VERSION) {
    return { refused: 'version-not-supported', field: 'version', id: null };
  }
  return { value: { glance: 'hello', version: PROTOCOL_VERSION } };
}

/** A request of the page. What it holds beside its fields is left out. */
export function readFrameRequest(data: unknown): Read<FrameRequest> {
  const fields = fieldsOf(data);
  const id = Number.isSafeInteger(fields?.id) ? (fields?.id as number) : null;
  const refuse = (field: string | null): Read<FrameRequest> => ({ refused: 'invalid-message', field, id });
  if (fields === null) return refuse(null);
  if (id === null) return refuse('id');
  const { type } = fields;
  switch (type) {
    case 'ask': {
      const question = textIn(fields.question, LIMITS.question);
      if (question === null || question.trim() === '') return refuse('question');
      const image = pictureIn(fields.image);
      return image === undefined ? refuse('image') : { value: { id, type, question, image } };
    }
    case 'set-image': {
      const image = pictureIn(fields.image);
      return image === undefined ? refuse('image') : { value: { id, type, image } };
    }
    case 'set-theme': {
      const theme = THEMES.find((known) => known === fields.theme);
      return theme === undefined ? refuse('theme') : { value: { id, type, theme } };
    }
    case 'set-system': {
      const system = textIn(fields.system, LIMITS.system);
      return system === null ? refuse('system') : { value: { id, type, system } };
    }
    case 'set-model': {
      const model = textIn(fields.model, LIMITS.name);
      // Names only: the frame fetches nothing on behalf of another site.
      return model === null || !/^[\w.-]+(\/[\w.-]+)*$/.test(model) || /\.gguf$/i.test(model)
        ? refuse('model')
        : { value: { id, type, model } };
    }
    case 'cancel':
    case 'stop':
    case 'clear':
      return { value: { id, type } };
    default:
      return refuse('type');
  }
}

function textIn(value: unknown, limit: number): string | null {
  return typeof value === 'string' && value.length <= limit ? value : null;
}

/** Null for none; undefined for what is no picture. */
function pictureIn(value: unknown): Blob | null | undefined {
  if (value === undefined || value === null) return null;
  const blob = value instanceof ArrayBuffer ? new Blob([value]) : value;
  if (!(blob instanceof Blob) || blob.size === 0 || blob.size > LIMITS.pictureBytes) return undefined;
  return blob;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
