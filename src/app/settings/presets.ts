/** Ways to draw tokens that have a name: the publisher's, by mode, and greedy. */
import type { ModelInfo } from '../../model/request.ts';
import { defaultSampling, GREEDY, publishedSampling, type SamplingOptions } from '../../model/sampling.ts';

export type PresetId =
  | 'vl-instruct'
  | 'vl-instruct-text'
  | 'vl-thinking'
  | 'text-thinking'
  | 'text-direct'
  | 'greedy';

export interface Preset {
  readonly id: PresetId;
  readonly sampling: SamplingOptions;
}

const published = (architecture: 'qwen3' | 'qwen3vl', thinking: boolean, pictures: boolean) =>
  publishedSampling({ architecture, thinking, pictures });

export const PRESETS: readonly Preset[] = [
  { id: 'vl-instruct', sampling: published('qwen3vl', false, true) },
  { id: 'vl-instruct-text', sampling: published('qwen3vl', false, false) },
  { id: 'vl-thinking', sampling: published('qwen3vl', true, true) },
  { id: 'text-thinking', sampling: published('qwen3', true, false) },
  { id: 'text-direct', sampling: published('qwen3', false, false) },
  { id: 'greedy', sampling: GREEDY },
];

/** The preset that overrides amount to: `recommended` for none, `own` for values that have no name. */
export function presetOf(sampling: Partial<SamplingOptions>): PresetId | 'recommended' | 'own' {
  if (Object.keys(sampling).length === 0) return 'recommended';
  return PRESETS.find((preset) => isSame(preset.sampling, sampling))?.id ?? 'own';
}

function isSame(one: SamplingOptions, other: Partial<SamplingOptions>): boolean {
  return (Object.keys(one) as (keyof SamplingOptions)[]).every((option) => one[option] === other[option]);
}

/**
 * What applies where nothing is set, as the engine has it.
 *
 * @param thinking as set; null: as the model does unasked
 * @param pictures the conversation holds some
 */
export function recommendedSampling(
  model: Pick<ModelInfo, 'architecture' | 'fileSampling' | 'thinksUnasked' | 'thinking'>,
  thinking: boolean | null,
  pictures: boolean,
): SamplingOptions {
  const thinks =
    model.thinking === 'switchable' ? (thinking ?? model.thinksUnasked) : model.thinking === 'always';
  return defaultSampling(model.fileSampling, {
    architecture: model.architecture,
    thinking: thinks,
    pictures,
  });
}
