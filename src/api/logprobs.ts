/** Log-probabilities as the OpenAI API writes them. */
import type { ChatCompletionTokenLogprob } from 'openai/resources/chat/completions';
import type { CompletionChoice } from 'openai/resources/completions';
import type { TokenLogprob, TokenLogprobs } from '../model/request.ts';

// A byte order mark is text like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A token's text. A token that holds part of a character only has none: its bytes are written as escapes then,
 * `\xf0\x9f`.
 */
function tokenText(bytes: Uint8Array, prefix = ''): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const escapes = Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
    return prefix + escapes.join('');
  }
}

/** As chat completions have it. */
export function chatLogprob(token: TokenLogprobs): ChatCompletionTokenLogprob {
  const one = ({ bytes, logprob }: TokenLogprob) => ({
    token: tokenText(bytes),
    logprob,
    bytes: [...bytes],
  });
  return { ...one(token), top_logprobs: token.top.map(one) };
}

/**
 * As completions have it.
 *
 * @param tokens the answer's
 * @param offset where they begin in the choice's text
 */
export function completionLogprobs(
  tokens: readonly TokenLogprobs[],
  offset: number,
): CompletionChoice.Logprobs {
  const text = ({ bytes }: TokenLogprob) => tokenText(bytes, 'bytes:');
  const offsets: number[] = [];
  const pieces = new TextDecoder('utf-8', { ignoreBOM: true });
  let at = offset;
  for (const { bytes } of tokens) {
    offsets.push(at);
    at += pieces.decode(bytes, { stream: true }).length;
  }
  return {
    tokens: tokens.map(text),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    // The token that was drawn is there too, if it is not among the likeliest.
    top_logprobs: tokens.map((token) =>
      Object.fromEntries([...token.top, token].map((one) => [text(one), one.logprob])),
    ),
    text_offset: offsets,
  };
}
