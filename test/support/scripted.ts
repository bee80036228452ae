/** An engine whose network runs as ever, but finds likeliest what a script says. */
import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import type { Drawing } from '../../src/engine/executor.ts';
import { SteppedTokens } from '../../src/engine/stepped_tokens.ts';
import type { TextConfig } from '../../src/model/config.ts';
import { GREEDY } from '../../src/model/sampling.ts';
import { bytesSource } from '../../src/weights/byte_source.ts';
import { text } from './gguf_writer.ts';
import { writeSyntheticText } from './synthetic_model.ts';
import { publishedTemplate, type TemplateName } from './templates.ts';
import { trainVocabulary } from './vocabulary.ts';

/** 256 bytes, then Qwen's special tokens. */
const vocabulary = trainVocabulary([], 0);

/** A model of random weights that speaks through a published template, on the CPU unless the options say more. */
export async function loadWithTemplate(
  template: TemplateName | { source: string },
  options: EngineOptions = {},
  config: Partial<TextConfig> = {},
): Promise<Engine> {
  const source = typeof template === 'string' ? publishedTemplate(template) : template.source;
  const file = writeSyntheticText(vocabulary, {
    config: { contextLength: 4096, ...config },
    metadata: new Map([['tokenizer.chat_template', text(source)]]),
  });
  return Engine.load({ text: bytesSource(file, 'synthetic.gguf'), ...options });
}

/** Makes an engine say what it is told; what its answers were asked to be drawn with comes out. */
export class Script {
  /** How the last answer was drawn. */
  drawing: Drawing | null = null;
  #ids: number[] = [];
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    const { executor } = engine;
    executor.draw = (cache, drawing) => {
      this.drawing = drawing;
      let next = 0;
      const logits = () => {
        const values = new Float32Array(vocabulary.tokens.length);
        values[this.#ids[next] ?? engine.tokenizer.idOf('<|im_end|>')!] = 20;
        return values;
      };
      const forward: typeof executor.forward = async (ownCache, input, signal) => {
        await executor.forward(ownCache, input, signal);
        // What was drawn against the script leaves it where it is.
        if (input.tokenIds[0] === this.#ids[next]) next += 1;
        return logits();
      };
      const greedy = { ...drawing, sampling: GREEDY };
      return new SteppedTokens({ forward }, cache, greedy, logits(), vocabulary.tokens.length);
    };
  }

  /** @param answer in which special tokens are such; the turn ends behind it */
  says(answer: string): void {
    this.#ids = this.#engine.tokenizer.encode(answer, { special: 'all' });
  }
}
