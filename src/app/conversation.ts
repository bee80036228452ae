import type { PictureInput } from '../model/chat.ts';
import type { GlanceError } from '../model/errors.ts';
import type { ChatEvent, ChatResult } from '../rpc/contract.ts';
import { answered, continued, isOpen } from './answering.ts';
import { begin, draftAsked, newTurn, restarted, retried, settled } from './asked_turns.ts';
import { withDrafts, withPictures, withTree } from './conversation_changes.ts';
import { arranged } from './editing/arrange.ts';
import type { PictureEdit } from './editing/geometry.ts';
import type { PictureDetail } from './pictures.ts';
import type { AskedWith, ConversationSettings } from './settings/settings.ts';
import { emptyTree, mergedTree, type TurnTree, withChangedTurn, withChosen } from './turn_tree.ts';

/** A picture on the page. Its object URL lives as long as the picture is in the draft or a turn. */
export interface Picture {
  readonly id: string;
  /** File name, or what stands in for one. */
  readonly name: string;
  /** It came with the page, the visitor did not bring it. */
  readonly sample: boolean;
  /** As it was brought, or as it is after turning and cropping: what is kept. */
  readonly file: Blob;
  /** Where the page shows it from: an object URL. */
  readonly url: string;
  /** Null while the page is still reading it. */
  readonly content: PictureContent | null;
  /** What the picture was made of by turning and cropping; never kept with what was asked. */
  readonly original?: PictureOriginal;
}

/** A picture before it was turned and cropped. */
export interface PictureOriginal {
  readonly file: Blob;
  /** What was done to it. */
  readonly edit: PictureEdit;
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
  /** How closely the model looks at the pictures; absent: as it likes. */
  readonly detail?: PictureDetail;
}

/** What is being done for an answer before its text begins. */
export type WorkStep = Extract<ChatEvent, { type: 'pictures' | 'vision' | 'prefill' | 'reasoning' }>;

/** What a model thought before it spoke. */
export interface Thought {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly beganAtMs: number;
  /** How long it took; null while it lasts, and if its end was never seen. */
  readonly ms: number | null;
}

/** How far an answer has come, in tokens. */
export interface Pace {
  /** Of the prompt; null until it is known. */
  readonly promptTokens: number | null;
  /** Drawn so far, thoughts included. */
  readonly tokens: number;
}

/** Where an answer stands. Without a thought nothing was thought. */
export type Answer =
  | { readonly state: 'waiting' }
  | {
      readonly state: 'working';
      readonly step: WorkStep | null;
      readonly pace?: Pace;
      readonly text: string;
      readonly thought?: Thought;
      readonly stopping: boolean;
    }
  | {
      readonly state: 'done';
      readonly text: string;
      readonly thought?: Thought;
      readonly result: ChatResult;
    }
  /** Stopped by the reader; the result is missing if the engine never came to one. */
  | {
      readonly state: 'stopped';
      readonly text: string;
      readonly thought?: Thought;
      readonly result: ChatResult | null;
    }
  /** The page that made it is gone, or is another one, which makes it still. */
  | {
      readonly state: 'cut';
      readonly text: string;
      readonly thought?: Thought;
      readonly elsewhere: boolean;
    }
  | {
      readonly state: 'failed';
      readonly text: string;
      readonly thought?: Thought;
      readonly error: GlanceError;
    };

export interface Turn {
  readonly id: string;
  /** The turn that this one follows; null for a first question. */
  readonly parentId: string | null;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly question: Question;
  readonly answer: Answer;
  /** What its answer was asked with; null if it has not come to that, or is older than settings are. */
  readonly asked: AskedWith | null;
  /** What was answered before the answer goes on; it comes back unless more does. */
  readonly keptAnswer: Answer | null;
  /** The turn that is asked again by this one; it is seen again if nothing comes of this one. */
  readonly insteadOf: string | null;
}

/** Something that went wrong outside of any turn, such as a file that is no picture. */
export interface Notice {
  readonly id: string;
  readonly title: string;
  readonly error: GlanceError;
}

/** An asked question that is back in the composer. What is sent becomes another version of its turn. */
export interface Editing {
  readonly turnId: string;
  /** What the composer held before; it returns there afterwards. */
  readonly setAside: Question;
}

