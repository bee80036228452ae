import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema } from './words.ts';

/**
 * Judges texts by a schema, formats included. Decimal multiples are judged as decimals: by the letter of floating
 * point 19.99 is no multiple of 0.01.
 *
 * @returns from a text to what is wrong with it; null if nothing is
 */
export function judgeOf(schema: JsonSchema): (text: string) => string | null {
  const options = { strict: false, multipleOfPrecision: 9, logger: false } as const;
  const isOld = /draft-0[47]/.test(String(schema.$schema));
  const ajv = isOld ? new Ajv(options) : new Ajv2020(options);
  (addFormats as unknown as (ajv: Ajv) => void)(ajv as Ajv);
  const validate = ajv.compile(isOld ? modern(schema) : schema);
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };
}

/** Ajv no longer reads the flags that bounds had in draft 4. */
function modern({ exclusiveMinimum, exclusiveMaximum, ...schema }: JsonSchema): JsonSchema {
  const { minimum, maximum, $schema: _, ...rest } = schema;
  return {
    ...rest,
    ...(minimum !== undefined && { [exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum']: minimum }),
    ...(maximum !== undefined && { [exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum']: maximum }),
  };
}
