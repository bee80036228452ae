import type { CompletionUsage } from 'openai/resources/completions';
import type { ChatEvent, ChatResult, TokenLogprobs } from '../model/request.ts';

/** What every event and every answer of one request says of itself. */
export interface Heading {
  id: string;
  /** Seconds since 1970. */
  created: number;
  model: string;
  system_fingerprint: string;
}

/** One answer of a request. */
export interface Answer {
  /** Counts the request's answers from 0. */
  index: number;
  result: ChatResult;
  /** Of the text's tokens, without those of reasoning and calls; null if they were not asked for. */
  logprobs: TokenLogprobs[] | null;
}

/** How a kind of completion writes its answers, whole and in pieces. */
export interface Shape {
  /** The first pieces of an answer. */
  opening(index: number): object[];
  /** The piece that tells of an event; null if it is none of the listener's business. */
  piece(index: number, event: ChatEvent): object | null;
  /** The last piece of an answer. */
  closing(answer: Answer): object;
  /** The piece that tells of tokens, after all answers. */
  usage(usage: CompletionUsage): object;
  whole(answers: readonly Answer[], usage: CompletionUsage): object;
}
