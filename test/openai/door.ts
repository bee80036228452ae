import OpenAI from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Question, readQuestions } from '../browser/questions.ts';
import { ContractLog, checkedFetch, type Fetch } from './contract.ts';

/** A way in: what a program needs to reach the API through it. */
export interface Door {
  fetch: Fetch;
  /** Ends in `/v1`. */
  baseURL: string;
  /** Names under which the models of the tests can be asked for. */
  models: {
    /** The demo model, which sees. */
    pico: string;
    /** pico with Qwen3-VL-Instruct's template, which knows tools: see models.ts. */
    instruct: string;
    /** pico with Qwen3-VL-Thinking's template. */
    thinking: string;
  };
}

/** What the tests of a way in share: a client of the official package, and questions about pictures. */
export class Visit {
  readonly door: Door;
  /** Checks all that passes. */
  readonly fetch: Fetch;
  readonly client: OpenAI;
  readonly log = new ContractLog();
  readonly questions: readonly Question[];
  readonly picture: (scene: number) => Blob;

  private constructor(door: Door, { questions, picture }: Awaited<ReturnType<typeof readQuestions>>) {
    this.door = door;
    this.fetch = checkedFetch(door.fetch, this.log);
    this.client = new OpenAI({
      baseURL: door.baseURL,
      apiKey: 'none',
      fetch: this.fetch,
      dangerouslyAllowBrowser: true,
      maxRetries: 0,
    });
    this.questions = questions;
    this.picture = picture;
  }

  static async begin(door: Door): Promise<Visit> {
    return new Visit(door, await readQuestions());
  }

  get pico(): string {
    return this.door.models.pico;
  }

  /** A question, its true answer, and the picture as an address that holds it. */
  async asked(number = 0): Promise<{ question: string; answer: string; url: string }> {
    const { scene, question, answer } = this.questions[number]!;
    return { question, answer, url: await dataUrl(this.picture(scene)) };
  }

  /** A question about a picture, as a message. */
  async message(number = 0): Promise<OpenAI.ChatCompletionUserMessageParam> {
    const { question, url } = await this.asked(number);
    return { role: 'user', content: [image(url), { type: 'text', text: question }] };
  }

  /** Asks the model's first question and expects its right answer: nothing is left broken. */
  async expectRightAnswer(): Promise<void> {
    const { choices } = await this.client.chat.completions.create({
      model: this.pico,
      messages: [await this.message()],
    });
    expect(choices[0]!.message.content).toBe(this.questions[0]!.answer);
  }
}

/**
 * Begins a visit before the tests of a `describe`, and expects after them that all that passed kept the contract.
 *
 * @returns the visit, for use inside tests
 */
export function visit(door: () => Door | Promise<Door>): () => Visit {
  let current: Visit;
  beforeAll(async () => {
    current = await Visit.begin(await door());
  });
  afterAll(() => {
    expect(current.log.faults).toEqual([]);
    expect(current.log.checked.size).toBeGreaterThan(0);
  });
  return () => current;
}

export function image(url: string, detail?: 'auto' | 'low' | 'high'): OpenAI.ChatCompletionContentPartImage {
  return { type: 'image_url', image_url: { url, ...(detail && { detail }) } };
}

export async function dataUrl(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return `data:image/png;base64,${btoa(binary)}`;
}

/** Token 300 again and again: an answer that only ends when it is stopped, or the context is full. */
export const ENDLESS = { logit_bias: { 300: 100 } };

/** All that a stream brings. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}
