/**
 * Qwen's tokenizer: byte-level BPE after NFC and Qwen2's pre-tokeniser, built from the metadata of a GGUF
 * file. The merging is done by `@huggingface/tokenizers`; finding special tokens is done here, since who
 * may write one differs from stretch to stretch (see chat_template.ts).
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { BYTE_TO_CHARACTER, bytesOfAlphabetText } from './byte_alphabet.ts';
import { GlanceError } from './errors.ts';

/** What a GGUF file says about its vocabulary (`tokenizer.ggml.*`). */
export interface TokenizerData {
  /** For messages. */
  fileName: string;
  /** `gpt2` means byte-level BPE. */
  model: string;
  /** Name of the pre-tokeniser. */
  pre: string | null;
  /** Text of each token; ordinary ones in the byte alphabet, special ones as they are. */
  tokens: readonly string[];
  /** {@link TokenType} of each token; null means that all are ordinary. */
  tokenTypes: readonly number[] | null;
  /** Pairs of token texts separated by one space, the earliest merge first. */
  merges: readonly string[];
  bosTokenId: number | null;
  eosTokenId: number | null;
  eotTokenId: number | null;
}

/** llama.cpp's token types (`enum llama_token_type`), as far as they concern byte-level BPE. */
export const TokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/**
 * Which token texts in a string become the tokens of that name: none; those that are ordinary words of
 * the model's own markup (`<think>`, `<tool_call>`: what llama.cpp finds without `parse_special`); or
 * also the control tokens (`<|im_start|>`).
 */
export type SpecialTokens = 'none' | 'user-defined' | 'all';

/** Ids of the tokens around and in place of pictures. */
export interface VisionTokenIds {
  visionStart: number;
  visionEnd: number;
  imagePad: number;
  videoPad: number | null;
}

/**
 * Qwen2's pre-tokeniser, from the tokenizer.json that Qwen publishes, in the Oniguruma syntax of the
 * reference. The contractions are spelt out: the reference folds case by Unicode, where U+017F (long s)
 * is an s, the library by ASCII (and so does llama.cpp, which here differs from the reference). Over all of
 * Unicode the pieces are those of the reference, but for letters assigned since its tables were made: it
 * has Unicode 16, browsers follow the newest.
 */
const PRE_TOKENIZER =
  "'(?:[sS\u017f]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])" +
  '|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** Turns text into token ids and token ids into bytes. */
export class Tokenizer {
  /** Tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Tokens that end an answer. */
  readonly endTokenIds: ReadonlySet<number>;
  /** Text of the file's begin and end tokens, as chat templates want them; empty where there is none. */
  readonly bosToken: string;
  readonly eosToken: string;
  /** Null for a vocabulary without picture tokens. */
  readonly visionTokenIds: VisionTokenIds | null;
  /** Texts of all control and user-defined tokens. */
  readonly controlTokens: readonly string[];
  readonly userDefinedTokens: readonly string[];

  readonly #tokens: readonly string[];
  readonly #types: readonly number[] | null;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #bpe: HuggingFaceTokenizer;
  readonly #patterns: Readonly<Record<Exclude<SpecialTokens, 'none'>, RegExp | null>>;
  readonly #encoder = new TextEncoder();

  /**
   * @throws GlanceError `tokenizer-unsupported` for another kind of vocabulary or pre-tokeniser,
   * `file-corrupt` for one that contradicts itself.
   */
  constructor(data: TokenizerData) {
    checkKind(data);
    const { tokens, tokenTypes } = data;
    const ids = new Map<string, number>();
    // Where a text occurs twice, the first id is the one to write.
    tokens.forEach((token, id) => {
      if (!ids.has(token)) ids.set(token, id);
    });
    checkVocabulary(data, ids);
    this.vocabSize = tokens.length;
    this.#tokens = tokens;
    this.#types = tokenTypes;
    this.#ids = ids;
    this.#bpe = buildBpe(data, ids);

    const ofType = (...types: number[]) =>
      tokens.filter((token, id) => token !== '' && tokenTypes !== null && types.includes(tokenTypes[id]!));
    this.controlTokens = ofType(TokenType.control, TokenType.unknown);
    this.userDefinedTokens = ofType(TokenType.userDefined);
    this.#patterns = {
      'user-defined': patternOf(this.userDefinedTokens),
      all: patternOf([...this.controlTokens, ...this.userDefinedTokens]),
    };

