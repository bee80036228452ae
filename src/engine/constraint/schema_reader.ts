import { isObject } from './json_value.ts';
import {
  anything,
  both,
  type PlacedSchema,
  type Schema,
  type Shape,
  shapeOfKeywords,
} from './schema_shape.ts';
import { unsupported } from './unsupported.ts';

/** Names by which a schema may be referred to from anywhere. */
const NAMING_KEYWORDS = { $id: '', id: '', $anchor: '#', $dynamicAnchor: '#' } as const;
/** What stands in there is data, not schemas. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'example']);

/** Reads a schema with everything it refers to. */
export class SchemaReader {
  readonly #root: Schema;
  readonly #byName = new Map<string, PlacedSchema>();

  constructor(root: Schema) {
    this.#root = root;
    this.#collectNames(root, '#');
  }

  get root(): PlacedSchema[] {
    return [{ schema: this.#root, at: '#' }];
  }

  /**
   * What schemas ask together.
   *
   * @param schemas for the same value; none ask nothing
   * @throws GlanceError `format-unsupported`
   */
  shape(schemas: readonly PlacedSchema[]): Shape {
    return this.#shape(schemas, schemas[0]?.at ?? '#', []);
  }

  /** @param open references that are being followed: one that leads back to itself would never end */
  #shape(schemas: readonly PlacedSchema[], at: string, open: readonly string[]): Shape {
    return schemas.map((one) => this.#shapeOfOne(one, open)).reduce(both, anything(at));
  }

  #shapeOfOne({ schema, at }: PlacedSchema, open: readonly string[]): Shape {
    const own = shapeOfKeywords(schema, at);
    if (!isObject(schema)) return own;
    const parts = [own];
    const reference = schema.$ref ?? schema.$recursiveRef;
    if (reference !== undefined) {
      if (typeof reference !== 'string') throw unsupported(`${at}/$ref`, '"$ref" must be text');
      const target = this.#resolve(reference, at);
      if (open.includes(target.at)) throw unsupported(`${at}/$ref`, 'the reference leads back to itself');
      parts.push(this.#shape([target], target.at, [...open, target.at]));
    }
    if (schema.allOf !== undefined) {
      if (!Array.isArray(schema.allOf)) throw unsupported(`${at}/allOf`, '"allOf" must be a list of schemas');
      schema.allOf.forEach((one: Schema, i) => {
        const place = `${at}/allOf/${i}`;
        parts.push(this.#shape([{ schema: one, at: place }], place, open));
      });
    }
    return { ...parts.reduce(both), at };
  }

  #resolve(reference: string, at: string): PlacedSchema {
    const rootId = isObject(this.#root) ? String(this.#root.$id ?? this.#root.id ?? '') : '';
    const local = rootId !== '' && reference.startsWith(rootId) ? reference.slice(rootId.length) : reference;
    if (local === '' || local === '#') return { schema: this.#root, at: '#' };
    const found = local.startsWith('#/') ? this.#follow(local) : this.#byName.get(local);
    if (found) return found;
    throw unsupported(`${at}/$ref`, `"${reference}" names no part of this schema`);
  }

  /** @param pointer a JSON pointer as a URI fragment (RFC 6901, section 6) */
  #follow(pointer: string): PlacedSchema | undefined {
    let value: unknown = this.#root;
    for (const step of pointer.slice(2).split('/')) {
      const key = decode(step).replaceAll('~1', '/').replaceAll('~0', '~');
      const holds = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
      if (!holds) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[key];
    }
    return typeof value === 'boolean' || isObject(value) ? { schema: value, at: pointer } : undefined;
  }

  #collectNames(value: unknown, at: string): void {
    if (Array.isArray(value)) {
      value.forEach((one, i) => {
        this.#collectNames(one, `${at}/${i}`);
      });
    }
    if (!isObject(value)) return;
    for (const [keyword, prefix] of Object.entries(NAMING_KEYWORDS)) {
      const name = value[keyword];
      if (typeof name === 'string' && at !== '#') this.#byName.set(`${prefix}${name}`, { schema: value, at });
    }
    for (const [key, one] of Object.entries(value)) {
      if (!DATA_KEYWORDS.has(key)) this.#collectNames(one, `${at}/${key}`);
    }
  }
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
