/** What is told of how an answer was asked for. */
import { html, nothing } from 'lit';
import { SAMPLING_RANGES, type SamplingOptions } from '../../model/sampling.ts';
import type { ChatResult } from '../../rpc/contract.ts';
import type { AskedWith } from '../settings/settings.ts';
import { words } from '../words/index.ts';

/**
 * @param asked null for answers that are older than settings are
 * @param result null where there is none; it tells what applied where nothing was set
 */
export function askedFigures(asked: AskedWith | null, result: ChatResult | null) {
  if (asked === null) return nothing;
  const { asked: said } = words;
  const { answers, systemPrompt } = asked;
  const figures: [string, string][] = [[said.model, said.modelOn(asked.model, asked.deviceName)]];
  const drawn = drawnWords(result?.sampling ?? answers.sampling);
  if (drawn !== '') figures.push([said.sampling, drawn]);
  const seed = result?.seed ?? answers.seed;
  // Where nothing is drawn, there are no random numbers.
  const isGreedy = (result?.sampling ?? answers.sampling).temperature === 0;
  if (seed !== null && !isGreedy) figures.push([said.seed, String(seed)]);
  if (answers.maxTokens !== null) figures.push([said.limit, words.common.tokens(answers.maxTokens)]);
  if (answers.stop.length > 0)
    figures.push([said.stop, answers.stop.map((text) => JSON.stringify(text)).join(' ')]);
  figures.push([said.systemPrompt, systemPrompt.trim() === '' ? said.none : systemPrompt]);
  return html`<dl class="asked">
    ${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}
  </dl>`;
}

/** Options that change something, in the order of the settings. */
function drawnWords(sampling: Partial<SamplingOptions>): string {
  const { options } = words.settings;
  // Greedy: nothing else counts but the penalties.
  const isGreedy = sampling.temperature === 0;
  const off: Partial<SamplingOptions> = {
    topP: 1,
    topK: 0,
    minP: 0,
    presencePenalty: 0,
    frequencyPenalty: 0,
    repetitionPenalty: 1,
  };
  const named = (Object.keys(SAMPLING_RANGES) as (keyof SamplingOptions)[]).filter((option) => {
    const value = sampling[option];
    if (value === undefined || value === off[option]) return false;
    return !isGreedy || !['topP', 'topK', 'minP'].includes(option);
  });
  return named.map((option) => words.asked.option(options[option].name, sampling[option]!)).join(', ');
}
