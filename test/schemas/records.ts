/** After records that programs pass around. */
import {
  any,
  bool,
  format,
  integer,
  type JsonSchema,
  list,
  number,
  object,
  oneOf,
  orNull,
  pattern,
  ref,
  text,
} from './words.ts';

const uuid = format('uuid');
const when = format('date-time');

export const records: readonly (readonly [string, JsonSchema])[] = [
  [
    'contact',
    object({
      id: uuid,
      name: text(40),
      email: format('email', { maxLength: 50 }),
      'birthday?': format('date'),
    }),
  ],
  [
    'user',
    object({
      id: integer(1),
      login: pattern('^[a-z][a-z0-9_-]{2,15}$'),
      roles: list(oneOf('admin', 'editor', 'viewer'), { uniqueItems: true, minItems: 1 }),
      active: bool,
      'last_seen?': when,
    }),
  ],
  [
    'user with a profile',
    object({
      login: text(16),
      profile: object({
        'bio?': text(100),
        links: list(format('uri', { maxLength: 64 }), { maxItems: 2 }),
        'avatar?': orNull(format('uri', { maxLength: 64 })),
      }),
    }),
  ],
  [
    'event',
    object({
      title: text(50),
      start: when,
      end: when,
      'location?': text(40),
      attendees: list(
        object({ email: format('email', { maxLength: 40 }), status: oneOf('yes', 'no', 'maybe') }),
        { maxItems: 3 },
      ),
    }),
  ],
  [
    'recurring event',
    object({
      title: text(30),
      every: oneOf('day', 'week', 'month'),
      days: list(oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), { uniqueItems: true, maxItems: 3 }),
      until: orNull(format('date')),
      lasts: format('duration'),
    }),
  ],
  [
    'GeoJSON point',
    object({
      type: { const: 'Point' },
      coordinates: {
        type: 'array',
        prefixItems: [number(-180, 180), number(-90, 90)],
        items: false,
        minItems: 2,
      },
    }),
  ],
  [
    'GeoJSON feature',
    object({
      type: { const: 'Feature' },
      geometry: any(
        object({
          type: { const: 'Point' },
          coordinates: list(number(-180, 180), { minItems: 2, maxItems: 2 }),
        }),
        object({
          type: { const: 'LineString' },
          coordinates: list(list(number(-180, 180), { minItems: 2, maxItems: 2 }), {
            minItems: 2,
            maxItems: 4,
          }),
        }),
      ),
      properties: { type: 'object', additionalProperties: text(20), maxProperties: 3 },
    }),
  ],
  [
    'geo by latitude and longitude',
    object({ lat: number(-90, 90), lon: number(-180, 180), 'altitude_m?': number(-500, 9000) }),
  ],
  [
    'package.json',
    object({
      name: pattern('^(@[a-z0-9-]{1,12}/)?[a-z0-9][a-z0-9-]{0,20}$'),
      version: pattern('^[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}$'),
      'description?': text(60),
      'type?': oneOf('module', 'commonjs'),
      'private?': bool,
      'scripts?': {
        type: 'object',
        propertyNames: { pattern: '^[a-z:]{1,12}$' },
        additionalProperties: text(30),
        maxProperties: 3,
      },
      'dependencies?': {
        type: 'object',
        propertyNames: { pattern: '^[a-z-]{1,16}$' },
        additionalProperties: pattern('^[\\^~]?[0-9]+\\.[0-9]+\\.[0-9]+$'),
        maxProperties: 3,
      },
    }),
  ],
  [
    'tsconfig',
    object({
      'extends?': text(30),
      'compilerOptions?': object({
        'target?': oneOf('es2020', 'es2022', 'esnext'),
        'strict?': bool,
        'lib?': list(oneOf('dom', 'esnext', 'webworker'), { uniqueItems: true }),
        'paths?': { type: 'object', additionalProperties: list(text(20), { maxItems: 2 }), maxProperties: 2 },
      }),
      'include?': list(text(20), { maxItems: 3 }),
    }),
  ],
  [
    'compose file',
    object({
      services: {
        type: 'object',
        propertyNames: { pattern: '^[a-z]{1,8}$' },
        additionalProperties: object({
          image: text(30),
          'ports?': list(pattern('^[0-9]{1,5}:[0-9]{1,5}$'), { maxItems: 2 }),
          'restart?': oneOf('no', 'always', 'on-failure'),
        }),
        minProperties: 1,
        maxProperties: 2,
      },
    }),
  ],
  [
    'pipeline',
    object({
      on: list(oneOf('push', 'pull_request', 'schedule'), { uniqueItems: true, minItems: 1 }),
      jobs: list(
        object({
          name: text(16),
          runs_on: oneOf('ubuntu', 'windows', 'macos'),
          steps: list(
            any(object({ run: text(40) }), object({ uses: pattern('^[a-z-]{1,12}/[a-z-]{1,12}@v[0-9]$') })),
            { minItems: 1, maxItems: 3 },
          ),
        }),
        { minItems: 1, maxItems: 2 },
      ),
    }),
  ],
  [
    'log line',
    object({
      time: when,
      level: oneOf('debug', 'info', 'warn', 'error'),
      message: text(80),
      'context?': { type: 'object', additionalProperties: any(text(12), number(), bool), maxProperties: 3 },
    }),
  ],
  [
    'metric',
    object({
      name: pattern('^[a-z_]{1,20}$'),
      value: number(),
      labels: { type: 'object', additionalProperties: text(10), maxProperties: 3 },
      time: integer(0),
    }),
  ],
  [
    'HTTP request',
    object({
      method: oneOf('GET', 'POST', 'PUT', 'DELETE'),
      path: pattern('^(/[a-z0-9_-]{1,10}){1,4}$'),
      'headers?': {
        type: 'object',
        propertyNames: { pattern: '^[A-Z][a-z]{1,8}(-[A-Z][a-z]{1,8})?$' },
        additionalProperties: text(20),
        maxProperties: 3,
      },
      'body?': text(60),
    }),
  ],
  [
    'error',
    object({
      error: object({
        code: integer(400, 599),
        message: text(60),
        'param?': orNull(text(20)),
        type: oneOf('invalid_request_error', 'server_error'),
      }),
    }),
  ],
  [
    'page of results',
    object({
      items: list(object({ id: uuid, score: number(0, 1) }), { maxItems: 3 }),
      next: orNull(text(20)),
      total: integer(0),
    }),
  ],
  [
    'product',
    object({
      sku: pattern('^[A-Z]{3}-[0-9]{4}$'),
      title: text(50),
      price: object({ amount: number(0, 99999, { multipleOf: 0.01 }), currency: oneOf('EUR', 'USD', 'GBP') }),
      stock: integer(0, 10000),
      'sizes?': list(oneOf('XS', 'S', 'M', 'L', 'XL'), { uniqueItems: true }),
    }),
  ],
  [
    'order',
    object({
      id: uuid,
      placed: when,
      lines: list(object({ sku: text(12), quantity: integer(1, 99) }), { minItems: 1, maxItems: 4 }),
      shipping: oneOf('standard', 'express', 'pickup'),
      'note?': text(60),
    }),
  ],
  [
    'payment',
    any(
      object({
        method: { const: 'card' },
        last4: pattern('^[0-9]{4}$'),
        brand: oneOf('visa', 'mastercard', 'amex'),
      }),
      object({ method: { const: 'iban' }, iban: pattern('^DE[0-9]{20}$') }),
      object({ method: { const: 'cash' }, 'change?': number(0) }),
    ),
  ],
  [
    'payment by oneOf',
    {
      oneOf: [
        object({ method: { const: 'card' }, last4: pattern('^[0-9]{4}$') }),
        object({ method: { const: 'paypal' }, email: format('email', { maxLength: 40 }) }),
      ],
    },
  ],
  [
    'subscription',
    object({
      plan: oneOf('free', 'pro', 'team'),
      seats: integer(1, 500),
      renews: orNull(format('date')),
      discount_percent: integer(0, 100, { multipleOf: 5 }),
    }),
  ],
  [
    'booking',
    object({
      guests: integer(1, 12),
      from: format('date'),
      nights: integer(1, 30),
      rooms: list(
        object({
          type: oneOf('single', 'double', 'suite'),
          'extras?': list(oneOf('breakfast', 'parking'), { uniqueItems: true }),
        }),
        { minItems: 1, maxItems: 3 },
      ),
    }),
  ],
  [
    'flight',
    object({
      number: pattern('^[A-Z]{2}[0-9]{3,4}$'),
      legs: list(
        object({ from: pattern('^[A-Z]{3}$'), to: pattern('^[A-Z]{3}$'), departs: when, arrives: when }),
        { minItems: 1, maxItems: 2 },
      ),
    }),
  ],
  [
    'weather',
    object({
      place: text(20),
      now: object({ celsius: number(-60, 60), humidity: integer(0, 100), wind_kmh: number(0, 400) }),
      forecast: list(
        object({
          day: oneOf('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'),
          min: integer(-60, 60),
          max: integer(-60, 60),
        }),
        { minItems: 3, maxItems: 3 },
      ),
    }),
  ],
  [
    'stock quote',
    object({
      symbol: pattern('^[A-Z]{1,5}$'),
      price: number(0, 100000, { exclusiveMinimum: 0 }),
      change: number(-100, 100),
      at: when,
    }),
  ],
  [
    'book',
    object({
      isbn: pattern('^97[89]-[0-9]{1,5}-[0-9]{1,7}-[0-9]{1,6}-[0-9X]$'),
      title: text(60),
      authors: list(text(30), { minItems: 1, maxItems: 3 }),
      year: integer(1450, 2030),
      'pages?': integer(1, 5000),
    }),
  ],
  [
    'citation',
    object({
      doi: pattern('^10\\.[0-9]{4,9}/[a-z0-9.]{1,20}$'),
      authors: list(object({ family: text(20), given: text(20) }), { minItems: 1, maxItems: 3 }),
      issued: integer(1900, 2030),
    }),
  ],
  [
    'film',
    object({
      title: text(40),
      year: integer(1888, 2030),
      rating: number(0, 10, { multipleOf: 0.1 }),
      genres: list(oneOf('drama', 'comedy', 'sci-fi', 'horror'), { uniqueItems: true, minItems: 1 }),
      'runtime?': format('duration'),
    }),
  ],

  [
    'quiz',
    list(
      object({
        question: text(60),
        options: list(text(20), { minItems: 4, maxItems: 4 }),
        answer: integer(0, 3),
      }),
      { minItems: 1, maxItems: 2 },
    ),
  ],
  [
    'flash cards',
    object({ cards: list(object({ front: text(30), back: text(40) }), { minItems: 1, maxItems: 4 }) }),
  ],
  [
    'person extraction',
    object({
      people: list(
        object({
          name: text(30),
          'age?': integer(0, 120),
          relation: orNull(oneOf('parent', 'child', 'spouse', 'friend')),
        }),
        { maxItems: 3 },
      ),
    }),
  ],
  [
    'named entities',
    list(
      object({
        text: text(24),
        type: oneOf('PER', 'ORG', 'LOC', 'MISC'),
        start: integer(0, 10000),
        end: integer(0, 10000),
      }),
      { maxItems: 4 },
    ),
  ],
  [
    'sentiment',
    object({
      label: oneOf('positive', 'negative', 'neutral'),
      score: number(-1, 1),
      'evidence?': list(text(30), { maxItems: 2 }),
    }),
  ],
  [
    'translation',
    object({
      source: pattern('^[a-z]{2}(-[A-Z]{2})?$'),
      target: pattern('^[a-z]{2}(-[A-Z]{2})?$'),
      text: text(100),
      'alternatives?': list(text(60), { maxItems: 2 }),
    }),
  ],
  [
    'summary',
    object({
      title: text(40),
      bullets: list(text(60), { minItems: 3, maxItems: 5 }),
      tags: list(pattern('^[a-z-]{2,14}$'), { maxItems: 4 }),
    }),
  ],
  [
    'plan with steps',
    object({
      goal: text(40),
      steps: list(
        object({ id: integer(1, 20), do: text(40), after: list(integer(1, 20), { maxItems: 2 }) }),
        { minItems: 1, maxItems: 3 },
      ),
    }),
  ],
  [
    'maths with steps',
    object({
      steps: list(object({ explanation: text(50), output: text(30) }), { minItems: 1, maxItems: 3 }),
      final_answer: text(30),
    }),
  ],
  [
    'SQL query',
    object({
      table: pattern('^[a-z_]{1,12}$'),
      columns: list(pattern('^[a-z_]{1,12}$'), { minItems: 1, maxItems: 3 }),
      where: list(
        object({
          column: pattern('^[a-z_]{1,12}$'),
          operator: oneOf('=', '<', '>', '<=', '>=', '!=', 'like'),
          value: any(text(12), number(), bool, { type: 'null' }),
        }),
        { maxItems: 2 },
      ),
      'limit?': integer(1, 1000),
    }),
  ],
  [
    'filter tree',
    {
      ...ref('filter'),
      $defs: {
        filter: any(
          object({ and: list(ref('filter'), { minItems: 1, maxItems: 2 }) }),
          object({ or: list(ref('filter'), { minItems: 1, maxItems: 2 }) }),
          object({ field: oneOf('a', 'b'), equals: any(text(8), number(0, 9)) }),
        ),
      },
    },
  ],
  [
    'expression tree',
    {
      ...ref('expression'),
      $defs: {
        expression: any(
          number(-99, 99),
          object({ op: oneOf('+', '-', '*', '/'), left: ref('expression'), right: ref('expression') }),
        ),
      },
    },
  ],
  [
    'linked list',
    { ...ref('node'), $defs: { node: object({ value: integer(0, 99), next: orNull(ref('node')) }) } },
  ],
  [
    'file tree',
    {
      ...ref('entry'),
      $defs: {
        entry: any(
          object({ kind: { const: 'file' }, name: text(12), bytes: integer(0) }),
          object({ kind: { const: 'folder' }, name: text(12), entries: list(ref('entry'), { maxItems: 2 }) }),
        ),
      },
    },
  ],
  [
    'family',
    {
      ...ref('person'),

      $defs: {
        person: object({
          name: text(12),
          'born?': integer(1800, 2030),
          'parents?': list(ref('person'), { maxItems: 2 }),
        }),
      },
    },
  ],
  [
    'form definition',
    object({
      fields: list(
        any(
          object({ kind: { const: 'text' }, name: pattern('^[a-z]{1,10}$'), 'maxLength?': integer(1, 500) }),
          object({
            kind: { const: 'select' },
            name: pattern('^[a-z]{1,10}$'),
            options: list(text(10), { minItems: 1, maxItems: 3 }),
          }),
          object({ kind: { const: 'check' }, name: pattern('^[a-z]{1,10}$') }),
        ),
        { minItems: 1, maxItems: 3 },
      ),
    }),
  ],
  [
    'theme',
    object({
      colors: {
        type: 'object',
        propertyNames: { enum: ['primary', 'accent', 'background', 'text'] },
        additionalProperties: pattern('^#([0-9a-f]{3}|[0-9a-f]{6})$'),
      },
      radius: number(0, 32),
      font: text(20),
    }),
  ],
  [
    'feature flags',
    {
      type: 'object',
      propertyNames: { pattern: '^[a-z]+(_[a-z]+)*$', maxLength: 20 },
      additionalProperties: bool,
      maxProperties: 4,
    },
  ],
  [
    'rate limits',
    object({
      per_minute: integer(1, undefined, { exclusiveMaximum: 10000 }),
      burst: integer(undefined, 100, { exclusiveMinimum: 0 }),
    }),
  ],
  [
    'cron',
    object({
      minute: pattern('^(\\*|[0-5]?[0-9])$'),
      hour: pattern('^(\\*|1?[0-9]|2[0-3])$'),
      enabled: bool,
    }),
  ],
  [
    'network',
    object({
      ipv4: format('ipv4'),
      ipv6: orNull(format('ipv6')),
      host: format('hostname'),
      mac: pattern('^([0-9a-f]{2}:){5}[0-9a-f]{2}$'),
      port: integer(1, 65535),
    }),
  ],
  [
    'certificate',
    object({
      subject: text(30),
      san: list(format('hostname'), { minItems: 1, maxItems: 2 }),
      not_before: when,
      not_after: when,
      serial: pattern('^[0-9A-F]{16}$'),
    }),
  ],
  [
    'patch',
    list(
      any(
        object({ op: { const: 'add' }, path: format('json-pointer', { maxLength: 20 }), value: text(12) }),
        object({ op: { const: 'remove' }, path: format('json-pointer', { maxLength: 20 }) }),
      ),
      { minItems: 1, maxItems: 3 },
    ),
  ],
  [
    'colour',
    {
      oneOf: [
        pattern('^#[0-9a-f]{6}$'),
        object({ r: integer(0, 255), g: integer(0, 255), b: integer(0, 255) }),
        list(number(0, 1), { minItems: 3, maxItems: 3 }),
      ],
    },
  ],
  [
    'shape',
    {
      oneOf: [
        object({ circle: object({ radius: number(0, 100) }) }),
        object({ rectangle: object({ width: number(0, 100), height: number(0, 100) }) }),
      ],
    },
  ],
  [
    'versioned message',
    {
      oneOf: [
        object({ v: { const: 1 }, body: text(20) }),
        object({ v: { const: 2 }, body: object({ text: text(20), 'bold?': bool }) }),
      ],
    },
  ],
  [
    'animal by allOf',
    {
      $defs: {
        animal: { type: 'object', properties: { name: text(12), legs: integer(0, 8) }, required: ['name'] },
      },
      allOf: [ref('animal'), { type: 'object', properties: { barks: bool }, required: ['barks'] }],
    },
  ],
  [
    'base and extension',
    {
      allOf: [
        { type: 'object', properties: { id: integer(1, 999) }, required: ['id'] },
        { type: 'object', properties: { id: { maximum: 99 }, tag: text(8) }, required: ['tag'] },
      ],
    },
  ],
  [
    'old drafts',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { size: { type: 'integer', minimum: 1, maximum: 9 } },
      type: 'object',
      properties: {
        a: { $ref: '#/definitions/size' },
        pair: {
          type: 'array',
          items: [{ type: 'string', maxLength: 4 }, { type: 'boolean' }],
          additionalItems: false,
          minItems: 2,
        },
      },
      required: ['a', 'pair'],
      additionalProperties: false,
    },
  ],
];
