import type { Tokenizer } from '../../model/tokenizer.ts';
import { MARKS, type Mark, MarkScanner, type Piece, type PromptThought } from './marks.ts';
import { NewlineTrim } from './newline_trim.ts';
import { StopStrings } from './stop_strings.ts';
import { type CallNews, ToolCallParser } from './tool_call_parser.ts';

/** A stretch of an answer, by what it is; see `ChatEvent`. */
export type AnswerPart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'tool-call'; index: number; id: string; name: string }
  | { type: 'tool-arguments'; index: number; text: string };

/**
 * Where an answer stands: nothing was said yet, so a thought may begin; inside the thought; in the answer
 * proper; or inside a call.
 */
export type AnswerPhase = 'start' | 'reasoning' | 'text' | 'call';

export interface AnswerReaderOptions {
  tokenizer: Pick<Tokenizer, 'idOf' | 'decodeBytes' | 'isControl'>;
  thought: PromptThought;
  /** Whether marks mean something; else all is text, as where a model goes on from a raw text. */
  marks: boolean;
  /** Whether calls may be asked for; else their marks are text. */
  tools: boolean;
  /** Whether the answer goes on inside an earlier one, whose line breaks are not left out. */
  continues: boolean;
  /** Strings that end the answer, where they occur in its text. */
  stop: readonly string[];
  /** Makes the id of a call. */
  callId(index: number): string;
}

/**
 * Divides drawn tokens into thought, text and calls. A thought stands before all else; a mark where it means
 * nothing, or a call that cannot be read, is text, so that nothing of an answer is lost.
 */
export class AnswerReader {
  readonly #options: AnswerReaderOptions;
  readonly #scanner: MarkScanner;
  readonly #stops: StopStrings;
  readonly #thought: NewlineTrim;
  #textStart = new NewlineTrim({ start: false, end: false });
  #textEnd: NewlineTrim;
  #phase: AnswerPhase;
  /** Line breaks and spaces before anything was said: a thought may still begin. */
  #lead = '';
  #call = new ToolCallParser();
  /** All of the call that is read, to be given back if it turns out to be none. */
  #callText = '';
  #isStopped = false;
  #callCount = 0;
  #completedCalls = 0;
  #parts: AnswerPart[] = [];

  constructor(options: AnswerReaderOptions) {
    const { tokenizer, thought, marks, tools, continues, stop } = options;
    this.#options = options;
    const thinking: Mark[] = marks ? ['thinkStart', 'thinkEnd'] : [];
    this.#scanner = new MarkScanner(tokenizer, [...thinking, ...(tools ? CALL_MARKS : [])]);
    this.#stops = new StopStrings(stop);
    this.#thought = new NewlineTrim({ start: !continues, end: true });
    this.#textEnd = new NewlineTrim({ start: false, end: tools });
    this.#phase = !marks ? 'text' : thought === 'open' ? 'reasoning' : 'start';
  }

  get phase(): AnswerPhase {
    return this.#phase;
  }

  /** A stop string was met: the answer ends here. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Calls that were told of; the last may be unfinished. */
  get callCount(): number {
    return this.#callCount;
  }

  /** Calls that were read to their end. */
  get completedCalls(): number {
    return this.#completedCalls;
  }

  /** @returns what is settled by a token, in the order of the answer */
  push(id: number): AnswerPart[] {
    for (const piece of this.#scanner.push(id)) this.#take(piece);
    return this.#takeParts();
  }

  /** @returns what was held back until now, when the answer ends */
  end(): AnswerPart[] {
    if (this.#isStopped) return [];
    for (const piece of this.#scanner.end()) this.#take(piece);
    if (this.#phase === 'start') this.#sayText(this.#lead);
    if (this.#phase === 'call') this.#endCall('');
    this.#say('text', this.#textEnd.push(this.#stops.end()));
    if (this.#callCount === 0) this.#say('text', this.#textEnd.flush());
    return this.#takeParts();
  }

  #takeParts(): AnswerPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #take({ mark, text }: Piece): void {
    if (this.#isStopped) return;
    switch (this.#phase) {
      case 'start':
        this.#takeFirst(mark, text);
        return;
      case 'reasoning':
        if (mark === 'thinkEnd') this.#beginText({ trimmed: true });
        else this.#say('reasoning', this.#thought.push(text));
        return;
      case 'text':
        if (mark === 'callStart') this.#beginCall();
        else this.#sayText(text);
        return;
      case 'call':
        if (mark === 'callEnd') this.#endCall(text);
        else this.#readCall(text);
        return;
    }
  }

  #takeFirst(mark: Mark | null, text: string): void {
    if (mark === 'thinkStart') {
      this.#phase = 'reasoning';
    } else if (mark === null && text.trim() === '') {
      this.#lead += text;
    } else {
      this.#beginText({ trimmed: false });
      this.#sayText(this.#lead);
      this.#take({ mark, text });
    }
  }

  #beginText({ trimmed }: { trimmed: boolean }): void {
    this.#phase = 'text';
    this.#textEnd = new NewlineTrim({ start: false, end: this.#options.tools });
    this.#textStart = new NewlineTrim({ start: trimmed, end: false });
  }

  /** Line breaks that the model's markup has between its parts come before stop strings, which may be such. */
  #sayText(text: string): void {
    const { text: settled, stopped } = this.#stops.push(this.#textStart.push(text));
    this.#isStopped = stopped;
    this.#say('text', this.#textEnd.push(settled));
    if (stopped) this.#say('text', this.#textEnd.flush());
  }

  #beginCall(): void {
    this.#say('text', this.#textEnd.push(this.#stops.end()));
    this.#phase = 'call';
    this.#call = new ToolCallParser();
    this.#callText = MARKS.callStart;
  }

  #readCall(text: string): void {
    this.#callText += text;
    this.#tell(this.#call.push(text));
  }

  /** @param mark with which it ended; empty if the answer ended before */
  #endCall(mark: string): void {
    this.#tell(this.#call.end());
    this.#callText += mark;
    if (this.#call.isTold) {
      this.#beginText({ trimmed: true });
      if (mark !== '') this.#completedCalls += 1;
    } else {
      this.#phase = 'text';
      this.#sayText(this.#callText);
    }
  }

  #tell({ name, arguments: text }: CallNews): void {
    if (name !== undefined) {
      const index = this.#callCount++;
      this.#parts.push({ type: 'tool-call', index, id: this.#options.callId(index), name });
    }
    if (text !== '') this.#parts.push({ type: 'tool-arguments', index: this.#callCount - 1, text });
  }

  #say(type: 'text' | 'reasoning', text: string): void {
    if (text !== '') this.#parts.push({ type, text });
  }
}

const CALL_MARKS: readonly Mark[] = ['callStart', 'callEnd'];
