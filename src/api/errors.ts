/** Errors as the OpenAI API gives them: `{ error: { message, type, param, code } }` under a status of HTTP. */
import type { ErrorObject } from 'openai/resources/shared';
import { GlanceError, type GlanceErrorCode } from '../model/errors.ts';
import type { ApiReply } from './exchange.ts';

/** What kind of fault a request has, in the words that the OpenAI API uses for `code`. */
export type RequestFault =
  | 'missing_required_parameter'
  | 'unknown_parameter'
  | 'unsupported_parameter'
  | 'unsupported_value'
  | 'invalid_type'
  | 'invalid_value'
  | 'invalid_image_url'
  | 'invalid_prompt'
  | 'context_length_exceeded'
  | 'model_not_found'
  | 'method_not_supported'
  | 'unknown_url';

const STATUS_OF_FAULT: Partial<Record<RequestFault, number>> = {
  model_not_found: 404,
  unknown_url: 404,
  method_not_supported: 405,
};

/** A request that cannot be answered as it is. */
export class RequestError extends GlanceError {
  readonly fault: RequestFault | null;
  /** Where the fault lies: `temperature`, `messages[0].content[1].image_url.url`. */
  readonly param: string | null;

  constructor(fault: RequestFault | null, param: string | null, message: string, cause?: unknown) {
    super('invalid-argument', message, { cause, details: { argument: param } });
    this.fault = fault;
    this.param = param;
  }
}

/** How one of Glance's errors looks from outside. */
interface Outside {
  status: number;
  type: 'invalid_request_error' | 'server_error';
  code: string;
  param?: string;
  /** Whether the same request may well succeed if it is sent again; clients are told. */
  retry?: true;
}

const request = (code: string, param?: string): Outside => ({
  status: 400,
  type: 'invalid_request_error',
  code,
  ...(param && { param }),
});
const unusableModel: Outside = { status: 500, type: 'server_error', code: 'model_unusable' };
const unavailable = (code: string): Outside => ({ status: 503, type: 'server_error', code });
const lost: Outside = { ...unavailable('engine_lost'), retry: true };
const notFound: Outside = { ...request('model_not_found', 'model'), status: 404 };
const picture = (code: string): Outside => request(code, 'messages');

/** 499 is what proxies write down when a client went away; nobody is left to read it. */
const ABORTED: Outside = { status: 499, type: 'invalid_request_error', code: 'request_cancelled' };

const OUTSIDE: Record<GlanceErrorCode, Outside> = {
  'file-unreachable': { ...unavailable('model_unavailable'), retry: true },
  'file-not-gguf': unusableModel,
  'file-truncated': unusableModel,
  'file-unsupported-version': unusableModel,
  'file-corrupt': unusableModel,
  'file-split': unusableModel,
  'model-wrong-architecture': unusableModel,
  'model-missing-metadata': unusableModel,
  'model-missing-tensor': unusableModel,
  'model-unsupported-format': unusableModel,
  'model-mismatched-pair': unusableModel,
  'model-too-large': unavailable('model_too_large'),
  'tokenizer-unsupported': unusableModel,
  'template-invalid': unusableModel,
  'template-failed': request('invalid_prompt', 'messages'),
  'prompt-invalid': request('invalid_prompt', 'messages'),
  'context-overflow': request('context_length_exceeded', 'messages'),
  'format-unsupported': request('unsupported_value', 'response_format'),
  'tools-unsupported': request('unsupported_parameter', 'tools'),
  'model-has-no-vision': request('unsupported_value', 'messages'),
  'download-failed': { ...unavailable('model_unavailable'), retry: true },
  'download-changed': unavailable('model_unavailable'),
  'download-corrupt': unavailable('model_unavailable'),
  'storage-full': unavailable('storage_full'),
  'storage-unavailable': unavailable('storage_unavailable'),
  'storage-damaged': unavailable('model_unavailable'),
  'model-not-stored': notFound,
  'model-in-use': unavailable('model_unavailable'),
  'picture-empty': picture('invalid_image'),
  'document-unreadable': picture('invalid_document'),
  'document-protected': picture('invalid_document'),
  'document-too-long': picture('invalid_document'),
  'picture-unreadable': picture('invalid_image'),
  'picture-unsupported': picture('unsupported_image_media_type'),
  'picture-zero-sized': picture('image_too_small'),
  'picture-too-long': picture('invalid_image'),
  'picture-too-large': picture('image_too_large'),
  'invalid-argument': request('invalid_value'),
  'no-model': notFound,
  aborted: ABORTED,
  'runtime-unavailable': unavailable('engine_unavailable'),
  'webgpu-unavailable': unavailable('engine_unavailable'),
  'out-of-memory': unavailable('out_of_memory'),
  'worker-lost': lost,
  'device-lost': lost,
  'gpu-error': lost,
  internal: { status: 500, type: 'server_error', code: 'internal_error' },
};

/** The engine's names of arguments, where the API's are others. */
const PARAMETERS: Readonly<Record<string, string>> = {
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  repetitionPenalty: 'repetition_penalty',
  maxTokens: 'max_completion_tokens',
  logitBias: 'logit_bias',
  format: 'response_format',
  toolChoice: 'tool_choice',
  parallelToolCalls: 'parallel_tool_calls',
  thinking: 'enable_thinking',
  thinkingBudget: 'thinking_budget',
  templateVariables: 'chat_template_kwargs',
  continueLast: 'continue_final_message',
};

/** The body of an error. */
export interface ErrorBody {
  error: ErrorObject;
}

/** An error as the answer to a request. */
export function errorReply(error: GlanceError): ApiReply & { body: ErrorBody } {
  const { status, type, code, param, retry } = outsideOf(error);
  const body: ErrorBody = { error: { message: messageOf(error, param), type, param, code } };
  const headers = { 'content-type': 'application/json', 'x-should-retry': String(retry === true) };
  return { status, headers, body };
}

/** The engine's words, with the API's name of an argument in place of its own. */
function messageOf({ message, details: { argument } }: GlanceError, param: string | null): string {
  if (typeof argument !== 'string' || param === null || argument === param) return message;
  return message.replace(argument, `'${param}'`);
}

function outsideOf(error: GlanceError): Omit<Outside, 'param' | 'code'> & ErrorCodes {
  if (error instanceof RequestError) {
    const status = (error.fault && STATUS_OF_FAULT[error.fault]) ?? 400;
    return { status, type: 'invalid_request_error', code: error.fault, param: error.param };
  }
  const outside = OUTSIDE[error.code];
  const argument = error.details.argument;
  const param = typeof argument === 'string' ? (PARAMETERS[argument] ?? argument) : (outside.param ?? null);
  return { ...outside, param };
}

type ErrorCodes = Pick<ErrorObject, 'code' | 'param'>;
