/** How the next token is drawn. */
export interface SamplingOptions {
  /** 0 always takes the likeliest token (greedy). */
  temperature: number;
  /** Keep the smallest set of tokens whose probabilities add up to this share, 0..1. */
  topP: number;
  /** Keep this many of the likeliest tokens; 0 keeps all. */
  topK: number;
  /** Drop tokens less likely than this share of the likeliest one, 0..1. */
  minP: number;
  /** Subtracted once from the logit of every token that was generated already, -2..2. */
  presencePenalty: number;
  /** Subtracted as often as a token was generated already, -2..2. */
  frequencyPenalty: number;
  /** Divides positive and multiplies negative logits of tokens seen in prompt or answer; 1 is off. */
  repetitionPenalty: number;
}

/** Least and greatest value of each option, as in the OpenAI API where it has the option. */
export const SAMPLING_RANGES: Readonly<Record<keyof SamplingOptions, readonly [number, number]>> = {
  temperature: [0, 2],
  topP: [0, 1],
  topK: [0, Number.MAX_SAFE_INTEGER],
  minP: [0, 1],
  presencePenalty: [-2, 2],
  frequencyPenalty: [-2, 2],
  repetitionPenalty: [0.01, 10],
};

/** Takes the likeliest token each time. */
export const GREEDY: SamplingOptions = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
};

/** Why an answer ended: the model was done or met a stop string, reached a limit, asked for calls, or was stopped. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'abort';

/** Nothing but the logits: temperature 1, no cut, no penalty. */
const NEUTRAL: SamplingOptions = { ...GREEDY, temperature: 1 };

/**
 * Sampling as the publisher of Qwen3 and Qwen3-VL recommends it (model cards of the official repositories).
 *
 * @param model.thinking the model reasons before it answers
 * @param model.pictures the conversation holds pictures
 */
export function publishedSampling(model: {
  architecture: 'qwen3' | 'qwen3vl';
  thinking: boolean;
  pictures: boolean;
}): SamplingOptions {
  if (model.architecture === 'qwen3') {
    return model.thinking
      ? { ...NEUTRAL, temperature: 0.6, topP: 0.95, topK: 20 }
      : { ...NEUTRAL, temperature: 0.7, topP: 0.8, topK: 20 };
  }
  if (model.thinking) return { ...NEUTRAL, topP: 0.95, topK: 20 };
  return model.pictures
    ? { ...NEUTRAL, temperature: 0.7, topP: 0.8, topK: 20, presencePenalty: 1.5 }
    : { ...NEUTRAL, topK: 40, presencePenalty: 2 };
}

/**
 * What applies when a request says nothing: the publisher's recommendation with the file's own values in
 * place of it. Files cannot express every option, so they only count as complete where they ask for greedy
 * decoding, which penalties would spoil.
 */
export function defaultSampling(
  fromFile: Partial<SamplingOptions>,
  model: Parameters<typeof publishedSampling>[0],
): SamplingOptions {
  return fromFile.temperature === 0
    ? { ...GREEDY, ...fromFile }
    : { ...publishedSampling(model), ...fromFile };
}
