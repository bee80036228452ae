/** What the reader has set, as values. Pure: reading checks, nothing here keeps or draws. */
import type { ChatRequest, ModelInfo } from '../../model/request.ts';
import { SAMPLING_RANGES, type SamplingOptions } from '../../model/sampling.ts';
import { THEMES, type Theme } from './theme.ts';

/** How answers are made, beside what is asked. What is null, or missing, is as the model recommends it. */
export interface AnswerSettings {
  /** Overrides of the sampling that is recommended for the mode that a question is asked in. */
  readonly sampling: Partial<SamplingOptions>;
  /** Null draws another one each time. */
  readonly seed: number | null;
  /** Longest answer, in tokens; null: what the context leaves. */
  readonly maxTokens: number | null;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  /** Whether the model thinks first, where it can do both. */
  readonly thinking: boolean | null;
  /** Tokens of reasoning at most, where the model thinks. */
  readonly thinkingBudget: number | null;
}

/** What a question is asked with. */
export interface AskSettings {
  /** Said to the model before everything else; empty: nothing is. */
  readonly systemPrompt: string;
  readonly answers: AnswerSettings;
}

/** What one conversation has of its own, in place of what holds for all. */
export type ConversationSettings = Partial<AskSettings>;

export interface Settings extends AskSettings {
  readonly theme: Theme;
  /** Single keys, such as `?`, are shortcuts outside of fields. Some ways of entering text set them off. */
  readonly characterKeys: boolean;
}

/** What an answer was asked with, kept with it. */
export interface AskedWith extends AskSettings {
  /** The model's name. */
  readonly model: string;
  /** What it ran on, in plain words. */
  readonly deviceName: string;
  /** In tokens. */
  readonly contextLength: number;
}

export const DEFAULT_ANSWERS: AnswerSettings = {
  sampling: {},
  seed: null,
  maxTokens: null,
  stop: [],
  thinking: null,
  thinkingBudget: null,
};

export const DEFAULT_SETTINGS: Settings = {
  systemPrompt: '',
  answers: DEFAULT_ANSWERS,
  theme: 'system',
  characterKeys: true,
};

/** Longest system prompt, in characters. */
export const MAX_SYSTEM_PROMPT = 20_000;
/** As many as the engine takes. */
export const MAX_STOP_STRINGS = 4;
const MAX_STOP_LENGTH = 200;

/** Whole numbers that a setting may have; the sampling options have {@link SAMPLING_RANGES}. */
export const WHOLE_RANGES = {
  seed: [0, 2 ** 32 - 1],
  maxTokens: [1, 1_000_000],
  thinkingBudget: [0, 1_000_000],
} as const satisfies Record<string, readonly [number, number]>;

/** Options that only take whole numbers. */
const WHOLE_OPTIONS: ReadonlySet<string> = new Set<keyof SamplingOptions>(['topK']);

/** Whether a sampling option may have this value. */
export function isSamplingValue(option: keyof SamplingOptions, value: unknown): value is number {
  const [least, most] = SAMPLING_RANGES[option];
  if (typeof value !== 'number' || !(value >= least && value <= most)) return false;
  return !WHOLE_OPTIONS.has(option) || Number.isInteger(value);
}

