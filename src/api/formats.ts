/** What an answer must be: `response_format`, and what servers of open models take besides. */
import type { AnswerFormat } from '../model/request.ts';
import { RequestError } from './errors.ts';
import { checkedString, type Fields, invalid, isObject, quoted, wrongType } from './fields.ts';

const FORMAT_NAME = /^[\w-]{1,64}$/;

/** Each reads one parameter; undefined means that anything goes. */
type Readers = Readonly<Record<string, (fields: Fields, name: string) => AnswerFormat | undefined>>;

const READERS: Readers = {
  response_format: readResponseFormat,
  grammar: readGrammar,
  guided_grammar: readGrammar,
  regex: readRegex,
  guided_regex: readRegex,
  guided_json: readGuidedJson,
  guided_choice: readGuidedChoice,
};

/** Members of vLLM's `structured_outputs`, which took the place of its `guided_*`. */
const STRUCTURED: Readers = {
  json: readGuidedJson,
  json_object: (fields, name) => (fields.boolean(name) ? { type: 'json' } : undefined),
  regex: readRegex,
  grammar: readGrammar,
  choice: readGuidedChoice,
};

/** What an answer must be, and the parameter that says so. */
export interface ReadFormat {
  name: string;
  format: AnswerFormat;
}

/** @throws RequestError that names the parameter */
export function readFormat(body: Fields): ReadFormat | undefined {
  const structured = body.object('structured_outputs')?.only(Object.keys(STRUCTURED));
  const wanted = [...readAll(body, READERS), ...(structured ? readAll(structured, STRUCTURED) : [])];
  const second = wanted[1]?.name;
  if (second !== undefined) {
    const names = quoted(wanted.map(({ name }) => name));
    throw new RequestError(
      'invalid_value',
      second,
      `${names} each say what the answer must be. Keep one of them.`,
    );
  }
  return wanted[0];
}

function readAll(fields: Fields, readers: Readers): ReadFormat[] {
  return Object.entries(readers).flatMap(([name, read]) => {
    const format = fields.has(name) ? read(fields, name) : undefined;
    return format === undefined ? [] : [{ name: fields.pathOf(name), format }];
  });
}

function readResponseFormat(body: Fields, name: string): AnswerFormat | undefined {
  const format = body.required(name, body.object);
  const type = format.required('type', (member) =>
    format.choice(member, ['text', 'json_object', 'json_schema']),
  );
  if (type === 'json_schema') return readJsonSchema(format.only(['type', 'json_schema']));
  format.only(['type']);
  return type === 'text' ? undefined : { type: 'json' };
}

function readJsonSchema(format: Fields): AnswerFormat {
  const wrapper = format
    .required('json_schema', format.object)
    .only(['name', 'description', 'schema', 'strict']);
  const name = wrapper.required('name', wrapper.string);
  if (!FORMAT_NAME.test(name)) {
    throw invalid(
      wrapper.pathOf('name'),
      'may hold letters from a to z, digits, underscores and dashes, 64 at most',
    );
  }
  wrapper.string('description');
  // Answers keep to their schema in any case.
  wrapper.boolean('strict');
  const schema = wrapper.value('schema');
  if (schema === undefined) return { type: 'json' };
  if (!isObject(schema)) throw wrongType(wrapper.pathOf('schema'), 'a JSON Schema, an object', schema);
  return { type: 'json-schema', schema };
}

function readGrammar(body: Fields, name: string): AnswerFormat {
  return { type: 'grammar', grammar: body.required(name, body.string) };
}

function readRegex(body: Fields, name: string): AnswerFormat {
  return { type: 'regex', pattern: body.required(name, body.string) };
}

function readGuidedJson(body: Fields, name: string): AnswerFormat {
  const value = body.value(name);
  const path = body.pathOf(name);
  const schema = typeof value === 'string' ? parsedSchema(value, path) : value;
  if (typeof schema === 'boolean' || isObject(schema)) return { type: 'json-schema', schema };
  throw wrongType(path, 'a JSON Schema, an object', value);
}

function parsedSchema(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RequestError('invalid_value', path, `'${path}' is a text that is no JSON.`, cause);
  }
}

function readGuidedChoice(body: Fields, name: string): AnswerFormat {
  const choices = body.list(name, { min: 1 })!.map(({ value, path }) => checkedString(value, path));
  // Strings of the grammar are escaped as those of JSON.
  return { type: 'grammar', grammar: `root ::= ${choices.map((text) => JSON.stringify(text)).join(' | ')}` };
}
