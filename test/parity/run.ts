/**
 * Compares what Glance computes in Chromium with two independent judges that have the same weights: the
 * PyTorch model (its numbers lie in test/fixtures/parity) and llama.cpp (compiled to WebAssembly).
 *
 *     npm run parity -- [--device wasm] [--positions 300] [--json]
 */
import { finish, readArguments } from '../support/arguments.ts';
import { runInChromium } from '../support/harness.ts';
import type { ParityAnswer, ParityRequest, ParityResult } from './contract.ts';
import { TOLERANCE } from './pytorch.ts';

const POSITIONS = 372;
const LEAST_AGREEMENT = 0.99;

const { device, json, count } = readArguments('positions');
const request: ParityRequest = { device, positions: count ?? POSITIONS };
const { results, mismatches } = await runInChromium<ParityAnswer>({
  page: 'test/parity',
  request,
  timeoutMs: 300_000,
});

function complaint({ judge, what, maxAbs, agreement, positions }: ParityResult): string | null {
  // PyTorch's numbers are close to ours; llama.cpp approximates GELU in the mergers, so its tokens count.
  // NaN fails both comparisons.
  if (judge === 'pytorch' && !(maxAbs <= TOLERANCE)) return `${judge}, ${what}: off by ${maxAbs}`;
  if (judge === 'llama.cpp' && !(agreement >= LEAST_AGREEMENT && positions >= request.positions)) {
    return `${judge}, ${what}: ${agreement} of ${positions} positions agree`;
  }
  return null;
}

if (!json) console.table(results);
finish(json, { results }, [...mismatches, ...results.flatMap((result) => complaint(result) ?? [])]);
