/** Whether a model fits a machine, with how much context, and which one to recommend. Pure. */
import type { ModelDimensions } from '../model/config.ts';
import type { ModelOutline } from '../model/storage.ts';
import { type CatalogueEntry, type CatalogueFile, downloadBytes } from './catalogue.ts';
import { CPU_WEIGHT_BYTES, cpuWeightBytes, type MemoryNeed, memoryNeed } from './need.ts';

const GIB = 2 ** 30;

/** What a page can learn of the machine that it runs on. Browsers tell no size of the GPU's own memory. */
export interface Machine {
  /** Null where the browser offers no WebGPU. */
  readonly gpu: {
    readonly name: string;
    /** It computes on the CPU. */
    readonly software: boolean;
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
  } | null;
  /** The machine's main memory, rounded to a power of two; null where the browser does not tell. */
  readonly memoryBytes: number | null;
  /** A phone or a tablet, where the system leaves little memory to a page. */
  readonly handheld: boolean;
  /** What the browser lets this site keep beyond what is kept already; null where it does not tell. */
  readonly availableBytes: number | null;
}

/** Context lengths that the page offers, in tokens. A picture of a megapixel takes 1,024. */
export const CONTEXT_STEPS = [2048, 4096, 8192, 16_384, 32_768] as const;
/** The longest that is proposed: keys and values are reserved at once. */
const LARGEST_PROPOSAL = 8192;

/** Those of {@link CONTEXT_STEPS} that a model can hold; its own limit where it holds less than all. */
export function contextSteps({ text }: ModelDimensions): readonly number[] {
  const steps = CONTEXT_STEPS.filter((step) => step <= text.contextLength);
  return steps.length > 0 ? steps : [text.contextLength];
}

/** Why a model does not fit, or hardly. */
export type FitReason =
  /** There is no graphics processor for it, but it is small enough for the CPU. */
  | 'cpu'
  | 'no-gpu'
  | 'software-gpu'
  /** A piece is larger than this GPU can bind. */
  | 'buffer-limit'
  | 'memory'
  /** The need is beyond what is known to be there; there may be more. */
  | 'memory-unknown'
  | 'storage';

export interface Fit {
  readonly verdict: 'fits' | 'tight' | 'no';
  readonly reason: FitReason | null;
  /** Proposed, or as asked for; in tokens. */
  readonly contextLength: number;
  readonly need: MemoryNeed;
}

/** What a model may take of a machine. */
interface Budget {
  /** No more than this leaves room for everything else. */
  readonly easyBytes: number;
  /** More than this will not do; infinite where the browser may be silent about more memory. */
  readonly mostBytes: number;
}

/**
 * Shares of the main memory, which GPUs of most machines use too. Those with memory of their own say nothing of
 * it, so what a desktop's browser tells counts as the least there is where it may be rounding down: the
 * largest values that browsers tell are 8 GiB (until 2026) and 32 GiB.
 */
function budgetOf({ gpu, memoryBytes, handheld }: Machine): Budget {
  const modest = handheld || (gpu !== null && gpu.maxBufferSize < GIB);
  const told = memoryBytes ?? (modest ? 4 * GIB : 8 * GIB);
  const memory = gpu !== null && gpu.maxBufferSize < GIB ? Math.min(told, 4 * GIB) : told;
  const [easy, most] = handheld ? [0.25, 0.5] : [0.4, 0.8];
  const isLeast = memoryBytes === null || (!handheld && (told === 8 * GIB || told >= 32 * GIB));
  return { easyBytes: easy * memory, mostBytes: isLeast ? Number.POSITIVE_INFINITY : most * memory };
}

/**
 * @param fileBytes of all files together
 * @param missingBytes of them, those that are yet to be downloaded
 * @param contextLength in tokens; default: the longest of {@link CONTEXT_STEPS} up to 8,192 that fits easily,
 * else the longest that fits at all up to 4,096
 */
export function fitOf(
  dimensions: ModelDimensions,
  fileBytes: number,
  missingBytes: number,
  machine: Machine,
  contextLength?: number,
): Fit {
  const budget = budgetOf(machine);
  const steps = contextLength === undefined ? contextSteps(dimensions) : [contextLength];
  const needs = steps.map((tokens) => ({ tokens, need: memoryNeed(dimensions, fileBytes, tokens) }));
  const longest = (most: number, bytes: number) =>
    needs.findLast(({ tokens, need }) => {
      return (contextLength !== undefined || tokens <= most) && need.totalBytes <= bytes;
    });
  const easy = longest(LARGEST_PROPOSAL, budget.easyBytes);
  const possible = easy ?? longest(4096, budget.mostBytes);
  const { tokens, need } = possible ?? needs[0]!;
  const result = (verdict: Fit['verdict'], reason: FitReason | null): Fit => {
    return { verdict, reason, contextLength: tokens, need };
  };

  const { gpu, availableBytes } = machine;
  if (gpu === null) return result('no', 'no-gpu');
  if (gpu.software) return result('no', 'software-gpu');
  if (need.largestBindingBytes > Math.min(gpu.maxStorageBufferBindingSize, gpu.maxBufferSize)) {
    return result('no', 'buffer-limit');
  }
  if (possible === undefined) return result('no', 'memory');
  if (availableBytes !== null && missingBytes > availableBytes) return result('no', 'storage');
  if (easy !== undefined) return result('fits', null);
  return result('tight', Number.isFinite(budget.mostBytes) ? 'memory' : 'memory-unknown');
}

