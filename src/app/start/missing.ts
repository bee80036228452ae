/** What the page cannot do without, and this browser lacks. Runs in browsers that are too old for the rest. */

export type Missing =
  /** Switched off, or too old to have it. */
  | 'webassembly'
  /** Anything else that every browser of the last years has. */
  | 'age'
  /** IndexedDB: the page works, but keeps nothing. */
  | 'storage';

/** The smallest module with an instruction of 128 bits (`i8x16.splat`, `i8x16.popcnt`). */
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11,
];

/** The globals that are looked at; any may be missing. */
export type Globals = Partial<
  Pick<
    typeof globalThis,
    | 'WebAssembly'
    | 'Worker'
    | 'indexedDB'
    | 'AbortSignal'
    | 'HTMLElement'
    | 'DecompressionStream'
    | 'OffscreenCanvas'
    | 'URL'
  >
>;

/** An address of nothing, from which a worker may be tried to be started. */
export const NOWHERE = 'blob://';

/** @returns null if nothing is missing */
export function findMissing(globals: Globals): Missing | null {
  const { WebAssembly: wasm } = globals;
  if (wasm === undefined || typeof wasm.validate !== 'function') return 'webassembly';
  const isCurrent =
    wasm.validate(new Uint8Array(SIMD_MODULE)) &&
    hasModuleWorkers(globals.Worker) &&
    typeof globals.DecompressionStream === 'function' &&
    typeof globals.OffscreenCanvas === 'function' &&
    typeof globals.AbortSignal?.any === 'function' &&
    typeof Array.prototype.toSorted === 'function' &&
    typeof globals.URL?.canParse === 'function' &&
    globals.HTMLElement !== undefined &&
    'showPopover' in globals.HTMLElement.prototype;
  if (!isCurrent) return 'age';
  return hasDatabase(globals) ? null : 'storage';
}

/** Only a browser that knows module workers reads the option. The address is none, so nothing is started. */
function hasModuleWorkers(WorkerClass: typeof Worker | undefined): boolean {
  if (WorkerClass === undefined) return false;
  let isRead = false;
  const options = {
    get type(): 'module' {
      isRead = true;
      return 'module';
    },
  };
  try {
    new WorkerClass(NOWHERE, options).terminate();
  } catch {
    // As it should be: there is no script.
  }
  return isRead;
}

function hasDatabase(globals: Globals): boolean {
  try {
    return globals.indexedDB !== undefined && globals.indexedDB !== null;
  } catch {
    return false;
  }
}
