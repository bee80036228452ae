import { textSoFar } from '../app/answering.ts';
import { openTurn, type Turn } from '../app/conversation.ts';
import type { Session, SessionState } from '../app/session.ts';
import { abortable } from '../model/abortable.ts';
import { abortedError, GlanceError, throwIfAborted } from '../model/errors.ts';
import type { Answered } from './answered.ts';
import type { LoadedModel } from './events.ts';
import type { NamedPicture } from './picture_source.ts';
import { modelFor } from './public_events.ts';

/** What pages are told of a conversation. */
export interface ConversationListener {
  ready?(model: LoadedModel): void;
  /** All that has been said so far of the answer being made. */
  text?(text: string): void;
  message?(message: Answered): void;
  /** Nothing is left of what was said: another conversation has begun. */
  cleared?(): void;
  /** About a question, the model, or a picture. */
  error?(error: GlanceError): void;
}

/**
 * Tells what happens in a conversation, whoever asks.
 *
 * @returns ends the telling
 */
export function watchConversation(session: Session, listener: ConversationListener): () => void {
  let seen = session.state;
  return session.subscribe(() => {
    const before = seen;
    const now = session.state;
    seen = now;
    tellModel(before, now, listener);
    if (now.conversation !== before.conversation) tellAnswers(before, now, listener);
  });
}

function tellModel(before: SessionState, { model }: SessionState, listener: ConversationListener): void {
  if (model === before.model) return;
  if (model.status === 'ready') listener.ready?.(modelFor(model.info));
  if (model.status === 'failed') listener.error?.(model.error);
}

function tellAnswers(before: SessionState, now: SessionState, listener: ConversationListener): void {
  const known = new Map(before.conversation.turns.map((turn) => [turn.id, turn.answer]));
  for (const turn of now.conversation.turns) {
    const { answer } = turn;
    const earlier = known.get(turn.id);
    if (answer === earlier) continue;
    if (answer.state === 'working') {
      const text = textSoFar(answer);
      if (text !== '' && text !== (earlier && textSoFar(earlier))) listener.text?.(text.trimStart());
    }
    if (answer.state === 'done' || answer.state === 'stopped') listener.message?.(answeredOf(turn));
    // That of the model has been told as such.
    const told = now.model.status === 'failed' && now.model.error;
    if (answer.state === 'failed' && answer.error !== told) listener.error?.(answer.error);
  }
  if (known.size > 0 && now.conversation.turns.length === 0) listener.cleared?.();
  const notices = new Set(before.conversation.notices);
  for (const notice of now.conversation.notices) if (!notices.has(notice)) listener.error?.(notice.error);
}

function answeredOf({ question, answer }: Turn): Answered {
  const reason = answer.state === 'done' ? answer.result.finishReason : 'abort';
  return {
    question: question.text,
    pictures: question.pictures.length,
    answer: textSoFar(answer).trimStart(),
    finishReason: reason === 'length' || reason === 'abort' ? reason : 'stop',
  };
}

/** Settles when all questions that a page has asked in a conversation so far have begun: in their order, one by one. */
const begun = new WeakMap<Session, Promise<unknown>>();

/**
 * Asks in a conversation, as its reader would, once what is being answered there is answered. Pictures that take long do
 * not let a later question go before.
 *
 * @param pictures null asks about those in the composer
 * @param signal stops the answer, which then holds what was said so far
 * @param composed waits for what is on its way into the composer
 * @throws GlanceError about the question, the model or the pictures; `aborted` if nothing had been said
 */
export async function askIn(
  session: Session,
  question: string,
  pictures: Promise<readonly NamedPicture[]> | null,
  signal?: AbortSignal,
  composed = () => Promise.resolve(),
): Promise<Answered> {
  // Where the question cannot be asked anyway.
  pictures?.catch(() => {});
  if (question.trim() === '') {
    throw new GlanceError('invalid-argument', 'The question is empty.', {
      details: { argument: 'question' },
    });
  }
  const before = begun.get(session) ?? Promise.resolve();
  // What cannot be asked is told at once.
  const begins = abortable(Promise.all([pictures, before]), signal).then(([own]) =>
    begin(session, question, own, signal, composed),
  );
  const settled = Promise.allSettled([before, begins]).then(() => {});
  begun.set(session, settled);
  const turnId = await begins;
  // Nobody else's.
  const stop = () => {
    if (openTurn(session.state.conversation)?.id === turnId) session.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const turn = await until(session, () => {
      const found = session.state.conversation.turns.find(({ id }) => id === turnId);
      if (found === undefined) throw abortedError();
      const { state } = found.answer;
      return state === 'waiting' || state === 'working' ? null : found;
    });
    if (turn.answer.state === 'failed') throw turn.answer.error;
    const answered = answeredOf(turn);
    if (answered.finishReason === 'abort' && answered.answer === '') throw abortedError();
    return answered;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function begin(
  session: Session,
  question: string,
  pictures: readonly NamedPicture[] | null,
  signal: AbortSignal | undefined,
  composed: () => Promise<void>,
): Promise<string> {
  for (;;) {
    await until(session, () => openTurn(session.state.conversation) === null || null, signal);
    if (pictures === null) await abortable(composed(), signal);
    throwIfAborted(signal);
    const asked =
      pictures === null
        ? await session.askAboutDraft(question)
        : await session.ask(
            question,
            pictures.map((picture) => ({ ...picture, sample: false })),
          );
    if (asked !== null) return asked;
    // The reader was quicker.
  }
}

/**
 * Waits until a model that was chosen is loaded.
 *
 * @param id of the model; null for the demo
 * @throws GlanceError why it could not be loaded; `aborted` if another one was chosen
 */
export async function untilModel(session: Session, id: string | null): Promise<void> {
  await until(session, () => {
    const { chosen, model } = session.state;
    if (chosen.id !== id) throw abortedError();
    if (model.status === 'failed') throw model.error;
    return model.status === 'ready' || null;
  });
}

/** Waits for a state; what `found` throws is thrown. */
function until<T>(session: Session, found: () => T | null, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => {};
    const end = (settle: () => void) => {
      unsubscribe();
      signal?.removeEventListener('abort', check);
      settle();
    };
    const check = () => {
      try {
        throwIfAborted(signal);
        const value = found();
        if (value !== null) end(() => resolve(value));
      } catch (error) {
        end(() => reject(error));
      }
    };
    unsubscribe = session.subscribe(check);
    signal?.addEventListener('abort', check);
    check();
  });
}
