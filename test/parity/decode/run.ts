/**
 * Compares what our kernels draw greedily with what ONNX Runtime's graphs lead to, token by token, on pico and
 * on random models: `npm run parity -- --decode`.
 */
import { runInChromium } from '../../support/harness.ts';
import type { DecodeRequest, DecodeResult } from './contract.ts';

const TOKENS = 256;
/** The graphs take half a second for a token on a machine without a GPU. */
const TIMEOUT_MS = 40 * 60_000;

/**
 * @param tokens to draw with each model; default {@link TOKENS}
 * @returns the report, and a line for each model that failed
 */
export async function judgeDecoding(
  tokens: number | null,
): Promise<{ results: DecodeResult[]; problems: string[] }> {
  const request: DecodeRequest = { tokens: tokens ?? TOKENS };
  const results = await runInChromium<DecodeResult[]>({
    page: 'test/parity/decode',
    request,
    timeoutMs: TIMEOUT_MS,
  });
  const problems = results
    .filter(({ equal }) => equal < request.tokens)
    .map(
      ({ model, equal, gapAtDifference }) =>
        `${model}: token ${equal} differs, where the two likeliest are ${gapAtDifference} apart`,
    );
  return { results, problems };
}
