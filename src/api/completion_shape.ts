import type { Completion, CompletionChoice, CompletionUsage } from 'openai/resources/completions';
import type { ChatEvent, TokenLogprobs } from '../model/request.ts';
import type { FinishReason } from '../model/sampling.ts';
import { completionLogprobs } from './logprobs.ts';
import type { Answer, Heading, Shape } from './shape.ts';

/** A piece of a stream. The package's type leaves out what the API sends before the end: null. */
export type CompletionChunk = Omit<Completion, 'choices' | 'usage'> & {
  choices: (Omit<CompletionChoice, 'finish_reason'> & {
    finish_reason: CompletionChoice['finish_reason'] | null;
  })[];
  usage?: CompletionUsage | null;
};

/** Answers of `/v1/completions`. */
export class CompletionShape implements Shape {
  readonly #heading: Heading;
  readonly #withUsage: boolean;
  /** What each answer begins with. */
  readonly #echo: (index: number) => string;
  /** Characters that were sent of each answer. */
  readonly #sent = new Map<number, number>();

  /**
   * @param options.includeUsage a last piece tells of tokens; the others then say that they do not
   * @param options.echo what each answer begins with
   */
  constructor(heading: Heading, options: { includeUsage: boolean; echo: (index: number) => string }) {
    this.#heading = heading;
    this.#withUsage = options.includeUsage;
    this.#echo = options.echo;
  }

  opening(index: number): CompletionChunk[] {
    const text = this.#echo(index);
    return text === '' ? [] : [this.#chunk(index, text, null)];
  }

  piece(index: number, event: ChatEvent): CompletionChunk | null {
    return event.type === 'text' ? this.#chunk(index, event.text, event.logprobs ?? null) : null;
  }

  closing({ index, result }: Answer): CompletionChunk {
    return this.#chunk(index, '', null, finishReasonOf(result.finishReason));
  }

  usage(usage: CompletionUsage): CompletionChunk {
    return { ...this.#heading, object: 'text_completion', choices: [], usage };
  }

  whole(answers: readonly Answer[], usage: CompletionUsage): Completion {
    return {
      ...this.#heading,
      object: 'text_completion',
      choices: answers.map(({ index, result, logprobs }) => ({
        index,
        text: this.#echo(index) + result.text,
        logprobs: logprobs && completionLogprobs(logprobs, 0),
        finish_reason: finishReasonOf(result.finishReason),
      })),
      usage,
    };
  }

  #chunk(
    index: number,
    text: string,
    logprobs: TokenLogprobs | null,
    finishReason: CompletionChoice['finish_reason'] | null = null,
  ): CompletionChunk {
    const offset = this.#sent.get(index) ?? 0;
    this.#sent.set(index, offset + text.length);
    return {
      ...this.#heading,
      object: 'text_completion',
      choices: [
        {
          index,
          text,
          logprobs: logprobs && completionLogprobs([logprobs], offset),
          finish_reason: finishReason,
        },
      ],
      ...(this.#withUsage && { usage: null }),
    };
  }
}

/** Without messages there are no calls, and an answer that was stopped is none: see Answering. */
function finishReasonOf(reason: FinishReason): CompletionChoice['finish_reason'] {
  return reason === 'length' ? 'length' : 'stop';
}
