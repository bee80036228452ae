/** What requests and answers are checked against: types of the `openai` package. make_schema.ts reads this file. */
import type OpenAI from 'openai';

export interface Contract {
  chatRequest: OpenAI.ChatCompletionCreateParams;
  chatReply: OpenAI.ChatCompletion;
  chatChunk: OpenAI.ChatCompletionChunk;
  completionRequest: OpenAI.CompletionCreateParams;
  completionReply: OpenAI.Completion;
  completionChunk: CompletionChunk;
  model: OpenAI.Model;
  modelList: { object: 'list'; data: OpenAI.Model[] };
  error: { error: OpenAI.ErrorObject };
}

/** The package has one type for whole answers and pieces; pieces before the last say null where that has none. */
interface CompletionChunk {
  id: OpenAI.Completion['id'];
  object: OpenAI.Completion['object'];
  created: OpenAI.Completion['created'];
  model: OpenAI.Completion['model'];
  system_fingerprint?: OpenAI.Completion['system_fingerprint'];
  choices: {
    index: number;
    text: string;
    logprobs: OpenAI.CompletionChoice['logprobs'];
    finish_reason: OpenAI.CompletionChoice['finish_reason'] | null;
  }[];
  usage?: OpenAI.CompletionUsage | null;
}
