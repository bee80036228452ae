/** What a model's headers tell of it, of files that are here and of files on a server. */
import type { TextConfig, VisionConfig } from '../model/config.ts';
import { GlanceError, toGlanceError } from '../model/errors.ts';
import type { ModelInspection, ModelOutline } from '../model/storage.ts';
import type { ByteSource } from '../weights/byte_source.ts';
import { elementCount, readGguf } from '../weights/gguf.ts';
import { joinParts } from '../weights/gguf_split.ts';
import {
  checkPair,
  peekText,
  peekVision,
  readModelCard,
  readTextConfig,
  readVisionConfig,
} from '../weights/model_config.ts';
import { expectedTextTensors, expectedVisionTensors } from '../weights/tensor_names.ts';
import type { RetryPolicy } from './backoff.ts';
import type { FileToDownload } from './download.ts';
import type { FilesDb } from './files_db.ts';
import type { ModelRecord } from './models_db.ts';
import { Changed, describeRemote } from './remote.ts';
import { remoteSource } from './remote_source.ts';
import { storedSource } from './source.ts';
import { Patience, Transfer } from './transfer.ts';

/** Somebody waits for an answer: after so many tries the reason is told instead. */
const ATTEMPTS = 3;

/**
 * Reads the headers of a model's files as loading does.
 *
 * @param text all parts, joined
 * @throws GlanceError about the files: `file-*`, `model-*`, `storage-damaged`, `aborted`
 */
export async function readOutline(
  text: ByteSource,
  vision: ByteSource | undefined,
  signal?: AbortSignal,
): Promise<ModelOutline> {
  const textFile = await readGguf(text, signal);
  const textConfig = readTextConfig(textFile);
  const visionFile = vision ? await readGguf(vision, signal) : null;
  const visionConfig = visionFile && readVisionConfig(visionFile);
  if (visionConfig !== null) checkPair(textConfig, visionConfig);
  const { parameterCount, license } = readModelCard(textFile, visionFile);
  return outlineOf(textConfig, visionConfig, parameterCount, license);
}

/**
 * What a kept model's files tell.
 *
 * @returns null if they are none of a model that Glance runs
 * @throws GlanceError `storage-unavailable`, `storage-damaged`, `model-not-stored`
 */
export async function readStoredOutline(
  files: FilesDb,
  { text, vision }: Pick<ModelRecord, 'text' | 'vision'>,
): Promise<ModelOutline | null> {
  const parts = await Promise.all(text.map((key) => storedSource(files, key)));
  const visionSource = vision === null ? undefined : await storedSource(files, vision);
  try {
    return await readOutline(joinParts(parts), visionSource);
  } catch (thrown) {
    const { code } = toGlanceError(thrown);
    if (code === 'model-not-stored' || !/^(?:file|model)-/.test(code)) throw thrown;
    return null;
  }
}

/**
 * Asks servers for the sizes of a model's files and the beginnings of their headers.
 *
 * @param text all parts, in order
 * @throws GlanceError `file-*`, `model-*` if Glance cannot run it, `download-failed`, `download-changed`,
 * `aborted`
 */
export async function inspectRemote(
  text: readonly FileToDownload[],
  vision: FileToDownload | null,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<ModelInspection> {
  const transfer = new Transfer(policy, false);
  const patiently = <T>(work: (running: AbortSignal) => Promise<T>): Promise<T> =>
    transfer.attempt(new Patience(), ATTEMPTS, work, signal);
  const describe = ({ url }: FileToDownload) =>
    patiently((running) => describeRemote(url, policy.stallMs, running));
  const files = vision === null ? text : [...text, vision];
  const described = await Promise.all(files.map(describe));
  const open = (index: number) => {
    const { url, name } = files[index]!;
    return remoteSource(url, name, described[index]!, policy.stallMs);
  };
  const peeked = Promise.all([
    patiently((running) => peekText(open(0), running)),
    vision && patiently((running) => peekVision(open(files.length - 1), running)),
  ]);
  const [{ config, license }, visionConfig] = await peeked.catch((error: unknown) => {
    throw error instanceof Changed ? changing(text[0]!.name, error) : error;
  });
  if (visionConfig !== null) checkPair(config, visionConfig);
  const expected = [
    expectedTextTensors(config),
    ...(visionConfig ? [expectedVisionTensors(visionConfig)] : []),
  ];
  const shapes = expected.flatMap((tensors) => [...tensors.values()]);
  const parameterCount = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  const sizeBytes = described.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { sizeBytes, outline: outlineOf(config, visionConfig, parameterCount, license) };
}

function outlineOf(
  text: TextConfig,
  vision: VisionConfig | null,
  parameterCount: number,
  license: string | null,
): ModelOutline {
  const { hiddenSize, layerCount, headCount, kvHeadCount, headDim, ffnSize, vocabSize, contextLength } = text;
  return {
    dimensions: {
      text: { hiddenSize, layerCount, headCount, kvHeadCount, headDim, ffnSize, vocabSize, contextLength },
      vision: vision && {
        hiddenSize: vision.hiddenSize,
        ffnSize: vision.ffnSize,
        spatialMergeSize: vision.spatialMergeSize,
        patchSize: vision.patchSize,
        projectionSize: vision.projectionSize,
        defaultMaxPixels: vision.defaultMaxPixels,
      },
    },
    parameterCount,
    license,
  };
}

function changing(name: string, cause: unknown): GlanceError {
  return new GlanceError(
    'download-changed',
    `${name} is being changed on its server just now. Try again in a moment.`,
    { cause, details: { file: name } },
  );
}
