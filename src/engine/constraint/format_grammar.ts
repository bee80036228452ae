import type { ToolDefinition } from '../../model/chat.ts';
import { GlanceError } from '../../model/errors.ts';
import type { AnswerFormat } from '../../model/request.ts';
import { MARKS } from '../output/marks.ts';
import { parseEbnf } from './ebnf.ts';
import { type Expression, eitherOf, GrammarBuilder, inOrder, repeated, text } from './grammar.ts';
import { JsonGrammar } from './json_grammar.ts';
import { wholly } from './language.ts';
import { parseRegex } from './regex.ts';
import { schemaGrammar } from './schema_grammar.ts';
import { SchemaReader } from './schema_reader.ts';
import type { PlacedSchema, Schema } from './schema_shape.ts';
import { asPlainText, spell } from './text_grammar.ts';
import { unsupported } from './unsupported.ts';

/** Beyond this XGrammar would need seconds. */
const MAX_RULES = 20_000;

/**
 * The grammar of a format, as EBNF.
 *
 * @throws GlanceError `format-unsupported` that names the part of the format
 */
export function formatGrammar(format: AnswerFormat): string {
  switch (format.type) {
    case 'json': {
      const grammar = builder('the schema');
      return finished(grammar, new JsonGrammar(grammar).object, '#');
    }
    case 'json-schema': {
      const grammar = builder('the schema');
      const reader = new SchemaReader(format.schema);
      return finished(grammar, schemaGrammar(grammar, reader).value(reader.root), '#');
    }
    case 'regex': {
      const part = 'the pattern';
      const grammar = builder(part);
      const language = wholly(parseRegex(format.pattern, part), part);
      const tooLarge = () => unsupported(part, 'it takes too many states');
      return finished(grammar, spell(grammar, language, asPlainText, text(''), tooLarge), part);
    }
    case 'grammar': {
      const { grammar, root } = parseEbnf(format.grammar);
      return finished(grammar, root, 'the grammar');
    }
  }
}

/**
 * What stands between the marks of a call, as Qwen's templates write it. Where a tool's parameters cannot be
 * enforced, its arguments are any object: a call is a suggestion that the page checks anyway.
 */
export function callGrammar(tools: readonly ToolDefinition[]): string {
  const grammar = builder('the tools');
  return finished(grammar, calls(grammar, tools), 'the tools');
}

/** The same with the marks spelt out, for vocabularies that have no tokens for them. */
export function spelledCallsGrammar(tools: readonly ToolDefinition[]): string {
  const grammar = builder('the tools');
  const call = inOrder(text(MARKS.callStart), calls(grammar, tools), text(MARKS.callEnd));
  const more = repeated(inOrder(text('\n'), call), 0, Number.POSITIVE_INFINITY);
  return finished(grammar, inOrder(call, more), 'the tools');
}

function calls(grammar: GrammarBuilder, tools: readonly ToolDefinition[]): Expression {
  const bodies = tools.map((tool) => {
    const head = `\n{"name": ${JSON.stringify(tool.name)}, "arguments": `;
    return inOrder(text(head), argumentsOf(grammar, tool), text('}\n'));
  });
  return eitherOf(...bodies);
}

const OBJECT: PlacedSchema = { schema: { type: 'object' }, at: '#' };

function argumentsOf(grammar: GrammarBuilder, { parameters }: ToolDefinition): Expression {
  if (parameters === undefined) return text('{}');
  const anyObject = new JsonGrammar(grammar).object;
  try {
    const reader = new SchemaReader(parameters as Schema);
    const value = schemaGrammar(grammar, reader).value([...reader.root, OBJECT]);
    return grammar.toEbnf(value) === null ? anyObject : value;
  } catch (error) {
    if (error instanceof GlanceError && error.code === 'format-unsupported') return anyObject;
    throw error;
  }
}

function builder(part: string): GrammarBuilder {
  return new GrammarBuilder(MAX_RULES, () => unsupported(part, 'it takes too many rules of grammar'));
}

function finished(grammar: GrammarBuilder, root: Expression, part: string): string {
  const ebnf = grammar.toEbnf(root);
  if (ebnf === null) throw unsupported(part, 'no answer can ever fulfil what is asked');
  return ebnf;
}