/** A conversation that makes way for a new one. */
export interface PutAway {
  readonly id: string;
  readonly tree: TurnTree;
  readonly settings: ConversationSettings;
}

export interface Conversation {
  /** Under which it is kept. */
  readonly id: string;
  /** Everything that was asked. */
  readonly tree: TurnTree;
  /** What the reader sees of it, from the first question to the newest; follows from the tree. */
  readonly turns: readonly Turn[];
  /** What it has of its own, in place of the settings for all. */
  readonly settings: ConversationSettings;
  /** What the composer holds. */
  readonly draft: Question;
  readonly editing: Editing | null;
  /** The conversation that "New conversation" put away; it can be brought back until the next question. */
  readonly previous: PutAway | null;
  readonly notices: readonly Notice[];
  /** The picture that the reader chose to look at; null follows the newest. */
  readonly shownPictureId: string | null;
}

export const emptyConversation: Conversation = {
  id: '',
  tree: emptyTree,
  turns: [],
  settings: {},
  draft: { text: '', pictures: [] },
  editing: null,
  previous: null,
  notices: [],
  shownPictureId: null,
};

/** A conversation as it comes out of history. */
export interface OpenedConversation {
  readonly id: string;
  readonly tree: TurnTree;
  readonly settings: ConversationSettings;
  readonly draft: Question;
  readonly editing: Editing | null;
}

