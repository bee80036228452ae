import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { ChatEvent, TokenLogprobs } from '../model/request.ts';
import type { FinishReason } from '../model/sampling.ts';
import { chatLogprob } from './logprobs.ts';
import type { Answer, Heading, Shape } from './shape.ts';

/** Where servers of thinking models put the reasoning, which the OpenAI API keeps to itself. */
interface WithReasoning {
  reasoning_content?: string;
}

type Message = ChatCompletionMessage & WithReasoning;
type Delta = ChatCompletionChunk.Choice.Delta & WithReasoning;
type ChunkChoice = Omit<ChatCompletionChunk.Choice, 'delta'> & { delta: Delta };
type ChatFinishReason = ChatCompletion.Choice['finish_reason'];

/** Answers of `/v1/chat/completions`. */
export class ChatShape implements Shape {
  readonly #heading: Heading;
  readonly #withUsage: boolean;
  readonly #withLogprobs: boolean;

  /**
   * @param options.includeUsage a last piece tells of tokens; the others then say that they do not
   * @param options.logprobs they were asked for
   */
  constructor(heading: Heading, options: { includeUsage: boolean; logprobs: boolean }) {
    this.#heading = heading;
    this.#withUsage = options.includeUsage;
    this.#withLogprobs = options.logprobs;
  }

  opening(index: number): ChatCompletionChunk[] {
    return [this.#chunk(index, { role: 'assistant', content: '' }, null)];
  }

  piece(index: number, event: ChatEvent): ChatCompletionChunk | null {
    switch (event.type) {
      case 'text':
        return this.#chunk(index, { content: event.text }, event.logprobs ?? null);
      case 'reasoning':
        return event.text === '' ? null : this.#chunk(index, { reasoning_content: event.text }, null);
      case 'tool-call': {
        const { id, name } = event;
        const call = { index: event.index, id, type: 'function' as const, function: { name, arguments: '' } };
        return this.#chunk(index, { tool_calls: [call] }, null);
      }
      case 'tool-arguments': {
        const call = { index: event.index, function: { arguments: event.text } };
        return event.text === '' ? null : this.#chunk(index, { tool_calls: [call] }, null);
      }
      default:
        return null;
    }
  }

  closing({ index, result }: Answer): ChatCompletionChunk {
    return this.#chunk(index, {}, null, finishReasonOf(result.finishReason));
  }

  usage(usage: CompletionUsage): ChatCompletionChunk {
    return { ...this.#heading, object: 'chat.completion.chunk', choices: [], usage };
  }

  whole(answers: readonly Answer[], usage: CompletionUsage): ChatCompletion {
    return {
      ...this.#heading,
      object: 'chat.completion',
      choices: answers.map((answer) => this.#choice(answer)),
      usage,
    };
  }

  #choice({ index, result, logprobs }: Answer): ChatCompletion.Choice {
    return {
      index,
      message: messageOf(result),
      logprobs: logprobs && { content: logprobs.map(chatLogprob), refusal: null },
      finish_reason: finishReasonOf(result.finishReason),
    };
  }

  #chunk(
    index: number,
    delta: Delta,
    logprobs: TokenLogprobs | null,
    finishReason: ChatFinishReason | null = null,
  ): ChatCompletionChunk {
    const choice: ChunkChoice = {
      index,
      delta,
      logprobs:
        this.#withLogprobs && logprobs !== null ? { content: [chatLogprob(logprobs)], refusal: null } : null,
      finish_reason: finishReason,
    };
    return {
      ...this.#heading,
      object: 'chat.completion.chunk',
      choices: [choice],
      ...(this.#withUsage && { usage: null }),
    };
  }
}

function messageOf({ text, reasoning, toolCalls }: Answer['result']): Message {
  return {
    role: 'assistant',
    content: text === '' && toolCalls ? null : text,
    refusal: null,
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(toolCalls && {
      tool_calls: toolCalls.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: text },
      })),
    }),
  };
}

/** An answer that was stopped is none, so that reason does not come here: see Answering. */
function finishReasonOf(reason: FinishReason): ChatFinishReason {
  if (reason === 'tool-calls') return 'tool_calls';
  return reason === 'length' ? 'length' : 'stop';
}
