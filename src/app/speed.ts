import type { ChatResult } from '../rpc/contract.ts';

/** Tokens a second of an answer, or null if it is too short to say. The first token belongs to the prompt. */
export function tokensPerSecond({ usage, timings }: ChatResult): number | null {
  const tokens = usage.completionTokens - 1;
  return tokens > 0 && timings.decodeMs > 0 ? (tokens * 1000) / timings.decodeMs : null;
}
