/** One answer from request to result: pictures, prompt, prefill, decode. */
import { type PatchOptions, patchify } from '../image/patchify.ts';
import {
  type GridThw,
  inspectGrid,
  type PreparedPicture,
  type PrepareOptions,
  preparePicture,
} from '../image/prepare.ts';
import type { ChatMessage } from '../model/chat.ts';
import { type ChatTemplate, type EncodedChat, encodeChat, encodePrompt } from '../model/chat_template.ts';
import type { VisionConfig } from '../model/config.ts';
import { GlanceError, throwIfAborted, toGlanceError } from '../model/errors.ts';
import { type PlacedPrompt, pictureTokenCount, placePictures } from '../model/positions.ts';
import type { ChatEvent, ChatRequest, ChatResult } from '../model/request.ts';
import type { SamplingOptions } from '../model/sampling.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import type { Constraints } from './constraint/constraint.ts';
import { decode } from './decode.ts';
import type { Executor, KvCache, VisionFeatures } from './executor.ts';
import type { FeatureCache } from './feature_cache.ts';
import { dropOldestTurns, promptRoom } from './fit_context.ts';
import type { TokenConstraint } from './output/guide.ts';
import { thoughtMode } from './output/thought_mode.ts';
import type { CachedPicture, PrefixCache } from './prefix_cache.ts';
import { checkRequest, offeredTools } from './request_check.ts';
import { checkSampling } from './sampler.ts';
import { yieldToEventLoop } from './yield.ts';

/** Tokens of one prefill run: small enough to show progress and to stop soon. */
const PREFILL_CHUNK_TOKENS = 256;

/** What a loaded model consists of, as far as answering is concerned. */
export interface LoadedModel {
  readonly executor: Executor;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly vision: VisionConfig | null;
  readonly contextLength: number;
  readonly defaultSampling: (mode: { pictures: boolean; thinking: boolean }) => SamplingOptions;
  readonly features: FeatureCache;
  readonly constraints: Constraints;
  /** The sequence of the last answer, for the next one to go on from. */
  readonly prefix: PrefixCache;
}

export type Emit = (event: ChatEvent) => void;

