/** After what people have read off pictures of documents. */
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

const money = number(0, 1_000_000, { multipleOf: 0.01 });
const currency = pattern('^[A-Z]{3}$');
const address = object({
  street: text(60),
  city: text(40),
  'postalCode?': pattern('^[0-9A-Z -]{3,10}$'),
  country: pattern('^[A-Z]{2}$'),
});

export const documents: readonly (readonly [string, JsonSchema])[] = [
  [
    'invoice',
    object({
      invoice_number: text(20),
      issued: format('date'),
      due: format('date'),
      seller: object({ name: text(60), vat_id: pattern('^[A-Z]{2}[0-9A-Z]{8,12}$') }),
      lines: list(
        object({
          description: text(80),
          quantity: integer(1, 999),
          unit_price: money,
          tax_rate: oneOf(0, 0.07, 0.19),
        }),
        { minItems: 1, maxItems: 5 },
      ),
      total: money,
      currency,
    }),
  ],
  [
    'receipt',
    object({
      merchant: text(40),
      purchased_at: format('date-time'),
      items: list(object({ name: text(30), price: money, 'quantity?': integer(1, 99) }), {
        minItems: 1,
        maxItems: 8,
      }),
      'tip?': money,
      payment: oneOf('cash', 'card', 'voucher'),
    }),
  ],
  ['receipt total only', object({ total: money, currency })],
  [
    'business card',
    object({
      name: text(50),
      'title?': text(50),
      emails: list(format('email', { maxLength: 60 }), { maxItems: 2 }),
      phones: list(pattern('^\\+[1-9][0-9]{6,14}$'), { maxItems: 3 }),
      'website?': format('uri', { maxLength: 90 }),
    }),
  ],
  [
    'passport',
    object({
      type: { const: 'P' },
      country: pattern('^[A-Z]{3}$'),
      surname: text(39),
      given_names: text(39),
      number: pattern('^[A-Z0-9]{9}$'),
      birth: format('date'),
      sex: oneOf('F', 'M', 'X'),
      expiry: format('date'),
    }),
  ],
  [
    'driving licence',
    object({
      number: text(16),
      categories: list(oneOf('AM', 'A', 'B', 'C', 'D', 'E'), { uniqueItems: true, minItems: 1 }),
      valid_until: format('date'),
    }),
  ],
  [
    'bank statement',
    object({
      iban: pattern('^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,20}$'),
      opening: number(-1e6, 1e6),
      closing: number(-1e6, 1e6),
      bookings: list(object({ date: format('date'), amount: number(-10000, 10000), text: text(40) }), {
        maxItems: 4,
      }),
    }),
  ],
  ['cheque', object({ amount: money, amount_in_words: text(80), payee: text(40), date: format('date') })],
  [
    'delivery note',
    object({
      order: pattern('^PO-[0-9]{6}$'),
      address,
      parcels: list(object({ weight_kg: number(0, 70), fragile: bool }), { minItems: 1, maxItems: 3 }),
    }),
  ],
  [
    'customs form',
    object({
      contents: list(
        object({
          what: text(30),
          value: money,
          origin: pattern('^[A-Z]{2}$'),
          hs_code: pattern('^[0-9]{4}\\.[0-9]{2}$'),
        }),
        { minItems: 1, maxItems: 3 },
      ),
      gift: bool,
    }),
  ],
  [
    'prescription',
    object({
      patient: text(40),
      drugs: list(
        object({
          name: text(30),
          dose_mg: number(0, 2000, { exclusiveMinimum: 0 }),
          per_day: integer(1, 6),
          with_food: orNull(bool),
        }),
        { minItems: 1, maxItems: 3 },
      ),
    }),
  ],
  [
    'lab report',
    object({
      taken: format('date-time'),
      values: list(
        object({
          analyte: oneOf('Na', 'K', 'Cl', 'Ca', 'Glucose'),
          value: number(0, 1000),
          flag: any(oneOf('H', 'L'), { type: 'null' }),
        }),
        { minItems: 1, maxItems: 5 },
      ),
    }),
  ],
  [
    'payslip',
    object({
      period: pattern('^20[0-9]{2}-(0[1-9]|1[0-2])$'),
      gross: money,
      net: money,
      deductions: { type: 'object', additionalProperties: money, maxProperties: 4 },
    }),
  ],
  [
    'contract summary',
    object({
      parties: list(text(40), { minItems: 2, maxItems: 4 }),
      signed: orNull(format('date')),
      term_months: orNull(integer(1, 120)),
      clauses: list(object({ heading: text(30), risk: oneOf('low', 'medium', 'high') }), { maxItems: 4 }),
    }),
  ],
  [
    'table of cells',
    object({
      columns: list(text(12), { minItems: 1, maxItems: 3 }),
      rows: list(list(any(text(12), number(), { type: 'null' }), { maxItems: 3 }), { maxItems: 3 }),
    }),
  ],
  [
    'menu',
    object({
      sections: list(
        object({
          title: text(20),
          dishes: list(
            object({
              name: text(30),
              price: money,
              tags: list(oneOf('vegan', 'vegetarian', 'spicy', 'gluten-free'), { uniqueItems: true }),
            }),
            { maxItems: 3 },
          ),
        }),
        { minItems: 1, maxItems: 3 },
      ),
    }),
  ],
  [
    'recipe',
    object({
      title: text(40),
      servings: integer(1, 20),
      ingredients: list(
        object({ what: text(20), amount: number(0, 5000), unit: oneOf('g', 'ml', 'pcs', 'tsp', 'tbsp') }),
        { minItems: 1, maxItems: 5 },
      ),
      steps: list(text(60), { minItems: 1, maxItems: 4 }),
    }),
  ],
  [
    'timetable',
    object({
      station: text(30),
      departures: list(
        object({
          line: pattern('^(S|U|RE)[0-9]{1,2}$'),
          time: pattern('^([01][0-9]|2[0-3]):[0-5][0-9]$'),
          platform: orNull(integer(1, 24)),
        }),
        { minItems: 1, maxItems: 5 },
      ),
    }),
  ],
  [
    'boarding pass',
    object({
      flight: pattern('^[A-Z0-9]{2}[0-9]{1,4}$'),
      from: pattern('^[A-Z]{3}$'),
      to: pattern('^[A-Z]{3}$'),
      seat: pattern('^[1-9][0-9]?[A-K]$'),
      boards: format('time'),
    }),
  ],
  [
    'ticket',
    object({
      event: text(40),
      starts: format('date-time'),
      seats: list(object({ row: text(3), seat: integer(1, 80) }), { minItems: 1, maxItems: 6 }),
      price: money,
    }),
  ],
  [
    'vehicle registration',
    object({
      plate: pattern('^[A-Z]{1,3}-[A-Z]{1,2} [1-9][0-9]{0,3}$'),
      vin: pattern('^[A-HJ-NPR-Z0-9]{17}$'),
      first_registered: format('date'),
      power_kw: integer(1, 1500),
    }),
  ],
  [
    'meter reading',
    object({ meter: text(12), value: number(0, 999999, { multipleOf: 0.1 }), unit: oneOf('kWh', 'm³') }),
  ],
  [
    'chat screenshot',
    object({
      messages: list(object({ from: text(20), at: orNull(format('time')), text: text(80) }), {
        minItems: 1,
        maxItems: 4,
      }),
    }),
  ],
  [
    'whiteboard',
    object({
      todos: list(object({ what: text(50), owner: orNull(text(20)), done: bool }), { maxItems: 5 }),
      'decisions?': list(text(60), { maxItems: 2 }),
    }),
  ],
  [
    'exam sheet',
    object({
      student: text(30),
      answers: list(oneOf('A', 'B', 'C', 'D', null), { minItems: 5, maxItems: 10 }),
    }),
  ],
  [
    'crossword',
    object({
      across: {
        type: 'object',
        patternProperties: { '^[1-9][0-9]?$': pattern('^[A-Z]{2,12}$') },
        additionalProperties: false,
        maxProperties: 4,
      },
    }),
  ],
  [
    'shipping label',
    object({
      carrier: oneOf('DHL', 'UPS', 'FedEx', 'GLS'),
      tracking: pattern('^[0-9A-Z]{10,22}$'),
      to: address,
    }),
  ],
  [
    'tax form',
    object({
      id: pattern('^[0-9]{11}$'),
      year: integer(2000, 2099),
      income: list(object({ kind: oneOf('wage', 'rent', 'capital'), amount: number(0, 1e7) }), {
        maxItems: 3,
      }),
      joint: bool,
    }),
  ],
  [
    'poster',
    object({
      headline: text(60),
      dates: list(format('date'), { maxItems: 3 }),
      'url?': format('uri', { maxLength: 80 }),
    }),
  ],
  [
    'newspaper page',
    object({
      date: format('date'),
      articles: list(object({ headline: text(60), 'byline?': text(30), column: integer(1, 6) }), {
        minItems: 1,
        maxItems: 4,
      }),
    }),
  ],
  [
    'serial plate',
    object({
      maker: text(24),
      model: text(24),
      serial: pattern('^[A-Z0-9-]{4,20}$'),
      voltage: oneOf(12, 24, 110, 230, 400),
      year: orNull(integer(1950, 2030)),
    }),
  ],
  [
    'form fields',
    {
      type: 'object',
      additionalProperties: any(text(30), bool, { type: 'null' }),
      minProperties: 1,
      maxProperties: 5,
    },
  ],
  [
    'nested comments',
    {
      ...ref('comment'),
      $defs: {
        comment: object({ author: text(16), text: text(40), replies: list(ref('comment'), { maxItems: 2 }) }),
      },
    },
  ],
];
