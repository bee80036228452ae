/**
 * From a conversation to token ids, through the Jinja template that comes with the model.
 *
 * What a person types must stay text, even where it spells `<|im_end|>`. So before the template runs,
 * every character of a message with which a special token could begin or end is replaced by a stand-in
 * of noncharacters. The rendered text is then cut at its special tokens, all of which the template wrote,
 * and only afterwards are the stand-ins turned back, each stretch between two special tokens as a whole.
 * A template's own text and the message beside it are thus tokenised together, as the plain string is.
 */
import { Template } from '@huggingface/jinja';
import type { ChatMessage, ContentPart } from './chat.ts';
import { GlanceError } from './errors.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface ChatTemplateOptions {
  /** Ends the prompt with the opening of the assistant's turn. */
  addGenerationPrompt: boolean;
  /** For templates of models that can think first; left to the template if absent. */
  enableThinking?: boolean;
}

/** A conversation as the model reads it. */
export interface EncodedChat {
  /** One `<|image_pad|>` id stands for each picture, whatever its size. */
  tokenIds: number[];
  /** The pictures in the order of their places in `tokenIds`. */
  pictures: Extract<ContentPart, { type: 'image' }>[];
  /** The rendered prompt, as a person would read it. */
  prompt: string;
}

/** A compiled template. */
export interface ChatTemplate {
  render(variables: Record<string, unknown>): string;
}

/**
 * Compiles a chat template.
 * @throws GlanceError `template-invalid`
 */
export function compileChatTemplate(source: string): ChatTemplate {
  let template: Template;
  try {
    template = new Template(source);
  } catch (cause) {
    throw new GlanceError(
      'template-invalid',
      `The chat template of this model cannot be read: ${reasonOf(cause)}. Choose another file of the model.`,
      { cause, details: { reason: reasonOf(cause) } },
    );
  }
  return {
    render(variables) {
      try {
        return template.render(variables);
      } catch (cause) {
        throw new GlanceError(
          'template-failed',
          `The model's chat template refused this conversation: ${reasonOf(cause)}`,
          { cause, details: { reason: reasonOf(cause) } },
        );
      }
    },
  };
}

/**
 * Renders and tokenises a conversation.
 *
 * @throws GlanceError `prompt-invalid` for a conversation that is empty or malformed, `template-failed`
 * with the template's own words where it refuses.
 */
export function encodeChat(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions,
): EncodedChat {
  checkMessages(messages);
  const mask = new TextMask([...tokenizer.controlTokens, ...tokenizer.userDefinedTokens]);
  const rendered = template.render({
    messages: messages.map((message) => templateMessage(message, tokenizer, mask)),
    add_generation_prompt: options.addGenerationPrompt,
    bos_token: tokenizer.bosToken,
    eos_token: tokenizer.eosToken,
    ...(options.enableThinking === undefined ? {} : { enable_thinking: options.enableThinking }),
  });

  const tokenIds: number[] = [];
  for (const { text, tokenId } of tokenizer.split(rendered, 'all')) {
    if (tokenId !== null) tokenIds.push(tokenId);
    else for (const id of tokenizer.encode(mask.restore(text), { special: 'none' })) tokenIds.push(id);
  }

  const pictures = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.filter((part) => part.type === 'image'),
  );
  const imagePad = tokenizer.visionTokenIds?.imagePad;
  const places = tokenIds.filter((id) => id === imagePad).length;
  if (places !== pictures.length) {
    throw new GlanceError(
      'prompt-invalid',
      `The model's chat template made place for ${places} of ${pictures.length} pictures. Ask without pictures, or choose a model that sees.`,
      { details: { pictures: pictures.length, places } },
    );
  }
  return { tokenIds, pictures, prompt: mask.restore(rendered) };
}

