import { parseArgs } from 'node:util';
import type { Device } from '../../src/model/request.ts';

const DEVICES: readonly Device[] = ['wasm', 'webgpu'];

export interface JudgeArguments {
  /** Null if none is named. */
  device: Device | null;
  /** Print the last line as JSON for programs. */
  json: boolean;
  /** A whole number given with the option that the judge names, or null. */
  count: number | null;
  /** Those of the judge's own flags that are set. */
  flags: ReadonlySet<string>;
  /** The text given with each of the judge's other options. */
  texts: ReadonlyMap<string, string>;
}

/**
 * Reads a judge's command line: `--device`, `--json`, one option that shortens the run, flags, and
 * options that take text.
 *
 * @throws Error with one line if an option is unknown or its value is not usable
 */
export function readArguments(
  countOption: string,
  flags: readonly string[] = [],
  textOptions: readonly string[] = [],
): JudgeArguments {
  const { values } = parseArgs({
    options: {
      device: { type: 'string' },
      json: { type: 'boolean', default: false },
      [countOption]: { type: 'string' },
      ...Object.fromEntries(textOptions.map((option) => [option, { type: 'string' as const }])),
      ...Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' as const }])),
    },
  });
  const device = DEVICES.find((known) => known === values.device) ?? null;
  if (device === null && values.device !== undefined) {
    throw new Error(`--device must be one of: ${DEVICES.join(', ')}.`);
  }
  const text = values[countOption];
  const count = typeof text === 'string' ? Number(text) : null;
  if (count !== null && !(Number.isInteger(count) && count > 0)) {
    throw new Error(`--${countOption} must be a whole number above 0.`);
  }
  const given: Record<string, unknown> = values;
  const set = new Set(flags.filter((flag) => given[flag] === true));
  const texts = new Map(
    textOptions.flatMap((option) => {
      const text = given[option];
      return typeof text === 'string' ? [[option, text] as const] : [];
    }),
  );
  return { device, json: given.json === true, count, flags: set, texts };
}

/** Ends a judge: the answer for programs or for people, then the exit code. */
export function finish(json: boolean, answer: object, problems: readonly string[]): void {
  for (const problem of problems) console.error(`FAILED: ${problem}`);
  if (json) console.log(JSON.stringify(answer));
  process.exitCode = problems.length > 0 ? 1 : 0;
}
