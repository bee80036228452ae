/**
 * Formats of strings that JSON Schema names (draft 2020-12, validation, section 7.3) as regular expressions.
 * Where a format's own grammar is wide, these are its common part: what they match has the format.
 */

/** A name of the DNS has up to 253 characters (RFC 1034, section 3.1). */
const SHORT_LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?';
const HOSTNAME = `${SHORT_LABEL}(?:\\.${SHORT_LABEL}){0,4}`;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const HOST = `${LABEL}(?:\\.${LABEL})*`;

/** RFC 3339, section 5.6; February has 29 days in leap years. Leap seconds are left out. */
const DATE =
  '(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))' +
  '|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)';
const TIME =
  '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])';

const BYTE = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`;
const HEX = '[0-9a-fA-F]';

/** RFC 4291, section 2.2: eight groups, or fewer with one `::` for those that are left out. */
function ipv6(): string {
  const group = `${HEX}{1,4}`;
  const forms = [`(?:${group}:){7}${group}`];
  for (let before = 0; before <= 7; before++) {
    const head = before === 0 ? ':' : `(?:${group}:){${before}}`;
    const room = 7 - before;
    forms.push(room === 0 ? `${head}:` : `${head}:(?:${group}(?::${group}){0,${room - 1}})?`);
  }
  return `(?:${forms.join('|')})`;
}

/** RFC 5322's atoms at a host with a top-level domain. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const EMAIL = `${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+[A-Za-z]{2,}`;

/** RFC 3986. */
const PCHAR = `(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@]|%${HEX}{2})`;
const PATH = `(?:/${PCHAR}*)*`;
const TAIL = `(?:\\?(?:${PCHAR}|[/?])*)?(?:#(?:${PCHAR}|[/?])*)?`;
const SCHEME = '[a-z][a-z0-9+.\\-]*';
const URI = `${SCHEME}:(?://${HOST}(?::[0-9]{1,5})?${PATH}|${PCHAR}+${PATH})${TAIL}`;
const SEGMENT = '[A-Za-z0-9\\-._~]+';
const URI_REFERENCE = `(?:${URI}|/?${SEGMENT}(?:/${SEGMENT})*/?${TAIL})`;

const POINTER = '(?:/(?:[^~/]|~[01])*)*';

const UUID = `${HEX}{8}-(?:${HEX}{4}-){3}${HEX}{12}`;

/** The regular expressions of formats; other names say nothing about the text. */
export const FORMATS: ReadonlyMap<string, string> = new Map([
  ['date', DATE],
  ['time', TIME],
  ['iso-time', TIME],
  ['date-time', `${DATE}T${TIME}`],
  ['iso-date-time', `${DATE}T${TIME}`],
  [
    'duration',
    'P(?:(?=[0-9T])(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,4}D)?(?:T(?=[0-9])(?:[0-9]{1,4}H)?(?:[0-9]{1,4}M)?(?:[0-9]{1,4}S)?)?|[0-9]{1,4}W)',
  ],
  ['email', EMAIL],
  ['idn-email', EMAIL],
  ['hostname', HOSTNAME],
  ['idn-hostname', HOSTNAME],
  ['ipv4', IPV4],
  ['ipv6', ipv6()],
  ['uri', URI],
  ['url', URI],
  ['iri', URI],
  ['uri-reference', URI_REFERENCE],
  ['iri-reference', URI_REFERENCE],
  ['uuid', UUID],
  ['json-pointer', POINTER],
  ['relative-json-pointer', `(?:0|[1-9][0-9]{0,3})(?:#|${POINTER})`],
  ['byte', '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?'],
]);

/**
 * The same, of no more than so many characters: for texts with a limit, which the wider ones would have to be
 * counted against.
 */
export const SHORT_FORMATS: ReadonlyMap<string, ShortFormat> = new Map([
  ...['email', 'idn-email'].map((name): [string, ShortFormat] => [name, shortEmail()]),
  ...['uri', 'url', 'iri'].map((name): [string, ShortFormat] => [name, shortUri()]),
]);

export interface ShortFormat {
  source: string;
  maxLength: number;
}

function shortEmail(): ShortFormat {
  const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}";
  const source = `${atom}(?:\\.${atom})?@(?:${SHORT_LABEL}\\.){1,3}[A-Za-z]{2,12}`;
  return { source, maxLength: 200 };
}

function shortUri(): ShortFormat {
  const tail = `(?:${PCHAR.replace(`|%${HEX}{2}`, '')}|/){0,120}`;
  const source = `[a-z][a-z0-9+.\\-]{0,9}://${HOSTNAME}(?::[0-9]{1,5})?(?:/${tail})?(?:\\?${tail})?`;
  return { source, maxLength: 500 };
}

/** Formats that stand for more than a regular language, or are too wide to write down. */
export const HARD_FORMATS: ReadonlySet<string> = new Set(['regex', 'uri-template']);

/** Formats of numbers (OpenAPI), as bounds. */
export const NUMBER_FORMATS: ReadonlyMap<string, { min: number; max: number }> = new Map([
  ['int32', { min: -(2 ** 31), max: 2 ** 31 - 1 }],
]);
