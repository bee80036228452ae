import type { ChatMessage, ContentPart, PictureInput } from '../model/chat.ts';
import type { GlanceError } from '../model/errors.ts';
import type { ChatEvent, ChatResult } from '../rpc/contract.ts';

/** A picture on the page. Its object URL lives as long as the picture is in the draft or a turn. */
export interface Picture {
  readonly id: string;
  /** File name, or what stands in for one. */
  readonly name: string;
  /** It came with the page, the visitor did not bring it. */
  readonly sample: boolean;
  /** Where the page shows it from: an object URL. */
  readonly url: string;
  /** Null while the page is still reading it. */
  readonly content: PictureContent | null;
}

export interface PictureContent {
  /** What the model is given. */
  readonly input: PictureInput;
  /** Pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
}

export interface Question {
  readonly text: string;
  readonly pictures: readonly Picture[];
}

/** What is being done for an answer before its text begins. */
export type WorkStep = Extract<ChatEvent, { type: 'pictures' | 'vision' | 'prefill' | 'reasoning' }>;

/** Where an answer stands. */
export type Answer =
  | { readonly state: 'waiting' }
  | {
      readonly state: 'working';
      readonly step: WorkStep | null;
      readonly text: string;
      readonly stopping: boolean;
    }
  | { readonly state: 'done'; readonly text: string; readonly result: ChatResult }
  /** Stopped by the reader; the result is missing if the engine never came to one. */
  | { readonly state: 'stopped'; readonly text: string; readonly result: ChatResult | null }
  | { readonly state: 'failed'; readonly text: string; readonly error: GlanceError };

export interface Turn {
  readonly id: string;
  readonly question: Question;
  readonly answer: Answer;
  /** What was answered before the question was asked again; it comes back unless a new answer does. */
  readonly keptAnswer: Answer | null;
}

/** Something that went wrong outside of any turn, such as a file that is no picture. */
export interface Notice {
  readonly id: string;
  readonly title: string;
  readonly error: GlanceError;
}

/** An asked question that is back in the composer. Its turn stays until the new question is sent. */
export interface Editing {
  readonly turnId: string;
  /** What the composer held before; it returns there afterwards. */
  readonly setAside: Question;
}

export interface Conversation {
  readonly turns: readonly Turn[];
  /** What the composer holds. */
  readonly draft: Question;
  readonly editing: Editing | null;
  /** The conversation that "New conversation" put away; it can be brought back until the next question. */
  readonly previous: readonly Turn[] | null;
  readonly notices: readonly Notice[];
  /** The picture that the reader chose to look at; null follows the newest. */
  readonly shownPictureId: string | null;
}

export const emptyConversation: Conversation = {
  turns: [],
  draft: { text: '', pictures: [] },
  editing: null,
  previous: null,
  notices: [],
  shownPictureId: null,
};

/** Everything that can happen to a conversation. */
export type ConversationAction =
  | { type: 'draft-typed'; text: string }
  | { type: 'picture-added'; picture: Picture }
  | { type: 'picture-read'; pictureId: string; content: PictureContent }
  | { type: 'picture-removed'; pictureId: string }
  | { type: 'picture-shown'; pictureId: string }
  | { type: 'draft-asked'; turnId: string }
  | { type: 'asked'; turnId: string; question: Question }
  | { type: 'answer-begun'; turnId: string }
  /** The model is not there any more and is loaded again first. */
  | { type: 'answer-waits'; turnId: string }
  | { type: 'answer-progressed'; turnId: string; event: ChatEvent }
  | { type: 'answer-stopping'; turnId: string }
  | { type: 'answer-ended'; turnId: string; result: ChatResult }
  | { type: 'answer-stopped'; turnId: string }
  | { type: 'answer-failed'; turnId: string; error: GlanceError }
  | { type: 'retried'; turnId: string }
  | { type: 'edit-begun'; turnId: string }
  | { type: 'edit-cancelled' }
  | { type: 'cleared' }
  | { type: 'restored' }
  | { type: 'noticed'; notice: Notice }
  | { type: 'notice-dismissed'; noticeId: string };

/** The conversation after an action. Pure; what did not change keeps its identity. */
export function reduce(state: Conversation, action: ConversationAction): Conversation {
  switch (action.type) {
    case 'draft-typed':
      return { ...state, draft: { ...state.draft, text: action.text } };
    case 'picture-added':
      return {
        ...state,
        draft: { ...state.draft, pictures: [...state.draft.pictures, action.picture] },
        shownPictureId: null,
      };
    case 'picture-read':
      return withDrafts(state, (pictures) =>
        pictures.map((picture) =>
          picture.id === action.pictureId ? { ...picture, content: action.content } : picture,
        ),
      );
    case 'picture-removed':
      return withDrafts(state, (pictures) => pictures.filter(({ id }) => id !== action.pictureId));
    case 'picture-shown':
      return { ...state, shownPictureId: action.pictureId };
    case 'draft-asked': {
      const { editing } = state;
      const turns = state.turns.filter(({ id }) => id !== editing?.turnId);
      // A new object, so that the field notices even if its text was typed and sent within one frame.
      const draft = { ...(editing?.setAside ?? emptyConversation.draft) };
      return begin({ ...state, turns, draft, editing: null }, action.turnId, state.draft);
    }
    case 'asked':
      return begin(state, action.turnId, action.question);
    case 'retried':
      return withTurn(state, action.turnId, (turn) => ({
        ...turn,
        answer: { state: 'waiting' },
        keptAnswer: isWorthKeeping(turn.answer) ? turn.answer : null,
      }));
    case 'edit-begun': {
      const turn = state.turns.find(({ id }) => id === action.turnId);
      if (turn === undefined || state.editing !== null) return state;
      return {
        ...state,
        draft: turn.question,
        editing: { turnId: turn.id, setAside: state.draft },
        shownPictureId: null,
      };
    }
    case 'edit-cancelled':
      if (state.editing === null) return state;
      return { ...state, draft: { ...state.editing.setAside }, editing: null };
    case 'cleared':
      if (state.turns.length === 0) return state;
      return {
        ...state,
        turns: [],
        draft: joined(state.draft, state.editing?.setAside),
        editing: null,
        previous: state.turns,
        shownPictureId: null,
      };
    case 'restored':
      if (state.previous === null) return state;
      return { ...state, turns: state.previous, previous: null, shownPictureId: null };
    case 'noticed':
      return { ...state, notices: [...state.notices, action.notice] };
    case 'notice-dismissed':
      return { ...state, notices: state.notices.filter(({ id }) => id !== action.noticeId) };
    default:
      return withTurn(state, action.turnId, (turn) => settled(turn, nextAnswer(turn.answer, action)));
  }
}

function begin(state: Conversation, turnId: string, question: Question): Conversation {
  return {
    ...state,
    turns: [...state.turns, { id: turnId, question, answer: { state: 'waiting' }, keptAnswer: null }],
    previous: null,
    notices: [],
    shownPictureId: question.pictures.length > 0 ? null : state.shownPictureId,
  };
}

function withTurn(state: Conversation, turnId: string, change: (turn: Turn) => Turn): Conversation {
  return { ...state, turns: state.turns.map((turn) => (turn.id === turnId ? change(turn) : turn)) };
}

/** Changes the pictures that wait to be asked about, in the composer or set aside. */
function withDrafts(
  state: Conversation,
  change: (pictures: readonly Picture[]) => readonly Picture[],
): Conversation {
  const { draft, editing } = state;
  const changed = (question: Question) => ({ ...question, pictures: change(question.pictures) });
  return {
    ...state,
    draft: changed(draft),
    editing: editing && { ...editing, setAside: changed(editing.setAside) },
  };
}

/** Two drafts in one, so that none is lost. */
function joined(first: Question, second: Question | undefined): Question {
  if (second === undefined) return first;
  return {
    text: [first.text, second.text].filter((text) => text.trim() !== '').join('\n'),
    pictures: [...first.pictures, ...second.pictures],
  };
}

function isWorthKeeping(answer: Answer): boolean {
  return (answer.state === 'done' || answer.state === 'stopped') && answer.text !== '';
}

/** The turn with its new answer, or with the one before if asking again came to nothing. */
function settled(turn: Turn, answer: Answer): Turn {
  if (answer === turn.answer) return turn;
  const { keptAnswer } = turn;
  const ended = answer.state !== 'waiting' && answer.state !== 'working';
  if (!ended || keptAnswer === null) return { ...turn, answer };
  const nothing = answer.state === 'failed' || (answer.state === 'stopped' && answer.text === '');
  return { ...turn, answer: nothing ? keptAnswer : answer, keptAnswer: null };
}

type AnswerAction = Extract<ConversationAction, { type: `answer-${string}` }>;

function nextAnswer(answer: Answer, action: AnswerAction): Answer {
  switch (action.type) {
    case 'answer-begun':
      return answer.state === 'waiting'
        ? { state: 'working', step: null, text: '', stopping: false }
        : answer;
    case 'answer-waits':
      return answer.state === 'working' && answer.text === '' && !answer.stopping
        ? { state: 'waiting' }
        : answer;
    case 'answer-progressed': {
      // Events and the result travel by different ports: an event may arrive after the end.
      if (answer.state !== 'working') return answer;
      const { event } = action;
      switch (event.type) {
        case 'text':
          return { ...answer, text: answer.text + event.text };
        // The page offers the model no functions.
        case 'tool-call':
        case 'tool-arguments':
          return answer;
        default:
          return { ...answer, step: event };
      }
    }
    case 'answer-stopping':
      return answer.state === 'working' ? { ...answer, stopping: true } : answer;
    case 'answer-ended': {
      const { result } = action;
      return { state: result.finishReason === 'abort' ? 'stopped' : 'done', text: result.text, result };
    }
    case 'answer-stopped':
      return { state: 'stopped', text: textSoFar(answer), result: null };
    case 'answer-failed':
      return { state: 'failed', text: textSoFar(answer), error: action.error };
  }
}

/** What an answer says by now. */
export function textSoFar(answer: Answer): string {
  return answer.state === 'waiting' ? '' : answer.text;
}

/** The turn that waits for its answer or receives it, if any. */
export function openTurn(state: Conversation): Turn | null {
  const last = state.turns.at(-1);
  return last !== undefined && (last.answer.state === 'waiting' || last.answer.state === 'working')
    ? last
    : null;
}

/**
 * The request's messages for the given turn: what was asked and answered before it, then its question,
 * pictures ahead of the words.
 *
 * A question that failed is left out with its pictures, for they may be the reason. One that was stopped
 * before a word came leaves its pictures to the question after it.
 */
export function messagesFor(state: Conversation, turnId: string): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let carried: readonly Picture[] = [];
  for (const { id, question, answer } of state.turns) {
    const pictures = [...carried, ...question.pictures];
    if (id === turnId) {
      messages.push(userMessage(question.text, pictures));
      break;
    }
    if (answer.state === 'failed') continue;
    const said = textSoFar(answer);
    carried = said === '' ? pictures : [];
    if (said !== '') {
      messages.push(userMessage(question.text, pictures), { role: 'assistant', content: said });
    }
  }
  return messages;
}

