import { type Expression, eitherOf, inOrder, NEVER, repeated, text } from './grammar.ts';
import { canonical } from './json_value.ts';
import type { SchemaGrammar } from './schema_grammar.ts';
import type { PlacedSchema, Shape } from './schema_shape.ts';
import { fulfils } from './schema_values.ts';
import { unsupported } from './unsupported.ts';

const INFINITE = Number.POSITIVE_INFINITY;
/** Longer arrays are counted by XGrammar. */
const MAX_COUNTED = 64;

/** The texts of arrays that a schema asks for. */
export function arrayGrammar(context: SchemaGrammar, shape: Shape): Expression {
  const { json } = context;
  const { min, max } = shape.array;
  if (max < min) return NEVER;
  const empty = min === 0 ? [inOrder(text('['), json.space, text(']'))] : [];
  if (max === 0) return eitherOf(...empty);
  const filled = shape.array.unique && max > 1 ? uniqueItems(context, shape) : anyItems(context, shape);
  return eitherOf(...empty, inOrder(text('['), json.space, filled, json.space, text(']')));
}

/** One item at least. */
function anyItems(context: SchemaGrammar, { array: { prefix, items, min, max } }: Shape): Expression {
  const { grammar, json } = context;
  // A tuple that says nothing of further items has none, unless it must.
  const last = items === null && prefix.length > 0 ? Math.max(prefix.length, min) : INFINITE;
  const most = Math.min(max, last);
  const rest = context.value(items ?? []);
  const value = (i: number) => (prefix[i] ? context.value(prefix[i]) : rest);
  const end = (count: number) => (count >= min ? [text('')] : []);
  /** What may follow when so many items are there. */
  const following = (count: number): Expression => {
    if (count >= most) return eitherOf(...end(count));
    if (count >= prefix.length && (most === INFINITE || most - count > MAX_COUNTED)) {
      return repeated(inOrder(json.comma, rest), Math.max(0, min - count), most - count);
    }
    const rule = grammar.declare();
    grammar.define(rule, eitherOf(...end(count), inOrder(json.comma, value(count), following(count + 1))));
    return rule;
  };
  return inOrder(value(0), following(1));
}

/**
 * Items that differ: possible where there are few that an item can be. They come in the order in which the schema
 * names them.
 */
function uniqueItems(context: SchemaGrammar, shape: Shape): Expression {
  const { grammar, json, reader } = context;
  const { prefix, items, min, max } = shape.array;
  const values = prefix.length > 0 ? null : fewValues(context, items ?? []);
  if (values === null) {
    throw unsupported(
      `${shape.at}/uniqueItems`,
      '"uniqueItems" can only be enforced where the items are an enum',
    );
  }
  const rules = new Map<string, Expression>();
  /** Values from the given one on, when so many were taken. */
  const from = (index: number, count: number): Expression => {
    const key = `${index},${count}`;
    const known = rules.get(key);
    if (known) return known;
    const rule = grammar.declare();
    rules.set(key, rule);
    const options = count >= Math.max(1, min) ? [text('')] : [];
    if (count < max) {
      values.slice(index).forEach((value, i) => {
        const item = text(JSON.stringify(value));
        const next = from(index + i + 1, Math.min(count + 1, values.length));
        options.push(count === 0 ? inOrder(item, next) : inOrder(json.comma, item, next));
      });
    }
    grammar.define(rule, eitherOf(...options));
    return rule;
  };
  return from(0, 0);

  function fewValues({ reader: from }: SchemaGrammar, schemas: readonly PlacedSchema[]): unknown[] | null {
    const item = from.shape(schemas);
    const isBoolean = item.types?.every((type) => type === 'boolean' || type === 'null');
    const possible = item.values ?? (isBoolean ? [true, false, null] : null);
    if (possible === null) return null;
    const fitting = possible.filter((value) => fulfils(value, item, reader));
    return [...new Map(fitting.map((value) => [canonical(value), value])).values()];
  }
}
