import type { GlanceErrorCode } from '../model/errors.ts';
import type { ChatResult } from '../rpc/contract.ts';
import type { WorkStep } from './conversation.ts';
import type { DeviceChoice } from './device.ts';
import type { Loading } from './loading.ts';

/** Said under answers of the demo model. */
export function demoNote(modelName: string): string {
  return `Answered by ${modelName}, a demo model. Photos mean nothing to it.`;
}

/** What pico can do and cannot, after the table in its model card. */
export const DEMO_LIMITS =
  'It names, counts and describes simple coloured shapes. It often gets places and words wrong, and photos mean nothing to it.';

/** Questions that pico was trained on. */
export const DEMO_QUESTIONS =
  'Ask for example “What shape is red?”, “How many stars are there?”, “Describe the image.” or “What color is the text?”, one picture at a time.';

/** What the model can run on, as the page offers it. */
export const DEVICE_WORDS: Record<DeviceChoice, { name: string; note: string }> = {
  auto: { name: 'Automatic', note: 'the GPU where there is one' },
  webgpu: { name: 'Graphics processor (GPU)', note: 'needs WebGPU' },
  wasm: { name: 'Processor (CPU)', note: 'for small models' },
};

/** The way out where the chosen device is not there. */
export const CHOOSE_AUTOMATICALLY = 'Choose automatically';

/** A size in bytes as people read it: "959 kB", "2.7 MB". Decimal units, as in download lists. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** A duration as people read it: "85 ms", "1.4 s", "2 min 5 s". */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const whole = Math.round(seconds);
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** A count as people read it: "4,096", "2.1 million". */
export function formatCount(count: number): string {
  if (count >= 999_500_000) return `${(count / 1e9).toFixed(1)} billion`;
  if (count >= 1_000_000) return `${(count / 1e6).toFixed(1)} million`;
  return count.toLocaleString('en');
}

/** "1 token", "64 tokens". */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : many}`;
}

/** Tokens a second of an answer, or null if it is too short to say. The first token belongs to the prompt. */
export function tokensPerSecond({ usage, timings }: ChatResult): number | null {
  const tokens = usage.completionTokens - 1;
  return tokens > 0 && timings.decodeMs > 0 ? (tokens * 1000) / timings.decodeMs : null;
}

/** What loading the model is doing. */
export function loadingWords({ stage, loadedBytes, totalBytes, remainingMs }: Loading): string {
  switch (stage) {
    case 'start':
      return 'Loading the model';
    case 'fetch': {
      const total =
        totalBytes === null ? (loadedBytes === 0 ? '' : ' so far') : ` of ${formatBytes(totalBytes)}`;
      const rest =
        remainingMs === null
          ? ''
          : `, about ${formatDuration(Math.max(1, Math.ceil(remainingMs / 1000)) * 1000)} left`;
      return `Loading the model and its engine, ${formatBytes(loadedBytes)}${total}${rest}`;
    }
    case 'runtime':
      return 'Starting the engine';
    case 'tokenizer':
      return 'Loading the model, vocabulary';
    case 'weights':
      return 'Unpacking the model';
    case 'warm-up':
      return 'Warming up';
  }
}

/** What is being done for an answer. */
export function stepWords(step: WorkStep | null): string {
  switch (step?.type) {
    case 'pictures':
      return step.total > 1
        ? `Preparing pictures, ${Math.min(step.done + 1, step.total)} of ${step.total}`
        : 'Preparing the picture';
    case 'vision':
      return 'Reading the picture';
    case 'prefill':
      return `Reading the question, ${formatCount(step.doneTokens)} of ${plural(step.totalTokens, 'token')}`;
    case 'reasoning':
      return 'Thinking';
    case undefined:
      return 'Starting';
  }
}

/** How far a step has come, 0..1, or null if it has no countable parts. */
export function stepShare(step: WorkStep | null): number | null {
  if (step === null || step.type === 'reasoning') return null;
  const [done, total] =
    step.type === 'prefill' ? [step.doneTokens, step.totalTokens] : [step.done, step.total];
  return total > 0 ? done / total : null;
}

/** What the error card says first. */
export function errorTitle(code: GlanceErrorCode): string {
  if (code === 'picture-unreadable' || code === 'picture-empty') return 'This file is not a usable picture';
  if (code.startsWith('picture-')) return 'This picture cannot be used';
  if (code.startsWith('file-') && code !== 'file-unreachable') return 'This model file cannot be used';
  switch (code) {
    case 'file-unreachable':
      return 'A file could not be loaded';
    case 'model-wrong-architecture':
    case 'model-missing-metadata':
    case 'model-missing-tensor':
    case 'model-unsupported-format':
    case 'model-mismatched-pair':
    case 'tokenizer-unsupported':
      return 'This model cannot be used';
    case 'model-has-no-vision':
      return 'This model cannot see pictures';
    case 'context-overflow':
      return 'This is more than the model can hold at once';
    case 'webgpu-unavailable':
      return 'The graphics processor cannot be used';
    case 'out-of-memory':
      return 'Out of memory';
    case 'download-failed':
    case 'download-changed':
      return 'The download could not be finished';
    case 'download-corrupt':
      return 'The server sent a damaged file';
    case 'storage-full':
      return 'There is too little room on this device';
    case 'storage-unavailable':
      return 'Nothing can be kept on this device';
    case 'storage-damaged':
      return 'The kept model is damaged';
    case 'model-not-stored':
      return 'This model is not on this device';
    case 'model-in-use':
      return 'This model is in use';
    case 'worker-lost':
      return 'The engine stopped';
    case 'runtime-unavailable':
      return 'The engine could not start';
    default:
      return 'This question could not be answered';
  }
}

/** What a screen reader says after a try to copy. */
export function copiedAnnouncement(copied: boolean): string {
  return copied ? 'Copied' : 'The browser refused to copy. Select the text and copy it by hand.';
}

/**
 * An answer as it is shown and copied: models like to begin with a space or an empty line. The request
 * keeps what they really said.
 */
export function shownAnswer(text: string): string {
  return text.trimStart();
}

/** Said of an answer whose page ended before it did. */
export function cutWords(hasBegun: boolean): string {
  return hasBegun
    ? 'Cut off: the page was closed in the middle of it.'
    : 'Not answered: the page was closed before.';
}

/** What a screen reader says when pictures have been added. */
export function picturesAnnouncement(added: number, inTray: number): string {
  return `${plural(added, 'picture')} added, ${formatCount(inTray)} with this question`;
}

/** What a screen reader says at the end of an answer. */
export function answerAnnouncement(text: string, stopped: boolean): string {
  const shown = shownAnswer(text);
  if (stopped) return shown === '' ? 'Stopped' : `Stopped. The answer so far: ${shown}`;
  return shown === '' ? 'The model gave an empty answer' : `Answer: ${shown}`;
}
