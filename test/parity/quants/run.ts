/**
 * Judges every format by llama.cpp, in text and about pictures: `npm run parity -- --quants`.
 *
 * A small random model is written in the format. llama.cpp has its twin, in which every weight is dequantised to
 * F32, since for quantised weights it would round activations to 8 bits. It draws tokens with temperature 1; at each
 * its probabilities are compared with those that the engine, with the weights as they are, has after the same
 * tokens. llama.cpp's own run on the quantised file is led along the same tokens and compared in the same way.
 */

import type { Device } from '../../../src/model/request.ts';
import { withTestPage } from '../../support/harness.ts';
import type { QuantAnswer, QuantRequest, QuantResult } from './contract.ts';
import { quants } from './models.ts';

const POSITIONS = 300;
const MOST_MEAN_KL = 1e-5;
const LEAST_AGREEMENT = 0.99;
const TIMEOUT_MS = 60 * 60_000;

/**
 * @param positions of either part in each format; default {@link POSITIONS}
 * @param formats names of some, separated by commas; default: all, and the mixture
 * @returns the report, and a line for everything that is not as it must be
 */
export async function judgeQuants(
  device: Device,
  positions: number | null,
  formats: string | null,
): Promise<{ results: QuantResult[]; problems: string[] }> {
  const wanted = formats === null ? quants : formats.split(',');
  const unknown = wanted.find((name) => !quants.includes(name));
  if (unknown !== undefined) throw new Error(`--formats knows ${quants.join(', ')}, not ${unknown}.`);
  const results: QuantResult[] = [];
  const problems: string[] = [];
  await withTestPage({ page: 'test/parity/quants', timeoutMs: TIMEOUT_MS }, async ({ ask }) => {
    for (const quant of wanted) {
      const request: QuantRequest = { quant, device, positions: positions ?? POSITIONS };
      const answer = await ask<QuantAnswer>(request);
      for (const result of answer.results) console.error(lineOf(result));
      results.push(...answer.results);
      problems.push(
        ...answer.mismatches,
        ...answer.results.flatMap((result) => complaints(result, request.positions)),
      );
    }
  });
  return { results, problems };
}

function lineOf({ quant, part, meanKL, agreement, positions, llamaMeanKL }: QuantResult): string {
  const share = (100 * agreement).toFixed(1);
  return `${quant}, ${part}: KL ${meanKL.toExponential(1)}, ${share} % of ${positions} alike; llama.cpp's own ${llamaMeanKL.toExponential(1)}`;
}

function complaints(result: QuantResult, wanted: number): string[] {
  const { quant, part, dequantizedEqual, meanKL, agreement, positions } = result;
  const found: string[] = [];
  if (!dequantizedEqual) found.push('llama.cpp dequantises to other numbers');
  // NaN fails both comparisons.
  if (!(meanKL <= MOST_MEAN_KL)) found.push(`mean KL ${meanKL}`);
  if (!(agreement >= LEAST_AGREEMENT)) found.push(`${agreement} of positions agree`);
  if (!(positions >= wanted)) found.push(`${positions} of ${wanted} positions`);
  return found.map((what) => `${quant}, ${part}: ${what}`);
}
