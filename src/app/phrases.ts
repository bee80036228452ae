/** What the page says about states and errors, in the reader's language. */

import type { GlanceError, GlanceErrorCode } from '../model/errors.ts';
import { shownAnswer } from './answering.ts';
import type { WorkStep } from './conversation.ts';
import type { Loading } from './loading.ts';
import { PageError } from './page_error.ts';
import { spoken } from './spoken.ts';
import { words } from './words/index.ts';

/** What loading the model is doing. */
export function loadingWords({ stage, loadedBytes, totalBytes, remainingMs }: Loading): string {
  const { loading } = words;
  switch (stage) {
    case 'fetch':
      return loading.fetch(loadedBytes, totalBytes, remainingMs);
    case 'warm-up':
      return loading.warmUp;
    default:
      return loading[stage];
  }
}

/** What is being done for an answer. */
export function stepWords(step: WorkStep | null): string {
  const { steps, common } = words;
  switch (step?.type) {
    case 'pictures':
      return step.total > 1 ? steps.pictures(Math.min(step.done + 1, step.total), step.total) : steps.picture;
    case 'vision':
      return steps.vision;
    case 'prefill':
      return steps.prefill(step.doneTokens, step.totalTokens);
    case 'reasoning':
      return steps.reasoning;
    case undefined:
      return common.starting;
  }
}

/** What the error card says first. */
export function errorTitle(code: GlanceErrorCode): string {
  return words.errorTitles[titleOf(code)];
}

function titleOf(code: GlanceErrorCode): keyof typeof words.errorTitles {
  if (code === 'picture-unreadable' || code === 'picture-empty') return 'notAPicture';
  if (code.startsWith('picture-')) return 'picture';
  if (code.startsWith('file-') && code !== 'file-unreachable') return 'modelFile';
  switch (code) {
    case 'file-unreachable':
      return 'unreachable';
    case 'model-wrong-architecture':
    case 'model-missing-metadata':
    case 'model-missing-tensor':
    case 'model-unsupported-format':
    case 'model-mismatched-pair':
    case 'tokenizer-unsupported':
      return 'model';
    case 'model-has-no-vision':
      return 'noVision';
    case 'context-overflow':
      return 'contextOverflow';
    case 'webgpu-unavailable':
      return 'noGpu';
    case 'out-of-memory':
      return 'outOfMemory';
    case 'download-failed':
    case 'download-changed':
      return 'download';
    case 'download-corrupt':
      return 'damagedDownload';
    case 'storage-full':
      return 'storageFull';
    case 'storage-unavailable':
      return 'storageUnavailable';
    case 'storage-damaged':
      return 'storageDamaged';
    case 'model-not-stored':
      return 'notStored';
    case 'model-in-use':
      return 'inUse';
    case 'worker-lost':
      return 'workerLost';
    case 'runtime-unavailable':
      return 'noRuntime';
    default:
      return 'question';
  }
}

/** What happened and what to do next, in the reader's language. */
export function errorMessage(error: Pick<GlanceError, 'code' | 'message' | 'details'>): string {
  return error instanceof PageError ? error.message : words.errorMessage(error);
}

/** What a screen reader says after a try to copy. */
export function copiedAnnouncement(copied: boolean): string {
  return copied ? words.common.copied : words.common.copyRefused;
}

/** What a screen reader says at the end of an answer. */
export function answerAnnouncement(text: string, stopped: boolean): string {
  const { announce, common } = words;
  if (shownAnswer(text) === '') return stopped ? common.stopped : announce.emptyAnswer;
  const { text: said, goesOn } = spoken(text);
  const told = goesOn ? announce.goesOn(said) : said;
  return stopped ? announce.stoppedAt(told) : announce.answer(told);
}
