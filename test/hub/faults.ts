/** Ways in which the test hub misbehaves. Each holds for the file's own bytes; only `no-pointer` for its pointer. */
export type Fault =
  /** Closes the connection after so many bytes of the answer's body. */
  | { kind: 'cut'; afterBytes: number }
  /** Sends so many bytes of the body, then nothing, and keeps the connection open. */
  | { kind: 'stall'; afterBytes: number }
  /** Answers with this status; `retryAfter` is the header's value. */
  | { kind: 'status'; status: number; retryAfter?: string }
  /** Answers every request with the whole file. */
  | { kind: 'ignore-range' }
  /** Turns one bit of the byte at this place of the file. */
  | { kind: 'flip'; offset: number }
  | { kind: 'etag'; value: string }
  /** Says that the file is so many bytes longer than it is. */
  | { kind: 'wrong-total'; deltaBytes: number }
  /** Ends every body so many bytes early, and says so: nothing but the count tells. */
  | { kind: 'short-body'; missingBytes: number }
  /** Sends all bytes and never ends the answer. */
  | { kind: 'endless' }
  /** Sends at most so many bytes of a part, and says so. */
  | { kind: 'cap'; bytes: number }
  | { kind: 'slow'; bytesPerSecond: number }
  /** A page instead of the file, as static hosts send for what is not there. */
  | { kind: 'web-page' }
  /** Lets no other origin read any answer. */
  | { kind: 'no-cors' }
  /** Shows no pointer: not found, and other origins may not read even that. */
  | { kind: 'no-pointer' }
  /** Refuses `HEAD`, and lets no other origin read that. */
  | { kind: 'no-head' }
  /** Lets other origins read no header but those that are always readable. */
  | { kind: 'hide-headers' };

export interface FaultRule {
  fault: Fault;
  /** How many requests it meets; default: all. */
  times?: number;
  /** Part of the name of the files that it meets; default: all. */
  file?: string;
}

/** The rules in force; counted rules wear out. */
export class FaultBox {
  #rules: { rule: FaultRule; left: number }[] = [];

  /** Puts these rules in the place of all others. */
  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  /** Whether a rule of this kind is in force; it does not wear out by being asked for. */
  has(kind: Fault['kind']): boolean {
    return this.#rules.some(({ rule, left }) => left > 0 && rule.fault.kind === kind);
  }

  /** What one request for a file meets. */
  take(path: string): Fault[] {
    const met = this.#rules.filter(({ rule, left }) => left > 0 && path.includes(rule.file ?? ''));
    for (const entry of met) entry.left -= 1;
    return met.map(({ rule }) => rule.fault);
  }
}

/** The first fault of a kind, if there is one. */
export function faultOf<Kind extends Fault['kind']>(
  faults: readonly Fault[],
  kind: Kind,
): Extract<Fault, { kind: Kind }> | undefined {
  return faults.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
}
