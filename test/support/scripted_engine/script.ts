import type { GlanceErrorCode } from '../../../src/model/errors.ts';
import type { ChatResult, ModelInfo } from '../../../src/rpc/contract.ts';

/** What the engine says to one question. */
export interface ScriptedAnswer {
  text: string;
  /** What it thinks before. */
  reasoning?: string;
  /** Default: all at once. */
  tokensPerSecond?: number;
  /** Ends when the test lets it, and then at once: it can be looked at as it grows, however slow the machine is. */
  held?: boolean;
  /** It fails with this after the text. */
  error?: { code: GlanceErrorCode; message: string };
  /** Of the result, what differs from that of a plain answer. */
  result?: Partial<Omit<ChatResult, 'text' | 'reasoning'>>;
}

/** What a {@link ScriptedService} does in place of a model. */
export interface Script {
  info?: Partial<ModelInfo>;
  /** One for each question in turn; the last one for all that follow. */
  answers: ScriptedAnswer[];
}

/** Cuts a text into pieces as long as a vocabulary's tokens: a word with the space before it, at most 6 letters. */
export function piecesOf(text: string): string[] {
  return text.match(/ ?[\p{L}\p{M}]{1,6}|\d{1,3}|\s+|[^\s\p{L}\p{M}\d]/gu) ?? [];
}
