import type { ConversationAction } from './conversation.ts';
import type { SessionState } from './session.ts';

/** What the parts of a session may do with it. */
export interface SessionPage {
  state(): SessionState;
  /** Changes the conversation. */
  dispatch(action: ConversationAction): void;
  /** Has a screen reader say this. */
  announce(text: string): void;
  /** Shows an error that belongs to no question. */
  report(error: unknown, title?: string): void;
}
