/**
 * Which format llama.cpp gives to each tensor of a file, without an importance matrix: for text models as its
 * quantiser chooses (src/llama-quant.cpp), for vision encoders as its converter does (conversion/base.py).
 */
import { readableFormats, type TensorFormat } from '../../src/weights/formats/index.ts';
import { type ExpectedTensors, OUTPUT, TOKEN_EMBEDDING } from '../../src/weights/tensor_names.ts';

interface QuantMix {
  /** llama.cpp's number for it (`enum llama_ftype`). */
  fileType: number;
  /** Format of most matrices. */
  main: string;
  /** Whether the attention's values and the MLP's way down are kept in Q6_K in half of the layers. */
  moreBits?: boolean;
}

/** By the name that `--quant` takes. */
export const quantMixes: ReadonlyMap<string, QuantMix> = new Map([
  ['F32', { fileType: 0, main: 'F32' }],
  ['F16', { fileType: 1, main: 'F16' }],
  ['Q4_0', { fileType: 2, main: 'Q4_0' }],
  ['Q4_1', { fileType: 3, main: 'Q4_1' }],
  ['Q8_0', { fileType: 7, main: 'Q8_0' }],
  ['Q5_0', { fileType: 8, main: 'Q5_0' }],
  ['Q5_1', { fileType: 9, main: 'Q5_1' }],
  ['Q4_K_M', { fileType: 15, main: 'Q4_K', moreBits: true }],
  ['Q5_K_M', { fileType: 17, main: 'Q5_K', moreBits: true }],
  ['Q6_K', { fileType: 18, main: 'Q6_K' }],
  ['BF16', { fileType: 32, main: 'BF16' }],
]);

/** What takes the place of a format whose blocks do not fit a row. */
const FALLBACKS: Readonly<Record<string, string>> = { Q4_K: 'Q5_0', Q5_K: 'Q5_1', Q6_K: 'Q8_0' };

const formatNamed = (name: string): TensorFormat => readableFormats.find((format) => format.name === name)!;
const isQuantized = (name: string): boolean => formatNamed(name).blockSize > 1;
const fits = (name: string, rowLength: number): boolean => rowLength % formatNamed(name).blockSize === 0;

/** The first and last eighth of the layers, and every third between them. */
function takesMoreBits(layer: number, layerCount: number): boolean {
  const eighth = Math.floor(layerCount / 8);
  return layer < eighth || layer >= Math.floor((7 * layerCount) / 8) || (layer - eighth) % 3 === 2;
}

/** Formats of a text model's tensors by name. */
export function textFormats(
  shapes: ExpectedTensors,
  layerCount: number,
  { main, moreBits = false }: QuantMix,
): Map<string, TensorFormat> {
  const head = shapes.has(OUTPUT) ? OUTPUT : TOKEN_EMBEDDING;
  const choose = (name: string, shape: readonly number[]): string => {
    const rowLength = shape.at(-1)!;
    if (shape.length === 1) return 'F32';
    if (!isQuantized(main)) return main;
    // The output matrix, also where it serves as the embedding.
    if (name === head) {
      if (main === 'Q8_0' || !fits(main, rowLength)) return 'Q8_0';
      return fits('Q6_K', rowLength) ? 'Q6_K' : 'Q8_0';
    }
    const layer = /^blk\.(\d+)\.(?:attn_v|ffn_down)\./.exec(name)?.[1];
    const wanted =
      moreBits && layer !== undefined && takesMoreBits(Number(layer), layerCount) ? 'Q6_K' : main;
    if (fits(wanted, rowLength)) return wanted;
    const fallback = FALLBACKS[wanted];
    if (fallback === undefined) throw new Error(`llama.cpp cannot store rows of ${rowLength} in ${wanted}.`);
    return fits(fallback, rowLength) ? fallback : 'F16';
  };
  return new Map([...shapes].map(([name, shape]) => [name, formatNamed(choose(name, shape))]));
}

/** Formats of a vision encoder's tensors by name. */
export function visionFormats(
  shapes: ExpectedTensors,
  main: 'F32' | 'F16' | 'Q8_0',
): Map<string, TensorFormat> {
  const choose = (name: string, shape: readonly number[]): string => {
    if (shape.length === 1 || name === 'v.position_embd.weight') return 'F32';
    // The patch embedding is never quantised.
    if (name.startsWith('v.patch_embd.')) return main === 'F16' ? 'F16' : 'F32';
    return fits(main, shape.at(-1)!) ? main : 'F16';
  };
  return new Map([...shapes].map(([name, shape]) => [name, formatNamed(choose(name, shape))]));
}
