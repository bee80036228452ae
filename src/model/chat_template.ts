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
import type { ChatMessage, ContentPart, ToolDefinition } from './chat.ts';
import { GlanceError } from './errors.ts';
import { findAbilities, type TemplateAbilities } from './template_abilities.ts';
import { checkMessages, markEnd, templateMessages, templateTools } from './template_messages.ts';
import { END_MARK, TextMask } from './text_mask.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface ChatTemplateOptions {
  /** Ends the prompt with the opening of the assistant's turn. */
  addGenerationPrompt: boolean;
  /** For templates of models that can think first; left to the template if absent. */
  enableThinking?: boolean;
  /** Functions that the model may ask to be called. */
  tools?: readonly ToolDefinition[];
  /** More that the template may ask for; what it is given anyway has other names (see {@link OWN_VARIABLES}). */
  variables?: Readonly<Record<string, unknown>>;
  /** Ends the prompt where the last message ends, which is an assistant's. */
  continueLast?: boolean;
}

/** Variables of templates that Glance sets itself. */
export const OWN_VARIABLES: readonly string[] = [
  'messages',
  'tools',
  'add_generation_prompt',
  'bos_token',
  'eos_token',
];

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
  readonly abilities: TemplateAbilities;
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
  const render: ChatTemplate['render'] = (variables) => {
    try {
      return template.render(variables);
    } catch (cause) {
      throw new GlanceError(
        'template-failed',
        `The model's chat template refused this conversation: ${reasonOf(cause)}`,
        { cause, details: { reason: reasonOf(cause) } },
      );
    }
  };
  return { abilities: findAbilities(render), render };
}

/**
 * Renders and tokenises a conversation.
 *
 * @throws GlanceError `prompt-invalid` for a conversation that is empty or malformed, `tools-unsupported` for one
 * with functions whose template knows none, `template-failed` with the template's own words where it refuses.
 */
export function encodeChat(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions,
): EncodedChat {
  checkMessages(messages);
  checkTools(template, messages, options);
  const mask = new TextMask([...tokenizer.controlTokens, ...tokenizer.userDefinedTokens]);
  const rendered = renderMasked(tokenizer, template, messages, options, mask);

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

/** A text to go on from as it is. Special tokens that it spells stay text; of an empty one only a start is left. */
export function encodePrompt(tokenizer: Tokenizer, prompt: string): EncodedChat {
  const tokenIds = tokenizer.encode(prompt, { special: 'none' });
  const start = tokenizer.idOf(tokenizer.bosToken) ?? tokenizer.idOf('<|endoftext|>');
  if (tokenIds.length === 0 && start !== undefined) tokenIds.push(start);
  return { tokenIds, pictures: [], prompt };
}

function renderMasked(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions,
  mask: TextMask,
): string {
  const { enableThinking, tools = [], variables = {}, continueLast = false } = options;
  const shaped = templateMessages(messages, { mask, abilities: template.abilities });
  const rendered = template.render({
    ...(mask.applyDeep(variables) as Record<string, unknown>),
    messages: continueLast ? markEnd(shaped) : shaped,
    // As Hugging Face's code, which templates are written for: there is always such a variable.
    tools: tools.length > 0 ? templateTools(tools, mask) : null,
    add_generation_prompt: options.addGenerationPrompt && !continueLast,
    bos_token: tokenizer.bosToken,
    eos_token: tokenizer.eosToken,
    ...(enableThinking !== undefined && { enable_thinking: enableThinking }),
  });
  if (!continueLast) return rendered;
  const end = rendered.lastIndexOf(END_MARK);
  if (end >= 0) return rendered.slice(0, end);
  throw new GlanceError(
    'prompt-invalid',
    "The model's chat template left out the last message, so the answer cannot go on from it. Ask without it.",
  );
}

/** Templates overlook functions that they do not know, and then nothing would come of them. */
function checkTools(
  { abilities }: ChatTemplate,
  messages: readonly ChatMessage[],
  { tools = [] }: ChatTemplateOptions,
): void {
  const isAsked =
    tools.length > 0 || messages.some(({ role, toolCalls }) => role === 'tool' || toolCalls?.length);
  if (abilities.tools || !isAsked) return;
  throw new GlanceError(
    'tools-unsupported',
    'This model was not made to call functions: its chat template knows none. Ask without tools, or load a model that has them (Qwen3, Qwen3-VL).',
  );
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