function userMessage(text: string, pictures: readonly Picture[]): ChatMessage {
  if (pictures.length === 0) return { role: 'user', content: text };
  const parts: ContentPart[] = [];
  for (const { content } of pictures) {
    if (content !== null) parts.push({ type: 'image', image: content.input });
  }
  return { role: 'user', content: [...parts, { type: 'text', text }] };
}

/**
 * Every picture that can be looked at, oldest first: those asked about, then those in the composer. The
 * pictures of a question that is being edited are in both, and count as the composer's.
 */
export function allPictures(state: Conversation): Picture[] {
  const drafted = new Set(state.draft.pictures.map(({ id }) => id));
  const asked = state.turns.flatMap((turn) => turn.question.pictures);
  return [...asked.filter(({ id }) => !drafted.has(id)), ...state.draft.pictures];
}

/** The picture being talked about: the one chosen by the reader, else the newest. */
export function shownPicture(state: Conversation): Picture | null {
  const pictures = allPictures(state);
  return pictures.find(({ id }) => id === state.shownPictureId) ?? pictures.at(-1) ?? null;
}

/** All pictures that the state holds, by id, so that those it no longer holds can be released. */
export function heldPictures(state: Conversation): Map<string, Picture> {
  const questions = [
    ...[...state.turns, ...(state.previous ?? [])].map(({ question }) => question),
    ...(state.editing === null ? [] : [state.editing.setAside]),
    state.draft,
  ];
  return new Map(questions.flatMap(({ pictures }) => pictures.map((picture) => [picture.id, picture])));
}
