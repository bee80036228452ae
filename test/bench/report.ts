import type { TextConfig } from '../../src/model/config.ts';
import type { BenchEngine, BenchRow } from './contract.ts';

export interface CopyResult {
  tokens: number;
  draftedSteps: number;
  draftedTokens: number;
  acceptedTokens: number;
  acceptedTokensPerDraftedStep: number;
  msPerTokenOn: number;
  msPerTokenOff: number;
  /** All runs drew the same tokens. */
  identical: boolean;
  /** These are the document's. */
  copied: boolean;
}

export interface Ratios {
  /** Milliseconds a token, of others over ours. */
  decode: {
    model: string;
    quant: string;
    context: number;
    ortWebgpu: number | null;
    ortWasm: number | null;
    wllama: number | null;
  }[];
  /** Of our kernels, from the shortest context to the longest: times, and bytes of weights and cache read. */
  growth: { model: string; quant: string; from: number; to: number; ms: number; bytes: number }[];
  speculation: CopyResult;
}

/** Bytes of keys and values that one token has in the cache. */
export function kvBytes({ layerCount, kvHeadCount, headDim }: TextConfig): number {
  return 4 * 2 * layerCount * kvHeadCount * headDim;
}

/** @param kv {@link kvBytes} by model and quant */
export function ratiosOf(
  rows: readonly BenchRow[],
  kv: ReadonlyMap<string, number>,
  speculation: CopyResult,
): Ratios {
  const ratios: Ratios = { decode: [], growth: [], speculation };
  const ours = rows.filter(({ engine, msPerToken }) => engine === 'glance' && msPerToken !== null);
  for (const row of ours) {
    const { model, quant, context } = row;
    const over = (engine: BenchEngine, device: string): number | null => {
      const other = rows.find(
        (candidate) =>
          candidate.engine === engine &&
          candidate.device === device &&
          candidate.model === model &&
          candidate.quant === quant &&
          candidate.context === context,
      );
      return other?.msPerToken ? other.msPerToken / row.msPerToken! : null;
    };
    ratios.decode.push({
      model,
      quant,
      context,
      ortWebgpu: over('ort', 'webgpu'),
      ortWasm: over('ort', 'wasm'),
      wllama: over('wllama', 'wasm'),
    });
  }
  for (const [name, bytesPerToken] of kv) {
    const those = ours.filter(({ model, quant }) => `${model} ${quant}` === name);
    const [first, last] = [those[0]!, those.at(-1)!];
    const bytes = ({ weightBytesPerToken, context }: BenchRow) =>
      weightBytesPerToken + bytesPerToken * context;
    ratios.growth.push({
      model: first.model,
      quant: first.quant,
      from: first.context,
      to: last.context,
      ms: last.msPerToken! / first.msPerToken!,
      bytes: bytes(last) / bytes(first),
    });
  }
  return ratios;
}

const decimals = (value: number | null, places: number): string =>
  value === null ? '' : value.toFixed(places);

export function printReport(machine: string, rows: readonly BenchRow[], ratios: Ratios): void {
  console.log(machine);
  console.table(
    rows.map((row) => ({
      engine: `${row.engine} ${row.device}`,
      model: `${row.model} ${row.quant}`,
      context: row.context,
      'ms/token': decimals(row.msPerToken, 2),
      tokens: row.tokens ?? '',
      spread: decimals(row.spread, 2),
      'prefill/s': decimals(row.prefillTokensPerSecond, 0),
      'ttft ms': decimals(row.ttftMs, 0),
      'CPU ms': decimals(row.workerCpuMsPerToken, 2),
      submits: decimals(row.submitsPerToken, 2),
      dispatches: decimals(row.dispatchesPerToken, 1),
      'per layer': row.dispatchesPerLayer ?? '',
      'GPU MB': decimals(row.gpuBytes && row.gpuBytes / 1e6, 1),
      'MB/token': decimals(row.weightBytesPerToken / 1e6, 2),
    })),
  );
  console.log('times our kernels:');
  console.table(
    ratios.decode.map(({ ortWebgpu, ortWasm, wllama, ...rest }) => ({
      ...rest,
      'ort webgpu': decimals(ortWebgpu, 1),
      'ort wasm': decimals(ortWasm, 2),
      wllama: decimals(wllama, 2),
    })),
  );
  for (const { model, quant, from, to, ms, bytes } of ratios.growth) {
    console.log(
      `${model} ${quant}: from ${from} to ${to} tokens, time x ${ms.toFixed(2)}, bytes read x ${bytes.toFixed(2)}`,
    );
  }
  const { speculation } = ratios;
  console.log(
    `copying ${speculation.tokens} tokens: ${speculation.msPerTokenOff.toFixed(2)} ms a token, ${speculation.msPerTokenOn.toFixed(2)} with drafts (${speculation.acceptedTokensPerDraftedStep.toFixed(2)} of ${(speculation.draftedTokens / Math.max(1, speculation.draftedSteps)).toFixed(2)} accepted a drafted step)`,
  );
}
