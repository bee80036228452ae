/**
 * The models that the page offers: the GGUF repositories that Qwen itself publishes on the hub.
 *
 * Names and sizes of files as they were in October 2026. Sizes serve for choosing only: a download asks the
 * server. Dimensions are those of each model's `config.json`; a test compares all with the stand-ins that
 * `npm run make-model` writes.
 */
import type { ModelDimensions } from '../model/config.ts';
import type { ModelDownload } from '../model/storage.ts';
import { hubUrl, keyOfUrl } from './hub.ts';

export interface CatalogueFile {
  /** Path inside the repository. */
  readonly path: string;
  /** In llama.cpp's words: Q4_K_M, Q8_0. */
  readonly quantization: string;
  readonly bytes: number;
}

export type ModelKind =
  /** Sees pictures, answers at once. */
  | 'instruct'
  /** Sees pictures, reasons before it answers. */
  | 'thinking'
  /** Reads text only. */
  | 'text';

export interface CatalogueEntry {
  /** Stable, for programs and addresses: `qwen3-vl-2b-instruct`. */
  readonly id: string;
  readonly name: string;
  readonly kind: ModelKind;
  /** Of text model and vision encoder together. */
  readonly parameterCount: number;
  readonly repo: string;
  readonly revision: string;
  /** SPDX identifier. */
  readonly license: string;
  /** The text model in its quantisations, the smallest first. */
  readonly texts: readonly CatalogueFile[];
  readonly vision: CatalogueFile | null;
  readonly dimensions: ModelDimensions;
}

type Size = '0.6B' | '1.7B' | '2B' | '4B' | '8B';

const small = { layerCount: 28, headCount: 16, kvHeadCount: 8, headDim: 128, vocabSize: 151_936 };
const large = { layerCount: 36, headCount: 32, kvHeadCount: 8, headDim: 128, vocabSize: 151_936 };

const decoders: Record<Size, Omit<ModelDimensions['text'], 'contextLength'>> = {
  '0.6B': { ...small, hiddenSize: 1024, ffnSize: 3072 },
  '1.7B': { ...small, hiddenSize: 2048, ffnSize: 6144 },
  '2B': { ...small, hiddenSize: 2048, ffnSize: 6144 },
  '4B': { ...large, hiddenSize: 2560, ffnSize: 9728 },
  '8B': { ...large, hiddenSize: 4096, ffnSize: 12_288 },
};

const encoder = {
  hiddenSize: 1024,
  ffnSize: 4096,
  spatialMergeSize: 2,
  patchSize: 16,
  defaultMaxPixels: 1_048_576,
};

function vl(
  size: '2B' | '4B' | '8B',
  kind: 'instruct' | 'thinking',
  parameterCount: number,
  textBytes: { Q4_K_M: number; Q8_0: number },
  visionBytes: number,
): CatalogueEntry {
  const variant = kind === 'instruct' ? 'Instruct' : 'Thinking';
  const stem = `Qwen3VL-${size}-${variant}`;
  const decoder = decoders[size];
  const wide = size === '8B' ? { hiddenSize: 1152, ffnSize: 4304 } : {};
  return {
    id: `qwen3-vl-${size.toLowerCase()}-${kind}`,
    name: `Qwen3-VL ${size} ${variant}`,
    kind,
    parameterCount,
    repo: `Qwen/Qwen3-VL-${size}-${variant}-GGUF`,
    revision: 'main',
    license: 'Apache-2.0',
    texts: filesOf(stem, textBytes),
    vision: { path: `mmproj-${stem}-Q8_0.gguf`, quantization: 'Q8_0', bytes: visionBytes },
    dimensions: {
      text: { ...decoder, contextLength: 262_144 },
      vision: { ...encoder, ...wide, projectionSize: decoder.hiddenSize },
    },
  };
}

function text(
  size: Exclude<Size, '2B'>,
  parameterCount: number,
  textBytes: Readonly<Record<string, number>>,
): CatalogueEntry {
  return {
    id: `qwen3-${size.toLowerCase()}`,
    name: `Qwen3 ${size}`,
    kind: 'text',
    parameterCount,
    repo: `Qwen/Qwen3-${size}-GGUF`,
    revision: 'main',
    license: 'Apache-2.0',
    texts: filesOf(`Qwen3-${size}`, textBytes),
    vision: null,
    dimensions: { text: { ...decoders[size], contextLength: 40_960 }, vision: null },
  };
}

function filesOf(stem: string, bytes: Readonly<Record<string, number>>): CatalogueFile[] {
  return Object.entries(bytes).map(([quantization, size]) => ({
    path: `${stem}-${quantization}.gguf`,
    quantization,
    bytes: size,
  }));
}

/** Within a kind, the smallest first. */
export const catalogue: readonly CatalogueEntry[] = [
  vl('2B', 'instruct', 2_127_532_032, { Q4_K_M: 1_107_409_952, Q8_0: 1_834_427_424 }, 445_053_216),
  vl('4B', 'instruct', 4_437_815_808, { Q4_K_M: 2_497_281_664, Q8_0: 4_280_406_144 }, 453_974_304),
  vl('8B', 'instruct', 8_767_123_696, { Q4_K_M: 5_027_784_800, Q8_0: 8_709_519_456 }, 752_289_728),
  vl('2B', 'thinking', 2_127_532_032, { Q4_K_M: 1_107_409_888, Q8_0: 1_834_427_360 }, 445_053_216),
  vl('4B', 'thinking', 4_437_815_808, { Q4_K_M: 2_497_281_472, Q8_0: 4_280_405_952 }, 453_974_304),
  vl('8B', 'thinking', 8_767_123_696, { Q4_K_M: 5_027_784_704, Q8_0: 8_709_519_360 }, 752_289_728),
  text('0.6B', 596_049_920, { Q8_0: 639_446_688 }),
  text('1.7B', 1_720_574_976, { Q8_0: 1_834_426_016 }),
  text('4B', 4_022_468_096, { Q4_K_M: 2_497_280_256, Q8_0: 4_280_404_704 }),
  text('8B', 8_190_735_360, { Q4_K_M: 5_027_783_488, Q8_0: 8_709_518_112 }),
];

/** Bytes of all files of an entry in one quantisation. */
export function downloadBytes({ vision }: CatalogueEntry, file: CatalogueFile): number {
  return file.bytes + (vision?.bytes ?? 0);
}

/**
 * What to ask the store for.
 *
 * @param base of the hub or of a mirror, with a trailing slash
 */
export function downloadOf(
  { name, repo, revision, vision }: CatalogueEntry,
  file: CatalogueFile,
  base: string,
): ModelDownload & { id: string } {
  const url = (path: string) => hubUrl({ base, repo, revision, path });
  return {
    id: keyOfUrl(url(file.path)),
    name: `${name} ${file.quantization}`,
    text: url(file.path),
    ...(vision && { vision: url(vision.path) }),
  };
}

/** The entry and file that a kept model came from; null for any other model. */
export function entryOf(modelId: string): { entry: CatalogueEntry; file: CatalogueFile } | null {
  for (const entry of catalogue) {
    for (const file of entry.texts) {
      if (modelId === `${entry.repo}@${entry.revision}/${file.path}`) return { entry, file };
    }
  }
  return null;
}