    const endTokenIds = [
      ids.get('<|im_end|>'),
      ids.get('<|endoftext|>'),
      data.eosTokenId,
      data.eotTokenId,
    ].filter((id) => id !== undefined && id !== null);
    this.endTokenIds = new Set(endTokenIds);
    this.bosToken = data.bosTokenId === null ? '' : (tokens[data.bosTokenId] ?? '');
    this.eosToken = data.eosTokenId === null ? '' : (tokens[data.eosTokenId] ?? '');
    this.visionTokenIds = findVisionTokens(ids);
  }

  /**
   * The token ids of a text. Lone surrogates, which no UTF-8 text can hold, count as U+FFFD.
   * @param options.special which token texts in `text` become those tokens; default none
   */
  encode(text: string, options: { special?: SpecialTokens } = {}): number[] {
    const ids: number[] = [];
    for (const piece of this.split(text, options.special ?? 'none')) {
      if (piece.tokenId !== null) ids.push(piece.tokenId);
      else for (const id of this.#encodePlain(piece.text)) ids.push(id);
    }
    return ids;
  }

  /** Cuts a text at its special tokens, leftmost first and the longest of those; nothing is left out. */
  split(text: string, special: SpecialTokens): { text: string; tokenId: number | null }[] {
    const pattern = special === 'none' ? null : this.#patterns[special];
    const pieces: { text: string; tokenId: number | null }[] = [];
    let end = 0;
    if (pattern !== null) {
      for (const match of text.matchAll(pattern)) {
        if (match.index > end) pieces.push({ text: text.slice(end, match.index), tokenId: null });
        pieces.push({ text: match[0], tokenId: this.#ids.get(match[0])! });
        end = match.index + match[0].length;
      }
    }
    if (end < text.length) pieces.push({ text: text.slice(end), tokenId: null });
    return pieces;
  }

  #encodePlain(text: string): number[] {
    return this.#bpe.encode(text.replace(/\p{Surrogate}/gu, '\ufffd'), { add_special_tokens: false }).ids;
  }

  /**
   * The bytes that a token stands for. A character of UTF-8 may be spread over several tokens: join the
   * bytes before decoding them.
   * @throws RangeError for an id outside the vocabulary
   */
  decodeBytes(id: number): Uint8Array<ArrayBuffer> {
    const token = this.tokenText(id);
    const type = this.#types?.[id] ?? TokenType.normal;
    const bytes = type === TokenType.normal ? bytesOfAlphabetText(token) : null;
    return bytes ?? this.#encoder.encode(token);
  }

  /** A token's text as the vocabulary has it (ordinary tokens in the byte alphabet). */
  tokenText(id: number): string {
    const token = this.#tokens[id];
    if (token === undefined) throw new RangeError(`token id ${id} is outside 0..${this.vocabSize - 1}`);
    return token;
  }

  /** The id of the token with this text, if there is one. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** Tokens that are a stretch of text: neither control tokens, nor the model's markup, nor padding. */
  isOrdinary(id: number): boolean {
    return (this.#types?.[id] ?? TokenType.normal) === TokenType.normal;
  }

  /** Tokens that steer the model (`<|im_end|>`) and are no part of what it says. */
  isControl(id: number): boolean {
    const type = this.#types?.[id] ?? TokenType.normal;
    return type === TokenType.control || type === TokenType.unknown;
  }
}

function checkKind({ fileName, model, pre }: TokenizerData): void {
  if (model === 'gpt2' && pre === 'qwen2') return;
  throw new GlanceError(
    'tokenizer-unsupported',
    `${fileName} uses a tokenizer that Glance does not know (${model}, ${pre ?? 'no pre-tokeniser named'}). Choose a GGUF file of Qwen3-VL or Qwen3 made by a current converter.`,
    { details: { file: fileName, model, pre } },
  );
}

function checkVocabulary(data: TokenizerData, ids: ReadonlyMap<string, number>): void {
  const { tokens, tokenTypes, merges } = data;
  if (tokenTypes !== null && tokenTypes.length !== tokens.length) {
    throw corrupt(data, `it has ${tokens.length} tokens, but types for ${tokenTypes.length}`);
  }
  const absent = BYTE_TO_CHARACTER.findIndex((character) => !ids.has(character));
  // Without a token for every byte some texts could not be written, and would lose characters silently.
  if (absent !== -1) throw corrupt(data, `its vocabulary has no token for the byte ${absent}`);
  for (const merge of merges) {
    const space = merge.indexOf(' ');
    if (space < 1 || space === merge.length - 1 || !ids.has(merge.slice(0, space) + merge.slice(space + 1))) {
      throw corrupt(data, `its vocabulary lacks the result of the merge "${merge}"`);
    }
  }
  for (const id of [data.bosTokenId, data.eosTokenId, data.eotTokenId]) {
    if (id !== null && tokens[id] === undefined)
      throw corrupt(data, `it names token ${id} of ${tokens.length}`);
  }
}

function corrupt({ fileName }: TokenizerData, reason: string): GlanceError {
  return new GlanceError(
    'file-corrupt',
    `The tokenizer in ${fileName} is damaged: ${reason}. Download the file again, or from another place.`,
    { details: { file: fileName, reason } },
  );
}

function buildBpe({ merges }: TokenizerData, ids: ReadonlyMap<string, number>): HuggingFaceTokenizer {
  const tokenizer = {
    version: '1.0',
    // The library is given plain text only; special tokens have been cut out before.
    added_tokens: [],
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PRE_TOKENIZER }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab: Object.fromEntries(ids), merges: [...merges] },
  };
  return new HuggingFaceTokenizer(
    // The library's types know one spelling of each part only, and no absent ones, which its code allows.
    tokenizer as unknown as ConstructorParameters<typeof HuggingFaceTokenizer>[0],
    {} as ConstructorParameters<typeof HuggingFaceTokenizer>[1],
  );
}

/** Alternatives are tried in order, so the longest comes first. */
function patternOf(tokens: readonly string[]): RegExp | null {
  if (tokens.length === 0) return null;
  const longestFirst = [...new Set(tokens)].sort((a, b) => b.length - a.length);
  return new RegExp(
    longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  );
}

function findVisionTokens(ids: ReadonlyMap<string, number>): VisionTokenIds | null {
  const visionStart = ids.get('<|vision_start|>');
  const visionEnd = ids.get('<|vision_end|>');
  const imagePad = ids.get('<|image_pad|>');
  if (visionStart === undefined || visionEnd === undefined || imagePad === undefined) return null;
  return { visionStart, visionEnd, imagePad, videoPad: ids.get('<|video_pad|>') ?? null };
}
