/** From a JSON Schema to a grammar whose every text fulfils it. */
import { areDisjoint } from './disjoint.ts';
import { type Expression, eitherOf, type GrammarBuilder, inOrder, NEVER, text } from './grammar.ts';
import { JsonGrammar } from './json_grammar.ts';
import type { JsonType } from './json_value.ts';
import { arrayGrammar } from './schema_array.ts';
import { objectGrammar } from './schema_object.ts';
import type { SchemaReader } from './schema_reader.ts';
import { both, type PlacedSchema, type Shape, shapeKey } from './schema_shape.ts';
import { typesOf } from './schema_types.ts';
import { fulfils } from './schema_values.ts';

import { isAnyString, spellString, stringLanguage } from './string_language.ts';
import { unsupported } from './unsupported.ts';

/** What the grammar of a schema is made with. */
export interface SchemaGrammar {
  readonly grammar: GrammarBuilder;
  readonly json: JsonGrammar;
  readonly reader: SchemaReader;
  /** What a value may be that all of the schemas are for. */
  value(schemas: readonly PlacedSchema[]): Expression;
}

/** @throws GlanceError `format-unsupported` that names the part of the schema */
export function schemaGrammar(grammar: GrammarBuilder, reader: SchemaReader): SchemaGrammar {
  return new Converter(grammar, reader);
}

class Converter implements SchemaGrammar {
  readonly grammar: GrammarBuilder;
  readonly json: JsonGrammar;
  readonly reader: SchemaReader;
  /** Rules by what they ask: schemas that refer to themselves come back to the rule they began with. */
  readonly #rules = new Map<string, Expression & { kind: 'rule' }>();

  constructor(grammar: GrammarBuilder, reader: SchemaReader) {
    this.grammar = grammar;
    this.json = new JsonGrammar(grammar);
    this.reader = reader;
  }

  value(schemas: readonly PlacedSchema[]): Expression {
    return this.#shape(this.reader.shape(schemas));
  }

  #shape(shape: Shape): Expression {
    if (shape.never) return NEVER;
    const key = shapeKey(shape);
    const known = this.#rules.get(key);
    if (known) return known;
    const rule = this.grammar.declare();
    this.#rules.set(key, rule);
    this.grammar.define(rule, this.#convert(shape));
    return rule;
  }

  #convert(shape: Shape): Expression {
    if (shape.choices.length > 0) return this.#choose(shape);
    if (shape.values !== null) {
      const others = { ...shape, values: null };
      const values = shape.values.filter((value) => fulfils(value, others, this.reader));
      return eitherOf(...values.map((value) => text(JSON.stringify(value))));
    }
    return eitherOf(...typesOf(shape).map((type) => this.#ofType(type, shape)));
  }

  /** Takes in one choice after the other. */
  #choose(shape: Shape): Expression {
    const [choice, ...others] = shape.choices;
    const { exclusive, options, at } = choice!;
    const rest = { ...shape, choices: others };
    const shapes = options.map((option) => both(rest, this.reader.shape([option])));
    if (exclusive) {
      shapes.forEach((one, i) => {
        const other = shapes.slice(0, i).find((before) => !areDisjoint(one, before, this.reader));
        if (other === undefined) return;
        throw unsupported(
          at,
          'it cannot be seen that never two of "oneOf" are fulfilled at once; "anyOf" can be used',
        );
      });
    }
    return eitherOf(...shapes.map((one) => this.#shape(one)));
  }

  #ofType(type: JsonType, shape: Shape): Expression {
    switch (type) {
      case 'null':
        return text('null');
      case 'boolean':
        return this.json.boolean;
      case 'number':
      case 'integer':
        return this.#number(type === 'integer', shape);
      case 'string':
        return this.#string(shape);
      case 'array':
        return arrayGrammar(this, shape);
      case 'object':
        return objectGrammar(this, shape);
    }
  }

  #number(integer: boolean, shape: Shape): Expression {
    const number = this.json.number({ integer, ...shape.number });
    if (number === null)
      throw unsupported(`${shape.at}/multipleOf`, 'the multiples are too many to tell apart');
    return number;
  }

  #string(shape: Shape): Expression {
    const language = stringLanguage(shape);
    if (isAnyString(language)) return this.json.string;
    if (language.languages.length === 0) {
      const counted = this.json.stringOfLength(language.minLength, language.maxLength);
      if (counted !== null) return counted;
    }
    return inOrder(text('"'), spellString(this.grammar, language, shape.at));
  }
}
