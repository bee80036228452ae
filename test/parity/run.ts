/**
 * Compares what Glance computes in Chromium with independent judges that have the same weights: the PyTorch
 * model (its numbers lie in test/fixtures/parity) and llama.cpp (compiled to WebAssembly). The GPU path is
 * judged by the CPU path too, on weights in further formats.
 *
 *     npm run parity -- [--device wasm|webgpu] [--positions 300] [--json]
 *     npm run parity -- --decode [--positions 256] [--json]
 *     npm run parity -- --quants [--formats Q4_K,Q4_K_M] [--device wasm|webgpu] [--positions 300] [--json]
 *
 * Without a device both are judged. Fewer positions also shorten what the GPU has to do for PyTorch, and leave it one
 * format beside those of the shipped files.
 * `--decode` compares our GPU kernels with ONNX Runtime's graphs instead, token by token (decode/run.ts).
 * `--quants` has llama.cpp judge every format of weights, by default on the GPU (quants/run.ts).
 */
import { finish, readArguments } from '../support/arguments.ts';
import { withTestPage } from '../support/harness.ts';
import {
  type ParityAnswer,
  type ParityRequest,
  type ParityResult,
  POSITIONS_PER_FORMAT,
} from './contract.ts';
import { judgeDecoding } from './decode/run.ts';
import { TOLERANCE } from './pytorch.ts';
import { judgeQuants } from './quants/run.ts';

const POSITIONS = 372;
/** With fewer positions, one of PyTorch's conversations goes with so many of them. */
const POSITIONS_PER_CONVERSATION = 12;
const LEAST_AGREEMENT = 0.99;
const TIMEOUT_MS = 880_000;

const {
  device: wanted,
  json,
  count,
  flags,
  texts,
} = readArguments('positions', ['decode', 'quants'], ['formats']);
const { results, problems } = flags.has('decode')
  ? await judgeDecoding(count)
  : flags.has('quants')
    ? await judgeQuants(wanted ?? 'webgpu', count, texts.get('formats') ?? null)
    : await judge(count ?? POSITIONS);
if (!json) console.table(results);
finish(json, { results }, problems);

async function judge(positions: number): Promise<{ results: ParityResult[]; problems: string[] }> {
  const results: ParityResult[] = [];
  const mismatches: string[] = [];
  // The shipped text model is in Q8_0 as well.
  const formats: ParityRequest['formats'] = positions < POSITIONS ? ['Q4_0'] : ['Q8_0', 'Q4_0'];
  await withTestPage({ page: 'test/parity', timeoutMs: TIMEOUT_MS }, async ({ ask }) => {
    for (const device of wanted ? [wanted] : (['wasm', 'webgpu'] as const)) {
      const conversations = Math.ceil(
        (device === 'wasm' ? POSITIONS : positions) / POSITIONS_PER_CONVERSATION,
      );
      const request: ParityRequest = { device, positions, conversations, formats };
      const answer = await ask<ParityAnswer>(request);
      results.push(...answer.results);
      mismatches.push(...answer.mismatches.map((mismatch) => `${device}, ${mismatch}`));
    }
  });
  return {
    results,
    problems: [...mismatches, ...results.flatMap((result) => complaint(result, positions) ?? [])],
  };
}

function complaint(result: ParityResult, positions: number): string | null {
  const { judge, device, what, maxAbs, agreement, positions: found } = result;
  const name = `${device} by ${judge}, ${what}`;
  // PyTorch's numbers are close to ours; llama.cpp approximates GELU in the mergers, so its tokens count.
  // NaN fails both comparisons.
  if (judge !== 'llama.cpp' && !(maxAbs <= TOLERANCE)) return `${name}: off by ${maxAbs}`;
  const least = what === 'tokens' ? positions : Math.min(positions, POSITIONS_PER_FORMAT);
  if (judge === 'llama.cpp' && !(agreement >= LEAST_AGREEMENT && found >= least)) {
    return `${name}: ${agreement} of ${found} positions agree`;
  }
  return null;
}