/** A message in the shape that chat templates expect (that of Hugging Face's processors). */
function templateMessage(
  { role, content }: ChatMessage,
  tokenizer: Tokenizer,
  mask: TextMask,
): { role: string; content: string | ({ type: 'text'; text: string } | { type: 'image' })[] } {
  const protect = (text: string) =>
    role === 'assistant' ? protectAssistantText(text, tokenizer, mask) : mask.apply(text);
  if (typeof content === 'string') return { role, content: protect(content) };
  // Templates of text-only models know strings only.
  if (content.every((part) => part.type === 'text')) {
    return { role, content: content.map((part) => protect(part.text)).join('') };
  }
  return {
    role,
    content: content.map((part) =>
      part.type === 'text' ? { type: 'text', text: protect(part.text) } : { type: 'image' },
    ),
  };
}

/** The model's own words may hold its markup (`<think>`), which templates also look for; no control tokens. */
function protectAssistantText(text: string, tokenizer: Tokenizer, mask: TextMask): string {
  return tokenizer
    .split(text, 'user-defined')
    .map((piece) => (piece.tokenId === null ? mask.apply(piece.text) : piece.text))
    .join('');
}

const ESCAPE = '\ufdd0';
/** U+FDD0..U+FDEF are noncharacters: no text is meant to hold them. If one does, it is masked like the rest. */
const FIRST_DIGIT = 0xfdd1;
const DIGITS = 31;
const STAND_IN = /\ufdd0([\ufdd1-\ufdef])([\ufdd1-\ufdef])/g;

/** Replaces, reversibly, the characters with which any of the given token texts begins or ends. */
class TextMask {
  readonly #characters: readonly string[];
  readonly #standIns: ReadonlyMap<string, string>;

  constructor(tokens: readonly string[]) {
    const characters = new Set<string>();
    for (let code = 0xfdd0; code <= 0xfdef; code++) characters.add(String.fromCharCode(code));
    // A token that begins in the template and ends in a message is stopped by its last character, one the
    // other way round by its first.
    for (const token of tokens) characters.add(token[0]!).add(token.at(-1)!);
    this.#characters = [...characters];
    this.#standIns = new Map(
      this.#characters.map((character, index) => [
        character,
        ESCAPE +
          String.fromCharCode(FIRST_DIGIT + Math.floor(index / DIGITS), FIRST_DIGIT + (index % DIGITS)),
      ]),
    );
  }

  apply(text: string): string {
    let masked = '';
    for (let i = 0; i < text.length; i++) masked += this.#standIns.get(text[i]!) ?? text[i]!;
    return masked;
  }

  restore(text: string): string {
    return text.replace(STAND_IN, (_, high: string, low: string) => {
      const index = (high.charCodeAt(0) - FIRST_DIGIT) * DIGITS + (low.charCodeAt(0) - FIRST_DIGIT);
      return this.#characters[index]!;
    });
  }
}

function checkMessages(messages: readonly ChatMessage[]): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid('there is no message in it. Write a question first');
  }
  messages.forEach((message: ChatMessage | null, index) => {
    const which = `message ${index + 1}`;
    if (typeof message !== 'object' || message === null) throw invalid(`${which} is no message`);
    const { role, content } = message;
    if (role !== 'system' && role !== 'user' && role !== 'assistant') {
      throw invalid(`${which} has the role "${String(role)}"; it must be system, user or assistant`);
    }
    if (typeof content === 'string') return;
    if (!Array.isArray(content)) throw invalid(`the content of ${which} is neither text nor a list of parts`);
    for (const part of content as (ContentPart | null)[]) {
      if (part?.type === 'text') {
        if (typeof part.text !== 'string') throw invalid(`${which} has a text part without text`);
      } else if (part?.type === 'image') {
        if (role !== 'user') throw invalid(`${which} holds a picture, but only a user's message may`);
      } else {
        throw invalid(`${which} has a part of an unknown type`);
      }
    }
  });
}

function invalid(reason: string): GlanceError {
  return new GlanceError('prompt-invalid', `This conversation cannot be asked: ${reason}.`, {
    details: { reason },
  });
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