/**
 * {@link fitOf} for a model that is in no catalogue. Without a graphics processor it may still do for the CPU.
 *
 * @param sizeBytes of all files
 */
export function fitOfOutline(
  { dimensions, parameterCount }: ModelOutline,
  sizeBytes: number,
  machine: Machine,
  { missingBytes = sizeBytes, contextLength }: { missingBytes?: number; contextLength?: number } = {},
): Fit {
  const fit = fitOf(dimensions, sizeBytes, missingBytes, machine, contextLength);
  if (fit.reason !== 'no-gpu' && fit.reason !== 'software-gpu') return fit;
  const weightsBytes = cpuWeightBytes(parameterCount);
  if (weightsBytes > CPU_WEIGHT_BYTES) return fit;
  if (machine.availableBytes !== null && missingBytes > machine.availableBytes) {
    return { ...fit, reason: 'storage' };
  }
  const { kvBytes, scratchBytes } = fit.need;
  const totalBytes = weightsBytes + kvBytes + scratchBytes;
  return { ...fit, verdict: 'tight', reason: 'cpu', need: { ...fit.need, weightsBytes, totalBytes } };
}

/** {@link fitOf} for an entry of the catalogue. */
export function fitOfEntry(
  entry: CatalogueEntry,
  file: CatalogueFile,
  machine: Machine,
  { missingBytes, contextLength }: { missingBytes?: number; contextLength?: number } = {},
): Fit {
  const bytes = downloadBytes(entry, file);
  return fitOf(entry.dimensions, bytes, missingBytes ?? bytes, machine, contextLength);
}

/**
 * The model to begin with: the largest that sees pictures, answers at once and fits easily, in its smallest
 * quantisation; else the smallest of these that may fit; null if none does.
 *
 * @param missingBytes of an entry's smallest quantisation; default: all
 */
export function recommend(
  entries: readonly CatalogueEntry[],
  machine: Machine,
  missingBytes: (entry: CatalogueEntry) => number | undefined = () => undefined,
): CatalogueEntry | null {
  const seeing = entries.filter(({ kind }) => kind === 'instruct');
  const verdict = (entry: CatalogueEntry) => {
    const missing = missingBytes(entry);
    const options = missing === undefined ? {} : { missingBytes: missing };
    return fitOfEntry(entry, entry.texts[0]!, machine, options).verdict;
  };
  return (
    seeing.findLast((entry) => verdict(entry) === 'fits') ??
    seeing.find((entry) => verdict(entry) === 'tight') ??
    null
  );
}

/** What takes less memory than something that did not fit. */
export type SmallerChoice =
  | { readonly kind: 'context'; readonly contextLength: number }
  | { readonly kind: 'model'; readonly entry: CatalogueEntry; readonly file: CatalogueFile };

/** Half the context, for a model of which nothing smaller is known; null if that is too little to talk in. */
export function shorterContext(contextLength: number): SmallerChoice | null {
  if (contextLength <= CONTEXT_STEPS[0]) return null;
  const shorter = CONTEXT_STEPS.findLast((step) => step <= contextLength / 2) ?? CONTEXT_STEPS[0];
  return { kind: 'context', contextLength: shorter };
}

/** The same model in fewer bits, else the next smaller one of its kind; null if there is none. */
export function smallerModel(
  entries: readonly CatalogueEntry[],
  entry: CatalogueEntry,
  file: CatalogueFile,
): SmallerChoice | null {
  const fewerBits = entry.texts.findLast(({ bytes }) => bytes < file.bytes);
  if (fewerBits !== undefined) return { kind: 'model', entry, file: fewerBits };
  const sizes = entries.filter(({ kind }) => kind === entry.kind);
  const smaller = sizes[sizes.indexOf(entry) - 1];
  return smaller === undefined ? null : { kind: 'model', entry: smaller, file: smaller.texts[0]! };
}

/** The next smaller choice after a model ran out of memory: half the context, then a smaller model. */
export function nextSmaller(
  entries: readonly CatalogueEntry[],
  entry: CatalogueEntry,
  file: CatalogueFile,
  contextLength: number,
): SmallerChoice | null {
  return shorterContext(contextLength) ?? smallerModel(entries, entry, file);
}
