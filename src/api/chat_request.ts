/** Requests of `/v1/chat/completions`, read and checked. */
import type { ChatRequest } from '../model/request.ts';
import { Fields, invalid } from './fields.ts';
import { readFormat } from './formats.ts';
import { type ReadMessage, readMessages } from './messages.ts';
import {
  CHAT_PARAMETERS,
  type CommonParameters,
  checkParameters,
  readCommon,
  requireBeside,
} from './parameters.ts';
import { checkFixed, type Effort, readContinueLast, readEffort, readThinking } from './thinking.ts';
import { readTools } from './tools.ts';

const MAX_TOP_LOGPROBS = 20;

export interface ReadChatRequest extends Omit<CommonParameters, 'drawing'> {
  /** Their pictures are yet to be fetched. */
  messages: ReadMessage[];
  /** Whether the model can make it is yet to be checked. */
  effort: Effort | undefined;
  /** The parameter that says what the answer must be. */
  formatName: string | null;
  /** All but the messages. */
  request: Omit<ChatRequest, 'messages'>;
}

/**
 * @param value the request's body, parsed
 * @throws RequestError that names the parameter and says what it may be
 */
export function readChatRequest(value: unknown): ReadChatRequest {
  const body = new Fields(value, '');
  checkParameters(body, CHAT_PARAMETERS);
  checkFixed(body);
  const { drawing, ...common } = readCommon(body);
  const messages = readMessages(body);
  const logprobs = readLogprobs(body);
  const format = readFormat(body);
  return {
    ...common,
    messages,
    effort: readEffort(body),
    formatName: format?.name ?? null,
    request: {
      ...drawing,
      ...readTools(body),
      ...readThinking(body),
      ...(format && { format: format.format }),
      ...(logprobs !== undefined && { logprobs }),
      ...(readContinueLast(body, messages.at(-1)!.role) && { continueLast: true }),
    },
  };
}

function readLogprobs(body: Fields): number | undefined {
  const wanted = body.boolean('logprobs');
  const top = body.integer('top_logprobs', { min: 0, max: MAX_TOP_LOGPROBS });
  requireBeside(body, 'top_logprobs', 'logprobs');
  if (wanted) return top ?? 0;
  if (top !== undefined && top > 0) throw invalid('top_logprobs', "needs 'logprobs' to be true");
  return undefined;
}
