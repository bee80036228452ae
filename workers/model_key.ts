import type { LoadOptions, ModelInfo, ModelSource } from '../src/rpc/contract.ts';

/** Where a model's files are; names have been looked up. */
export type PlacedSource = Exclude<ModelSource, { kind: 'named' }>;
export interface PlacedOptions extends LoadOptions {
  source: PlacedSource;
  /** Any device and any length of context are right if the model is loaded already. */
  anyhow: boolean;
}

let fileCount = 0;

/** The same for the same files. Files that nobody gave a name are nobody else's. */
export function sourceKey(source: PlacedSource): string {
  if (source.kind !== 'file') return JSON.stringify([source.kind, source.text, source.vision ?? null]);
  fileCount += 1;
  return JSON.stringify(['file', source.key ?? fileCount]);
}

/** What a loaded model was asked for as. */
export interface Asked {
  key: string;
  options: PlacedOptions;
}

export function asked(options: PlacedOptions): Asked {
  return { key: sourceKey(options.source), options };
}

/** Whether what was loaded as `loaded` is what is wanted. */
export function fits(loaded: Asked, info: ModelInfo | null, { key, options }: Asked): boolean {
  if (loaded.key !== key) return false;
  const { device = 'auto', contextLength } = options;
  const sameDevice = device === (loaded.options.device ?? 'auto') || device === info?.device;
  const sameLength = contextLength === loaded.options.contextLength || contextLength === info?.contextLength;
  const freeDevice = options.anyhow && options.device === undefined;
  const freeLength = options.anyhow && contextLength === undefined;
  return (sameDevice || freeDevice) && (sameLength || freeLength);
}