/** Everything that can happen to a conversation. Times are in milliseconds since 1970. */
export type ConversationAction =
  | { type: 'draft-typed'; text: string }
  | { type: 'picture-added'; picture: Picture }
  | { type: 'picture-read'; pictureId: string; content: PictureContent }
  | { type: 'picture-removed'; pictureId: string }
  /** The composer's pictures in another order, without some. */
  | { type: 'pictures-arranged'; order: readonly string[]; removed: readonly string[] }
  /** Another picture in the place of one in the composer. */
  | { type: 'picture-replaced'; pictureId: string; picture: Picture }
  | { type: 'detail-chosen'; detail: PictureDetail }
  | { type: 'picture-shown'; pictureId: string }
  /** With a text of its own: what is typed stays. */
  | { type: 'draft-asked'; turnId: string; text?: string; atMs: number }
  | { type: 'asked'; turnId: string; question: Question; atMs: number }
  | { type: 'answer-begun'; turnId: string; asked?: AskedWith }
  /** The model is not there any more and is loaded again first. */
  | { type: 'answer-waits'; turnId: string }
  | { type: 'answer-progressed'; turnId: string; event: ChatEvent; atMs?: number }
  | { type: 'answer-stopping'; turnId: string }
  | { type: 'answer-ended'; turnId: string; result: ChatResult; atMs?: number }
  | { type: 'answer-stopped'; turnId: string }
  | { type: 'answer-failed'; turnId: string; error: GlanceError }
  /** Asked again, as a turn of this name unless there is nothing worth keeping of the old one. */
  | { type: 'retried'; turnId: string; newTurnId: string; atMs: number }
  /** Asked again in place of what was said so far. */
  | { type: 'restarted'; turnId: string }
  | { type: 'continued'; turnId: string }
  | { type: 'version-chosen'; turnId: string }
  | { type: 'edit-begun'; turnId: string }
  | { type: 'edit-cancelled' }
  | { type: 'cleared'; newId: string }
  /** The conversation that was put away is gone for good. */
  | { type: 'previous-forgotten' }
  | { type: 'restored' }
  | { type: 'opened'; conversation: OpenedConversation }
  /** Turns of this conversation that were asked, or answered, on another page. */
  | { type: 'merged'; turns: readonly Turn[]; removed: readonly string[] }
  | { type: 'draft-restored'; draft: Question }
  | { type: 'settings-chosen'; settings: ConversationSettings }
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
      return withPictures(state, (picture) =>
        picture.id === action.pictureId ? { ...picture, content: action.content } : picture,
      );
    case 'picture-removed':
      return withDrafts(state, (pictures) => pictures.filter(({ id }) => id !== action.pictureId));
    case 'pictures-arranged': {
      const pictures = arranged(state.draft.pictures, action.order, action.removed);
      return { ...state, draft: { ...state.draft, pictures } };
    }
    case 'picture-replaced': {
      const { shownPictureId } = state;
      return {
        ...withDrafts(state, (pictures) =>
          pictures.map((picture) => (picture.id === action.pictureId ? action.picture : picture)),
        ),
        shownPictureId: shownPictureId === action.pictureId ? action.picture.id : shownPictureId,
      };
    }
    case 'detail-chosen':
      return { ...state, draft: { ...state.draft, detail: action.detail } };
    case 'picture-shown':
      return { ...state, shownPictureId: action.pictureId };
    case 'draft-asked':
      return draftAsked(state, action);
    case 'asked':
      return begin(state, newTurn(action, action.question, state.turns.at(-1)?.id ?? null));
    case 'retried':
      return retried(state, action);
    case 'restarted':
      return restarted(state, action.turnId);
    case 'continued':
      return withTree(state, withChangedTurn(state.tree, action.turnId, continued));
    case 'version-chosen': {
      const edited = state.editing?.turnId;
      const chosen = withTree(state, withChosen(state.tree, action.turnId));
      // The question in the composer must stand in the conversation for Cancel to mean anything.
      if (edited === undefined || chosen.turns.some(({ id }) => id === edited)) return chosen;
      return reduce(chosen, { type: 'edit-cancelled' });
    }
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
      if (state.turns.length === 0) return { ...state, settings: {} };
      return {
        ...withTree(state, emptyTree),
        id: action.newId,
        settings: {},
        draft: joined(state.draft, state.editing?.setAside),
        editing: null,
        previous: { id: state.id, tree: state.tree, settings: state.settings },
        shownPictureId: null,
      };
    case 'previous-forgotten':
      return { ...state, previous: null };
    case 'restored': {
      if (state.previous === null) return state;
      const { id, tree, settings } = state.previous;
      return { ...withTree(state, tree), id, settings, previous: null, shownPictureId: null };
    }
    case 'opened': {
      const { id, tree, settings, draft, editing } = action.conversation;
      return {
        ...withTree(state, tree),
        id,
        settings,
        draft: { ...draft },
        editing,
        previous: null,
        shownPictureId: null,
      };
    }
    case 'merged':
      return withTree(state, mergedTree(state.tree, action.turns, action.removed));
    case 'draft-restored':
      return { ...state, draft: joined(action.draft, state.draft) };
    case 'settings-chosen':
      return { ...state, settings: action.settings };
    case 'noticed':
      return { ...state, notices: [...state.notices, action.notice] };
    case 'notice-dismissed':
      return { ...state, notices: state.notices.filter(({ id }) => id !== action.noticeId) };
    default: {
      const { turnId } = action;
      const tree = withChangedTurn(state.tree, turnId, (turn) => answered(turn, action));
      return withTree(state, settled(tree, turnId));
    }
  }
}

/** Two drafts in one, so that none is lost. */
export function joined(first: Question, second: Question | undefined): Question {
  if (second === undefined) return first;
  const detail = first.detail ?? second.detail;
  return {
    text: [first.text, second.text].filter((text) => text.trim() !== '').join('\n'),
    pictures: [...first.pictures, ...second.pictures],
    ...(detail !== undefined && { detail }),
  };
}

/**
 * Whether the composer still holds the draft that it held before. An edited question and another conversation bring
 * their own; a new conversation takes the draft along.
 */
export function holdsDraftOf(before: Conversation, now: Conversation): boolean {
  const isKept = now.id === before.id || now.previous?.id === before.id;
  return isKept && now.editing?.turnId === before.editing?.turnId;
}

/** The turn that waits for its answer or receives it, if any. */
export function openTurn(state: Conversation): Turn | null {
  return state.tree.turns.findLast(({ answer }) => isOpen(answer)) ?? null;
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
export function heldPictures({ tree, previous, editing, draft }: Conversation): Map<string, Picture> {
  const questions = [
    ...[...tree.turns, ...(previous?.tree.turns ?? [])].map(({ question }) => question),
    ...(editing === null ? [] : [editing.setAside]),
    draft,
  ];
  return new Map(questions.flatMap(({ pictures }) => pictures.map((picture) => [picture.id, picture])));
}
