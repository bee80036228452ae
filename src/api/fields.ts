import { RequestError } from './errors.ts';

export interface Range {
  min?: number;
  max?: number;
}

/**
 * An object inside a request, read member by member: each is checked as it is read, and whatever is wrong is refused
 * under its name. A member that is null counts as absent, as in the OpenAI API.
 */
export class Fields {
  readonly #members: Readonly<Record<string, unknown>>;
  /** Names the object inside the request; empty for the request itself. */
  readonly path: string;

  /** @throws RequestError `invalid_type` if the value is no object */
  constructor(value: unknown, path: string) {
    this.path = path;
    if (!isObject(value)) throw wrongType(path || 'The request', 'an object', value);
    this.#members = value;
  }

  get names(): string[] {
    return Object.keys(this.#members);
  }

  /** A member's name inside the request. */
  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** The member as it is; undefined where it is null or absent. */
  value(name: string): unknown {
    return this.#members[name] ?? undefined;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** @throws RequestError `missing_required_parameter` */
  required<T>(name: string, read: (name: string) => T | undefined): T {
    const value = read.call(this, name);
    if (value !== undefined) return value;
    const path = this.pathOf(name);
    throw new RequestError('missing_required_parameter', path, `'${path}' is missing. Add it.`);
  }

  string(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value;
    throw wrongType(this.pathOf(name), 'a string', value);
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrongType(this.pathOf(name), 'true or false', value);
  }

  number(name: string, range: Range = {}): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : checkedNumber(value, this.pathOf(name), range);
  }

  integer(name: string, range: Range = {}): number | undefined {
    const value = this.number(name, range);
    if (value === undefined || Number.isSafeInteger(value)) return value;
    throw wrongType(this.pathOf(name), 'a whole number', value);
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    throw invalid(this.pathOf(name), `must be one of ${quoted(choices)}, not '${value}'`);
  }

  object(name: string): Fields | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : new Fields(value, this.pathOf(name));
  }

  /** The member's items, each with the path that names it. */
  list(name: string, { min = 0, max = Number.POSITIVE_INFINITY }: Range = {}): Item[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const path = this.pathOf(name);
    if (!Array.isArray(value)) throw wrongType(path, 'a list', value);
    if (value.length < min) {
      throw invalid(path, min === 1 ? 'must not be empty' : `must hold at least ${min} items`);
    }
    if (value.length > max) throw invalid(path, `may hold up to ${max} items, not ${value.length}`);
    return value.map((item, i) => ({ value: item as unknown, path: `${path}[${i}]` }));
  }

  /**
   * Refuses members that nobody knows. Those that are null are let pass below the request's own level: clients send
   * back what they were sent.
   *
   * @throws RequestError `unknown_parameter`
   */
  only(known: readonly string[]): this {
    const unknown = this.names.find((name) => !known.includes(name) && (this.path === '' || this.has(name)));
    if (unknown === undefined) return this;
    const path = this.pathOf(unknown);
    throw new RequestError('unknown_parameter', path, `'${path}' is no parameter of this API. Leave it out.`);
  }
}

export interface Item {
  value: unknown;
  path: string;
}

export function checkedNumber(value: unknown, path: string, { min, max }: Range): number {
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrongType(path, 'a number', value);
  if (value >= (min ?? value) && value <= (max ?? value)) return value;
  const range =
    min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
  throw invalid(path, `must be ${range}, not ${value}`);
}

export function checkedString(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw wrongType(path, 'a string', value);
}

export function invalid(path: string, what: string): RequestError {
  return new RequestError('invalid_value', path, `'${path}' ${what}.`);
}

export function unsupported(path: string, what: string): RequestError {
  return new RequestError('unsupported_value', path, what);
}

export function wrongType(path: string, expected: string, value: unknown): RequestError {
  const name = path.startsWith('The ') ? path : `'${path}'`;
  return new RequestError(
    'invalid_type',
    path.startsWith('The ') ? null : path,
    `${name} must be ${expected}, not ${typeName(value)}.`,
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return `a ${typeof value}`;
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
