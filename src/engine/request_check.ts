import { GlanceError } from '../model/errors.ts';
import type { ChatRequest } from '../model/request.ts';
import type { SamplingOptions } from '../model/sampling.ts';
import { MAX_TOP_LOGPROBS } from './logprobs.ts';
import { checkSampling } from './sampler.ts';

const MAX_STOP_STRINGS = 4;
const MAX_BIAS = 100;

/** @throws GlanceError `invalid-argument` that names the argument and what it may be. */
export function checkRequest(request: ChatRequest, sampling: SamplingOptions, vocabSize: number): void {
  checkSampling(sampling);
  wholeNumber('maxTokens', request.maxTokens, 1);
  wholeNumber('maxPixels', request.maxPixels, 1);
  wholeNumber('seed', request.seed, Number.MIN_SAFE_INTEGER);
  wholeNumber('logprobs', request.logprobs, 0);
  if ((request.logprobs ?? 0) > MAX_TOP_LOGPROBS) {
    throw invalid('logprobs', `may be at most ${MAX_TOP_LOGPROBS}, not ${request.logprobs}`);
  }
  for (const [id, bias] of request.logitBias ?? []) {
    if (Number.isInteger(id) && id >= 0 && id < vocabSize && Math.abs(bias) <= MAX_BIAS) continue;
    throw invalid('logitBias', `must hold token ids below ${vocabSize} and numbers from -100 to 100`);
  }
  if (request.stop !== undefined && !Array.isArray(request.stop)) {
    throw invalid('stop', 'must be a list of strings');
  }
  if (request.stop !== undefined && request.stop.length > MAX_STOP_STRINGS) {
    throw invalid('stop', `may hold up to ${MAX_STOP_STRINGS} strings, not ${request.stop.length}`);
  }
  if (request.stop?.some((stop) => typeof stop !== 'string' || stop === '')) {
    throw invalid('stop', 'must hold non-empty strings');
  }
}

function wholeNumber(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  const range = least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`;
  throw invalid(name, `must be a whole number${range}, not ${value}`);
}

function invalid(name: string, what: string): GlanceError {
  return new GlanceError('invalid-argument', `${name} ${what}.`, { details: { argument: name } });
}
