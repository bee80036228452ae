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

/** Why an answer ended: the model was done or met a stop string, reached a limit, or was stopped. */
export type FinishReason = 'stop' | 'length' | 'abort';
