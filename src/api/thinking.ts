/** Whether and how long a model thinks, in the several ways in which servers are asked for it. */
import type { ReasoningEffort } from 'openai/resources/shared';
import type { ChatRequest, ModelInfo } from '../model/request.ts';
import { RequestError } from './errors.ts';
import { type Fields, invalid, unsupported } from './fields.ts';

type ThinkingParameters = Pick<ChatRequest, 'thinking' | 'thinkingBudget' | 'templateVariables'>;

export type Effort = NonNullable<ReasoningEffort>;

/** Tokens of reasoning that an effort allows; null: as many as the answer has room for. */
const EFFORTS: Readonly<Record<Effort, { thinking: boolean; budgetTokens: number | null }>> = {
  none: { thinking: false, budgetTokens: null },
  minimal: { thinking: false, budgetTokens: null },
  low: { thinking: true, budgetTokens: 512 },
  medium: { thinking: true, budgetTokens: 2048 },
  high: { thinking: true, budgetTokens: null },
  xhigh: { thinking: true, budgetTokens: null },
  max: { thinking: true, budgetTokens: null },
};

/** @throws RequestError that names the parameter, also where two of them contradict each other */
export function readThinking(body: Fields): ThinkingParameters {
  const template = body.object('chat_template_kwargs');
  const variables: Record<string, unknown> = {};
  for (const name of template?.names ?? []) {
    if (name !== 'enable_thinking') variables[name] = template!.value(name) ?? null;
  }
  const effort = readEffort(body);
  const wishes = [
    { name: 'enable_thinking', wish: body.boolean('enable_thinking') },
    { name: 'chat_template_kwargs.enable_thinking', wish: template?.boolean('enable_thinking') },
    { name: 'reasoning_effort', wish: effort && EFFORTS[effort].thinking },
  ].filter(({ wish }) => wish !== undefined);
  const thinking = wishes[0]?.wish;
  const contrary = wishes.find(({ wish }) => wish !== thinking);
  if (contrary) {
    throw new RequestError(
      'invalid_value',
      contrary.name,
      `'${contrary.name}' says the contrary of '${wishes[0]!.name}'. Keep one of them.`,
    );
  }
  const budget = body.integer('thinking_budget', { min: 0 }) ?? (effort && EFFORTS[effort].budgetTokens);
  return {
    ...(thinking !== undefined && { thinking }),
    ...(budget != null && { thinkingBudget: budget }),
    ...(Object.keys(variables).length > 0 && { templateVariables: variables }),
  };
}

export function readEffort(body: Fields): Effort | undefined {
  return body.choice('reasoning_effort', Object.keys(EFFORTS) as Effort[]);
}

/** @throws RequestError for an effort that a model cannot make, or cannot but make */
export function checkEffort(effort: Effort | undefined, { thinking }: ModelInfo): void {
  if (effort === undefined) return;
  if (EFFORTS[effort].thinking && thinking === 'never') {
    throw unsupported(
      'reasoning_effort',
      `'reasoning_effort' can only be 'none' for this model, which does not think before it answers.`,
    );
  }
  if (!EFFORTS[effort].thinking && thinking === 'always') {
    throw unsupported(
      'reasoning_effort',
      `'reasoning_effort' cannot be '${effort}' for this model, which always thinks before it answers.`,
    );
  }
}

/**
 * Whether the answer goes on where the last message ends, as vLLM's `continue_final_message` asks for it; its
 * `add_generation_prompt` says the contrary of that.
 *
 * @param lastRole role of the conversation's last message
 */
export function readContinueLast(body: Fields, lastRole: string): boolean {
  const goesOn = body.boolean('continue_final_message') ?? false;
  if (goesOn && lastRole !== 'assistant') {
    throw invalid('continue_final_message', "is for conversations whose last message is the assistant's");
  }
  const prompted = body.boolean('add_generation_prompt');
  if (prompted !== undefined && prompted === goesOn) {
    throw invalid('add_generation_prompt', `must be ${!goesOn} here, or left out`);
  }
  return goesOn;
}

/** Parameters that can only have one value here. */
export function checkFixed(body: Fields): void {
  const modalities = body.list('modalities')?.map(({ value }) => value);
  if (modalities && !(modalities.length === 1 && modalities[0] === 'text')) {
    throw unsupported('modalities', "'modalities' can only be ['text']: no model here speaks.");
  }
  const verbosity = body.choice('verbosity', ['low', 'medium', 'high']);
  if (verbosity !== undefined && verbosity !== 'medium') {
    throw unsupported(
      'verbosity',
      "'verbosity' can only be 'medium': these models do not know it. Say in a message how long the answer should be.",
    );
  }
}
