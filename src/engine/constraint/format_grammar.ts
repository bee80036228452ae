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
 * enforced, its arguments are any object, unless they are to be kept strictly: a call is a suggestion that the page
 * checks anyway.
 *
 * @throws GlanceError `format-unsupported` about strict tools
 */
export function callGrammar(tools: readonly ToolDefinition[]): string {
  return ofTools(tools, (call) => call);
}

/** The same with the marks spelt out, for vocabularies that have no tokens for them. */
export function spelledCallsGrammar(tools: readonly ToolDefinition[]): string {
  return ofTools(tools, (body) => {
    const call = inOrder(text(MARKS.callStart), body, text(MARKS.callEnd));
    return inOrder(call, repeated(inOrder(text('\n'), call), 0, Number.POSITIVE_INFINITY));
  });
}

type Around = (call: Expression) => Expression;

/** A grammar that all tools share, or, where they are too much together, one that watches strict ones only. */
function ofTools(tools: readonly ToolDefinition[], around: Around): string {
  const enforced = tools.filter(isEnforceable);
  const write = (kept: readonly ToolDefinition[]) => {
    const grammar = builder('the tools');
    const anyObject = new JsonGrammar(grammar).object;
    const bodies = tools.map((tool) => {
      const head = `\n{"name": ${JSON.stringify(tool.name)}, "arguments": `;
      const value = kept.includes(tool) ? argumentsOf(grammar, tool) : anyObject;
      return inOrder(text(head), value, text('}\n'));
    });
    return finished(grammar, around(eitherOf(...bodies)), 'the tools');
  };
  try {
    return write(enforced);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return write(enforced.filter(({ strict }) => strict));
  }
}

/** @throws GlanceError `format-unsupported` if it is not, but has to be */
function isEnforceable(tool: ToolDefinition): boolean {
  const grammar = builder(`the parameters of "${tool.name}"`);
  try {
    if (grammar.toEbnf(argumentsOf(grammar, tool)) !== null) return true;
    if (!tool.strict) return false;
    throw unsupported(`the parameters of "${tool.name}"`, 'no arguments can ever fulfil what is asked');
  } catch (error) {
    if (tool.strict || !isUnsupported(error)) throw error;
    return false;
  }
}

const OBJECT: PlacedSchema = { schema: { type: 'object' }, at: '#' };

function argumentsOf(grammar: GrammarBuilder, { parameters }: ToolDefinition): Expression {
  if (parameters === undefined) return text('{}');
  const reader = new SchemaReader(parameters as Schema);
  return schemaGrammar(grammar, reader).value([...reader.root, OBJECT]);
}

/** What is nested too deeply overflows the stack. */
function isUnsupported(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof GlanceError && error.code === 'format-unsupported');
}

function builder(part: string): GrammarBuilder {
  return new GrammarBuilder(MAX_RULES, () => unsupported(part, 'it takes too many rules of grammar'));
}

function finished(grammar: GrammarBuilder, root: Expression, part: string): string {
  const ebnf = grammar.toEbnf(root);
  if (ebnf === null) throw unsupported(part, 'no answer can ever fulfil what is asked');
  return ebnf;
}
