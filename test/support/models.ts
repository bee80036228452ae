/** Models for tests inside the page: pico as it is shipped, and random ones of any shape. */
import { type OpenedModel, openModel } from '../../src/engine/open_model.ts';
import type { TextConfig, VisionConfig } from '../../src/model/config.ts';
import { type ByteSource, blobSource } from '../../src/weights/byte_source.ts';
import { randomFrom } from './random.ts';
import { type Formats, writeSyntheticText, writeSyntheticVision } from './synthetic_model.ts';
import { trainVocabulary } from './vocabulary.ts';

export interface Shape {
  text: Partial<TextConfig>;
  vision?: Partial<VisionConfig>;
  formats: Formats;
  seed?: number;
  /** See `randomTensors`. */
  sharpness?: number;
}

/** Of the random models: 256 bytes, then Qwen's special tokens. */
export const vocabulary = trainVocabulary([], 0);

export async function openRandom({ text, vision, formats, seed, sharpness }: Shape): Promise<OpenedModel> {
  const source = (bytes: Uint8Array<ArrayBuffer>, name: string) => blobSource(new Blob([bytes]), name);
  const options = { format: formats, ...(seed !== undefined && { seed }), ...(sharpness && { sharpness }) };
  const visionFile =
    vision && writeSyntheticVision({ config: { projectionSize: text.hiddenSize!, ...vision }, ...options });
  return openModel(
    source(writeSyntheticText(vocabulary, { config: text, ...options }), 'text'),
    visionFile && source(visionFile, 'vision'),
  );
}

/** The demo model as it is shipped. */
export async function picoFiles(): Promise<{ text: ByteSource; vision: ByteSource }> {
  const fetched = async (name: string) =>
    blobSource(await (await fetch(`/models/pico/${name}`)).blob(), name);
  return { text: await fetched('pico-Q8_0.gguf'), vision: await fetched('mmproj-pico-F16.gguf') };
}

/** Tokens of single bytes. */
export function randomTokens(count: number, seed = count): Int32Array {
  const random = randomFrom(seed);
  return Int32Array.from({ length: count }, () => Math.floor(random() * 256));
}
