/** The worker side of image.test.ts: what the inference worker does with pictures, and nothing else. */
import { expose } from 'comlink';
import { decodePicture, readStrips } from '../../src/image/decode.ts';
import { type PreparedPicture, type PrepareOptions, preparePicture } from '../../src/image/prepare.ts';
import type { PictureInput } from '../../src/model/chat.ts';
import { toGlanceError } from '../../src/model/errors.ts';

/** A result, or the error with what a test looks at. */
export type Outcome<T> = { value: T } | { code: string; message: string };

async function outcome<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (thrown) {
    const { code, message } = toGlanceError(thrown);
    return { code, message };
  }
}

async function decode(blob: Blob): Promise<{ rgb: Uint8Array; width: number; height: number }> {
  const { bitmap } = await decodePicture(blob);
  const { width, height } = bitmap;
  const rgb = new Uint8Array(width * height * 3);
  let at = 0;
  for (const strip of readStrips(bitmap)) {
    for (let i = 0; i < strip.length; i += 4) {
      rgb.set(strip.subarray(i, i + 3), at);
      at += 3;
    }
  }
  bitmap.close();
  return { rgb, width, height };
}

const service = {
  decode: (blob: Blob): Promise<Outcome<{ rgb: Uint8Array; width: number; height: number }>> =>
    outcome(decode(blob)),
  prepare: (input: PictureInput, options: PrepareOptions): Promise<Outcome<PreparedPicture>> =>
    outcome(preparePicture(input, options)),
  prepareAndAbort: (
    input: PictureInput,
    options: PrepareOptions,
    afterMs: number,
  ): Promise<Outcome<PreparedPicture>> =>
    outcome(preparePicture(input, options, AbortSignal.timeout(afterMs))),
};

export type ImageService = typeof service;

expose(service);