/** Whether a setting may be this whole number. */
export function isWholeValue(setting: keyof typeof WHOLE_RANGES, value: unknown): value is number {
  const [least, most] = WHOLE_RANGES[setting];
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** A number as people write it: with a comma for a point, or with thousands set apart; NaN if it is none. */
export function readNumber(text: string, whole: boolean): number {
  if (!whole) return Number(text.replace(',', '.'));
  const isGrouped = /^\d{1,3}(?:[.,’'\u00a0\u202f ]\d{3})+$/.test(text);
  return Number(isGrouped ? text.replaceAll(/\D/g, '') : text);
}

/** Settings as they were written down. What is none, or out of its range, is as if it had never been set. */
export function readSettings(value: unknown): Settings {
  const { theme, characterKeys } = fieldsOf(value);
  return {
    ...readAskSettings(value),
    theme: THEMES.find((known) => known === theme) ?? DEFAULT_SETTINGS.theme,
    characterKeys: typeof characterKeys === 'boolean' ? characterKeys : DEFAULT_SETTINGS.characterKeys,
  };
}

/** {@link readSettings} for what a question is asked with. */
export function readAskSettings(value: unknown): AskSettings {
  const { systemPrompt, answers } = fieldsOf(value);
  return { systemPrompt: promptFrom(systemPrompt) ?? '', answers: readAnswers(answers) };
}

/** {@link readSettings} for what a conversation has of its own. */
export function readConversationSettings(value: unknown): ConversationSettings {
  const { systemPrompt, answers } = fieldsOf(value);
  const prompt = promptFrom(systemPrompt);
  return {
    ...(prompt !== null && { systemPrompt: prompt }),
    ...(typeof answers === 'object' && answers !== null && { answers: readAnswers(answers) }),
  };
}

/** {@link readSettings} for what is written with an answer; null if it is none. */
export function readAskedWith(value: unknown): AskedWith | null {
  const { model, deviceName, contextLength } = fieldsOf(value);
  if (typeof model !== 'string' || typeof deviceName !== 'string') return null;
  if (!Number.isInteger(contextLength)) return null;
  return {
    ...readAskSettings(value),
    model: model.slice(0, 200),
    deviceName: deviceName.slice(0, 200),
    contextLength: contextLength as number,
  };
}

/** How tokens of an answer were drawn, as it is written with the answer; null unless all of it is there. */
export function readDrawnWith(value: unknown): SamplingOptions | null {
  const sampling = readSampling(value);
  return Object.keys(sampling).length === Object.keys(SAMPLING_RANGES).length
    ? (sampling as SamplingOptions)
    : null;
}

/** What a question of a conversation is asked with. */
export function settingsFor(all: AskSettings, own: ConversationSettings): AskSettings {
  return {
    systemPrompt: own.systemPrompt ?? all.systemPrompt,
    answers: own.answers ?? all.answers,
  };
}

/** Whether a conversation has nothing of its own. */
export function isAsAll(own: ConversationSettings): boolean {
  return own.systemPrompt === undefined && own.answers === undefined;
}

/** The part of a request that settings decide, as far as the model can do what they say. */
export function requestSettings(
  { sampling, seed, maxTokens, stop, thinking, thinkingBudget }: AnswerSettings,
  model: Pick<ModelInfo, 'thinking'>,
): Partial<ChatRequest> {
  const thinks = model.thinking === 'always' || (model.thinking === 'switchable' && thinking !== false);
  return {
    ...(Object.keys(sampling).length > 0 && { sampling: { ...sampling } }),
    ...(seed !== null && { seed }),
    ...(maxTokens !== null && { maxTokens }),
    ...(stop.length > 0 && { stop: [...stop] }),
    ...(thinking !== null && model.thinking === 'switchable' && { thinking }),
    ...(thinkingBudget !== null && thinks && { thinkingBudget }),
  };
}

function readAnswers(value: unknown): AnswerSettings {
  const { sampling, seed, maxTokens, stop, thinking, thinkingBudget } = fieldsOf(value);
  return {
    sampling: readSampling(sampling),
    seed: isWholeValue('seed', seed) ? seed : null,
    maxTokens: isWholeValue('maxTokens', maxTokens) ? maxTokens : null,
    stop: Array.isArray(stop) ? stop.filter(isStop).slice(0, MAX_STOP_STRINGS) : [],
    thinking: typeof thinking === 'boolean' ? thinking : null,
    thinkingBudget: isWholeValue('thinkingBudget', thinkingBudget) ? thinkingBudget : null,
  };
}

function readSampling(value: unknown): Partial<SamplingOptions> {
  const fields = fieldsOf(value);
  const options = Object.keys(SAMPLING_RANGES) as (keyof SamplingOptions)[];
  const known = options.filter((option) => isSamplingValue(option, fields[option]));
  return Object.fromEntries(known.map((option) => [option, fields[option]]));
}

const isStop = (text: unknown): text is string =>
  typeof text === 'string' && text !== '' && text.length <= MAX_STOP_LENGTH;

function promptFrom(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, MAX_SYSTEM_PROMPT) : null;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