/** See `Engine.chat`. */
export async function answer(
  model: LoadedModel,
  request: ChatRequest,
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<ChatResult> {
  const startMs = performance.now();
  const progress = emptyResult();
  let constraint: TokenConstraint | null = null;
  try {
    checkRequest(request, model.tokenizer.vocabSize, model.template.abilities);
    checkPictures(model, request);
    const whole = encode(model, request, request.messages);
    const thought = thoughtMode(model, request, whole.tokenIds);
    const mode = { pictures: whole.pictures.length > 0, thinking: thought.isExpected };
    const sampling = { ...model.defaultSampling(mode), ...request.sampling };
    checkSampling(sampling);
    progress.sampling = sampling;
    constraint = await model.constraints.create(request);
    throwIfAborted(signal);

    const { chat, dropped } = await fitChat(model, request, whole);
    if (dropped > 0) progress.droppedMessages = dropped;
    const pictures = await preparePictures(model, request, chat, emit, signal);
    progress.timings.picturesMs = performance.now() - startMs;

    const prompt = placePrompt(model, chat, pictures);
    const placed = pictures.map((picture, i) => ({
      ...picture,
      start: prompt.pictureStarts[i]!,
      tokenCount: pictureTokenCount(picture.gridThw, model.vision!.spatialMergeSize),
    }));
    progress.usage.promptTokens = prompt.tokenIds.length;
    progress.usage.imageTokens = placed.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
    checkRoom(model, prompt);

    const cache = model.prefix.begin(prompt, placed);
    progress.usage.cachedTokens = cache.length;
    const visionStartMs = performance.now();
    const unread = placed.filter(({ start, tokenCount }) => start + tokenCount > cache.length);
    const shown = await encodePictures(model, unread, emit, signal);
    progress.timings.visionMs = performance.now() - visionStartMs;

    const prefillStartMs = performance.now();
    await prefill(model.executor, cache, prompt, shown, emit, signal);
    progress.timings.prefillMs = performance.now() - prefillStartMs;

    await decode({
      ...{ model, request, sampling, prompt, thought, constraint, cache },
      ...{ emit, signal, progress, startMs },
    });
  } catch (error) {
    // A stopped answer is an answer: what was said so far is kept.
    if (toGlanceError(error).code !== 'aborted') throw error;
    progress.finishReason = 'abort';
  } finally {
    constraint?.dispose();
    model.features.trim();
  }
  return progress;
}

/** The result of an answer that has not begun. */
export function emptyResult(): ChatResult {
  return {
    text: '',
    finishReason: 'stop',
    usage: { promptTokens: 0, cachedTokens: 0, imageTokens: 0, completionTokens: 0, reasoningTokens: 0 },
    speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
    timings: { picturesMs: 0, visionMs: 0, prefillMs: 0, firstTokenMs: 0, decodeMs: 0 },
  };
}

/** Templates of text-only models refuse pictures in words of their own, or overlook them. */
function checkPictures({ vision }: LoadedModel, { messages }: ChatRequest): void {
  if (vision !== null || !messages.some(hasPicture)) return;
  throw new GlanceError(
    'model-has-no-vision',
    'This model reads text only. Remove the picture, or load a model that sees (Qwen3-VL with its mmproj file).',
  );
}

function hasPicture({ content }: ChatRequest['messages'][number]): boolean {
  return Array.isArray(content) && content.some((part) => part.type === 'image');
}

async function preparePictures(
  { vision }: LoadedModel,
  request: ChatRequest,
  { pictures }: EncodedChat,
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<PreparedPicture[]> {
  if (vision === null || pictures.length === 0) return [];
  const prepared: PreparedPicture[] = [];
  for (const part of pictures) {
    emit({ type: 'pictures', done: prepared.length, total: pictures.length });
    prepared.push(await preparePicture(part.image, prepareOptions(vision, request, part), signal));
  }
  emit({ type: 'pictures', done: prepared.length, total: pictures.length });
  return prepared;
}

function prepareOptions(
  vision: VisionConfig,
  request: ChatRequest,
  { maxPixels }: EncodedChat['pictures'][number],
): PrepareOptions {
  const budget = maxPixels ?? request.maxPixels ?? vision.defaultMaxPixels;
  return {
    patchSize: vision.patchSize,
    mergeSize: vision.spatialMergeSize,
    minPixels: vision.minPixels,
    maxPixels: Math.min(vision.maxPixels, Math.max(vision.minPixels, budget)),
  };
}

function encode(
  { tokenizer, template }: LoadedModel,
  request: ChatRequest,
  messages: readonly ChatMessage[],
): EncodedChat {
  const { prompt, thinking, templateVariables, continueLast } = request;
  if (prompt !== undefined) return encodePrompt(tokenizer, prompt);
  return encodeChat(tokenizer, template, messages, {
    addGenerationPrompt: true,
    tools: offeredTools(request),
    ...(thinking !== undefined && { enableThinking: thinking }),
    ...(templateVariables && { variables: templateVariables }),
    ...(continueLast && { continueLast }),
  });
}

/** The conversation, without its oldest turns if it is too long and the request wants it so. */
async function fitChat(
  model: LoadedModel,
  request: ChatRequest,
  whole: EncodedChat,
): Promise<{ chat: EncodedChat; dropped: number }> {
  const { messages, overflow, maxTokens } = request;
  if (overflow !== 'drop-oldest') return { chat: whole, dropped: 0 };
  const grids = new Map<EncodedChat['pictures'][number], GridThw>();
  for (const part of whole.pictures) {
    grids.set(part, await inspectGrid(part.image, prepareOptions(model.vision!, request, part)));
  }
  const encoded = new Map([[messages as readonly ChatMessage[], whole]]);
  const encodedOnce = (kept: readonly ChatMessage[]) => {
    const chat = encoded.get(kept) ?? encode(model, request, kept);
    encoded.set(kept, chat);
    return chat;
  };
  const countTokens = (kept: readonly ChatMessage[]) => {
    const chat = encodedOnce(kept);
    return chat.pictures.reduce((sum, part) => {
      // A placeholder stands for each picture already.
      return sum - 1 + pictureTokenCount(grids.get(part)!, model.vision!.spatialMergeSize);
    }, chat.tokenIds.length);
  };
  const kept = dropOldestTurns(messages, promptRoom(model.contextLength, maxTokens), countTokens);
  return { chat: encodedOnce(kept), dropped: messages.length - kept.length };
}

function placePrompt(
  model: LoadedModel,
  chat: EncodedChat,
  pictures: readonly PreparedPicture[],
): PlacedPrompt {
  return placePictures(
    chat.tokenIds,
    model.tokenizer.visionTokenIds?.imagePad ?? -1,
    pictures.map(({ gridThw }) => gridThw),
    model.vision?.spatialMergeSize ?? 1,
  );
}

function checkRoom({ contextLength }: LoadedModel, prompt: PlacedPrompt): void {
  const tokens = prompt.tokenIds.length;
  if (tokens < contextLength) return;
  throw new GlanceError(
    'context-overflow',
    `This conversation takes ${tokens.toLocaleString('en')} tokens; the model has room for ${contextLength.toLocaleString('en')}, the answer included. Start a new conversation, shorten the text, or use fewer or smaller pictures.`,
    { details: { promptTokens: tokens, contextLength } },
  );
}

/** A picture in the prompt with what the decoder is to see of it. */
interface ShownPicture {
  start: number;
  features: VisionFeatures;
}

async function encodePictures(
  { executor, vision, features: kept }: LoadedModel,
  pictures: readonly (PreparedPicture & CachedPicture)[],
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<ShownPicture[]> {
  const shown: ShownPicture[] = [];
  for (const { hash, rgb, width, height, gridThw, start } of pictures) {
    let features = kept.get(hash);
    if (features === undefined) {
      const onBlock = (doneBlocks: number, totalBlocks: number) => {
        emit({ type: 'vision', done: shown.length + doneBlocks / totalBlocks, total: pictures.length });
      };
      // Of one picture at a time: patches take much more memory than the pixels.
      const patches = patchify(rgb, width, height, patchOptions(vision!));
      features = await executor.encodePicture(patches, gridThw, onBlock, signal);
      kept.set(hash, features);
    }
    shown.push({ start, features });
  }
  return shown;
}

function patchOptions(vision: VisionConfig): PatchOptions {
  return {
    patchSize: vision.patchSize,
    temporalPatchSize: vision.temporalPatchSize,
    mergeSize: vision.spatialMergeSize,
    mean: vision.imageMean,
    std: vision.imageStd,
  };
}

/** Fills the cache with the rest of the prompt; the logits after its last token are held back. */
async function prefill(
  executor: Executor,
  cache: KvCache,
  prompt: PlacedPrompt,
  pictures: readonly ShownPicture[],
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { tokenIds, positions } = prompt;
  const total = tokenIds.length;
  for (let from = cache.length; from < total; from += PREFILL_CHUNK_TOKENS) {
    emit({ type: 'prefill', doneTokens: from, totalTokens: total });
    await yieldToEventLoop();
    throwIfAborted(signal);
    const to = Math.min(from + PREFILL_CHUNK_TOKENS, total);
    const length = to - from;
    const chunkPositions = new Int32Array(3 * length);
    for (let axis = 0; axis < 3; axis++) {
      chunkPositions.set(positions.subarray(axis * total + from, axis * total + to), axis * length);
    }
    await executor.forward(
      cache,
      {
        tokenIds: tokenIds.subarray(from, to),
        positions: chunkPositions,
        pictures: pictures
          .map(({ start, features }) => ({ start: start - from, features }))
          .filter(({ start, features: { tokenCount } }) => start < length && start + tokenCount > 0),
        logits: to === total ? 'held' : 'none',
      },
      signal,
    );
  }
  emit({ type: 'prefill', doneTokens: total, totalTokens: total });
}
