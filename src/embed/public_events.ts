import type { LoadProgress, ModelInfo } from '../rpc/contract.ts';
import type { LoadedModel, LoadingProgress } from './events.ts';

/** What of the engine's progress is told. */
export function progressFor(progress: LoadProgress): LoadingProgress {
  const { stage } = progress;
  if (stage === 'fetch') {
    return { stage, file: progress.file, done: progress.loadedBytes, total: progress.totalBytes };
  }
  return stage === 'weights' ? { stage, done: progress.done, total: progress.total } : { stage };
}

/** What of the engine's model is told. */
export function modelFor(info: ModelInfo): LoadedModel {
  const { name, demo, device, deviceName, quantization, parameterCount, contextLength, license } = info;
  const seesPictures = info.vision !== null;
  return {
    name,
    demo,
    device,
    deviceName,
    quantization,
    parameterCount,
    contextLength,
    seesPictures,
    license,
  };
}
