/** Writes stand-ins for published models: their dimensions, formats and metadata, with random weights. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource } from '../../src/weights/byte_source.ts';
import type { TensorFormat } from '../../src/weights/formats/index.ts';
import { elementCount, readGguf } from '../../src/weights/gguf.ts';
import {
  type ExpectedTensors,
  expectedTextTensors,
  expectedVisionTensors,
} from '../../src/weights/tensor_names.ts';
import { readChatTemplate, readTokenizerData } from '../../src/weights/tokenizer_data.ts';
import {
  type TensorDescription,
  type TypedValue,
  text,
  uint32,
  writeGgufHeader,
} from '../support/gguf_writer.ts';
import { textMetadata, visionMetadata } from '../support/synthetic_model.ts';
import { publishedTemplate, type TemplateName } from '../support/templates.ts';
import { largeVocabulary, type Vocabulary, withSpecialTokens } from '../support/vocabulary.ts';
import { type ModelDimensions, publishedModels, scaleDown } from './configs.ts';
import { quantMixes, textFormats, visionFormats } from './quant_mix.ts';
import { fillWithWeights } from './random_weights.ts';

export interface StandInOptions {
  /** A name of {@link publishedModels}. */
  like: string;
  /** A name of {@link quantMixes}. */
  quant: string;
  /** Format of the vision encoder's matrices. */
  visionQuant: 'F32' | 'F16' | 'Q8_0';
  /** Divides widths, heads and layers; above 1 the vocabulary is the demo model's. */
  scale: number;
  seed: number;
  /** A published chat template, with the special tokens that it needs; default: the demo model's. */
  template?: TemplateName;
  folder: string;
}

export interface WrittenFile {
  path: string;
  bytes: number;
}

/** Bytes made and written at once. */
const SLICE_BYTES = 8 * 1024 * 1024;

const PICO = new URL('../../public/models/pico/pico-Q8_0.gguf', import.meta.url);

/**
 * Writes the files of a stand-in. Each has its name only once it is complete.
 *
 * @throws Error with one line if a name is unknown
 */
export async function writeStandIn(options: StandInOptions): Promise<WrittenFile[]> {
  const { like, quant, visionQuant, scale, seed, template, folder } = options;
  const published = publishedModels.get(like);
  const mix = quantMixes.get(quant);
  if (published === undefined)
    throw new Error(`--like must be one of: ${[...publishedModels.keys()].join(', ')}.`);
  if (mix === undefined) throw new Error(`--quant must be one of: ${[...quantMixes.keys()].join(', ')}.`);

  const pico = await readGguf(bytesSource(await readFile(PICO), 'pico-Q8_0.gguf'));
  const known = scale === 1 ? largeVocabulary(seed) : vocabularyOf(readTokenizerData(pico));
  const vocabulary = template ? withSpecialTokens(known) : known;
  const model = scale === 1 ? published : scaleDown(published, scale, vocabulary.tokens.length);
  const name = `stand-in for ${like}${scale === 1 ? '' : ` at 1/${scale}`}`;

  await mkdir(folder, { recursive: true });
  const written = [
    await writeFile({
      path: join(folder, `${like}-${quant}.gguf`),
      metadata: new Map([
        ...textMetadata(model.text, vocabulary),
        ...general(name, mix.fileType),
        ['tokenizer.chat_template', text(template ? publishedTemplate(template) : readChatTemplate(pico))],
      ]),
      ...tensorsOfText(model, quant),
      seed,
    }),
  ];
  if (model.vision) {
    const shapes = expectedVisionTensors(model.vision);
    written.push(
      await writeFile({
        path: join(folder, `mmproj-${like}-${visionQuant}.gguf`),
        metadata: new Map([
          ...visionMetadata(model.vision),
          ...general(name, quantMixes.get(visionQuant)!.fileType),
        ]),
        shapes,
        formats: visionFormats(shapes, visionQuant),
        seed: seed + 1,
      }),
    );
  }
  return written;
}

/** Shapes and formats of a text model's tensors by name. */
export function tensorsOfText(
  { text: config }: ModelDimensions,
  quant: string,
): { shapes: ExpectedTensors; formats: Map<string, TensorFormat> } {
  const shapes = expectedTextTensors(config);
  return { shapes, formats: textFormats(shapes, config.layerCount, quantMixes.get(quant)!) };
}

/** Bytes that a tensor takes in a file. */
export function tensorBytes(shape: readonly number[], { blockSize, blockBytes }: TensorFormat): number {
  return (elementCount(shape) / blockSize) * blockBytes;
}

function vocabularyOf(data: ReturnType<typeof readTokenizerData>): Vocabulary {
  return { tokens: [...data.tokens], tokenTypes: [...data.tokenTypes!], merges: [...data.merges] };
}

function general(name: string, fileType: number): [string, TypedValue][] {
  return [
    ['general.name', text(name)],
    ['general.file_type', uint32(fileType)],
    ['general.quantization_version', uint32(2)],
  ];
}

interface FilePlan {
  path: string;
  metadata: ReadonlyMap<string, TypedValue>;
  shapes: ExpectedTensors;
  formats: ReadonlyMap<string, TensorFormat>;
  seed: number;
}

async function writeFile({ path, metadata, shapes, formats, seed }: FilePlan): Promise<WrittenFile> {
  const tensors = [...shapes].map(([name, shape]): TensorDescription => {
    const format = formats.get(name)!;
    return { name, shape, format, byteLength: tensorBytes(shape, format) };
  });
  const { header, alignment } = writeGgufHeader(3, metadata, tensors);
  const draw = randomBits(seed);
  const unfinished = `${path}.part`;
  const file = await open(unfinished, 'w');
  let bytes = 0;
  try {
    const put = async (part: Uint8Array) => {
      await file.writeFile(part);
      bytes += part.length;
    };
    await put(header);
    for (const tensor of tensors) {
      for (const slice of weightSlices(tensor, draw)) await put(slice);
      await put(new Uint8Array(Math.ceil(bytes / alignment) * alignment - bytes));
    }
  } catch (error) {
    await file.close();
    await rm(unfinished, { force: true });
    throw error;
  }
  await file.close();
  await rename(unfinished, path);
  return { path, bytes };
}

function* weightSlices({ name, shape, format, byteLength }: TensorDescription, draw: () => number) {
  const isNorm = /norm\.weight$|ln\d?\.weight$/.test(name);
  if (isNorm) {
    const values = Float32Array.from({ length: elementCount(shape) }, () => 1 + (draw() / 2 ** 32 - 0.5) / 5);
    yield new Uint8Array(values.buffer);
    return;
  }
  // Rows of matrices have a length near 1, so that what passes through them neither grows nor fades.
  const deviation = shape.length > 1 ? 1 / Math.sqrt(elementCount(shape) / shape[0]!) : 0.02;
  const sliceBytes = Math.floor(SLICE_BYTES / format.blockBytes) * format.blockBytes;
  for (let at = 0; at < byteLength; at += sliceBytes) {
    const slice = new Uint8Array(Math.min(sliceBytes, byteLength - at));
    fillWithWeights(format, slice, deviation, draw);
    yield slice;
  }
}

/** 32 random bits at a time (xorshift, Marsaglia 2003): faster than what tests draw numbers from. */
function randomBits(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
