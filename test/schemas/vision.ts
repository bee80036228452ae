/** After what people ask of what a picture shows. */
import {
  any,
  bool,
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

const grid = integer(0, 1000);
const box: JsonSchema = list(grid, { minItems: 4, maxItems: 4 });
const share = number(0, 1);

export const vision: readonly (readonly [string, JsonSchema])[] = [
  ['boxes', list(object({ bbox_2d: box, label: text(20) }), { maxItems: 5 })],
  [
    'points',
    list(object({ point_2d: list(grid, { minItems: 2, maxItems: 2 }), label: text(20) }), { maxItems: 5 }),
  ],
  [
    'box as a tuple',
    object({
      box: { type: 'array', prefixItems: [grid, grid, grid, grid], items: false, minItems: 4 },
      score: share,
    }),
  ],
  [
    'boxes with classes',
    object({
      detections: list(
        object({
          class: oneOf('person', 'car', 'bicycle', 'dog', 'cat', 'traffic light'),
          box: object({ x: share, y: share, width: share, height: share }),
          confidence: share,
        }),
        { maxItems: 4 },
      ),
    }),
  ],
  ['counts', { type: 'object', additionalProperties: integer(0, 500), maxProperties: 5 }],
  [
    'counts by colour',
    object({ red: integer(0, 99), green: integer(0, 99), blue: integer(0, 99), 'other?': integer(0, 99) }),
  ],
  ['yes or no', bool],
  ['a number', integer(0, 10)],
  ['a label', oneOf('indoor', 'outdoor', 'studio', 'unclear')],
  [
    'several labels',
    list(oneOf('day', 'night', 'rain', 'snow', 'fog', 'crowd'), {
      uniqueItems: true,
      minItems: 1,
      maxItems: 3,
    }),
  ],
  ['caption', object({ short: text(60), long: text(200), alt: text(100) })],
  [
    'scene',
    object({
      place: oneOf('street', 'beach', 'office', 'kitchen', 'forest'),
      people: integer(0, 50),
      mood: orNull(text(20)),
      objects: list(object({ name: text(20), count: integer(1, 20) }), { maxItems: 4 }),
    }),
  ],
  ['palette', list(pattern('^#[0-9a-f]{6}$'), { minItems: 3, maxItems: 5 })],
  [
    'colours with shares',
    list(object({ hex: pattern('^#[0-9A-F]{6}$'), share }), { minItems: 1, maxItems: 5 }),
  ],
  [
    'polygon',
    object({
      type: { const: 'Polygon' },
      coordinates: list(
        list(list(number(-180, 180), { minItems: 2, maxItems: 2 }), { minItems: 4, maxItems: 6 }),
        { minItems: 1, maxItems: 1 },
      ),
    }),
  ],
  [
    'segments',
    list(object({ id: integer(1), polygon: list(share, { minItems: 6, maxItems: 12 }) }), { maxItems: 2 }),
  ],
  [
    'pose',
    object({
      keypoints: object({
        nose: list(share, { minItems: 2, maxItems: 2 }),
        left_hand: orNull(list(share, { minItems: 2, maxItems: 2 })),
        right_hand: orNull(list(share, { minItems: 2, maxItems: 2 })),
      }),
    }),
  ],
  [
    'ocr lines',
    object({
      lines: list(object({ text: text(60), box, 'language?': pattern('^[a-z]{2}$') }), { maxItems: 4 }),
    }),
  ],
  [
    'chart',
    object({
      kind: oneOf('bar', 'line', 'pie', 'scatter'),
      'x_label?': text(30),
      'y_label?': text(30),
      series: list(
        object({
          name: text(20),
          points: list(
            { type: 'array', prefixItems: [any(text(12), number()), number()], items: false, minItems: 2 },
            { maxItems: 4 },
          ),
        }),
        { minItems: 1, maxItems: 2 },
      ),
    }),
  ],
  ['gauge', object({ reading: number(-40, 120), unit: oneOf('°C', '°F', 'bar', 'psi'), certain: bool })],
  ['clock', object({ hour: integer(0, 23), minute: integer(0, 59), 'second?': integer(0, 59) })],
  ['chess position', object({ fen: pattern('^([pnbrqkPNBRQK1-8]{1,8}/){7}[pnbrqkPNBRQK1-8]{1,8} [wb]$') })],
  [
    'chess moves',
    list(pattern('^([KQRBN]?[a-h]?[1-8]?x?[a-h][1-8](=[QRBN])?[+#]?|O-O(-O)?)$'), { maxItems: 6 }),
  ],
  ['go board', list(list(oneOf('.', 'b', 'w'), { minItems: 5, maxItems: 5 }), { minItems: 5, maxItems: 5 })],
  ['sudoku row', list(integer(1, 9), { minItems: 9, maxItems: 9 })],
  [
    'sheet music',
    object({
      key: pattern('^[A-G](#|b)?(m|M)$'),
      time: pattern('^[1-9]/(2|4|8)$'),
      tempo: orNull(integer(30, 250)),
    }),
  ],
  ['plant', object({ species: text(40), confidence: share, toxic: oneOf(true, false, 'unknown') })],
  [
    'food',
    object({
      dishes: list(
        object({
          name: text(30),
          kcal: integer(0, 3000),
          allergens: list(oneOf('nuts', 'milk', 'egg', 'fish', 'wheat'), { uniqueItems: true }),
        }),
        { minItems: 1, maxItems: 3 },
      ),
    }),
  ],
  [
    'damage report',
    object({
      vehicle: text(30),
      damages: list(
        object({
          part: oneOf('bumper', 'door', 'hood', 'windshield'),
          kind: oneOf('scratch', 'dent', 'crack'),
          severity: integer(1, 5),
        }),
        { maxItems: 4 },
      ),
      drivable: bool,
    }),
  ],
  [
    'defects',
    object({
      ok: bool,
      defects: list(
        object({ code: pattern('^D[0-9]{3}$'), area_mm2: number(0, undefined, { exclusiveMinimum: 0 }) }),
        { maxItems: 3 },
      ),
    }),
  ],
  [
    'comparison of two pictures',
    object({
      same: bool,
      differences: list(
        object({
          where: oneOf('top left', 'top right', 'bottom left', 'bottom right', 'center'),
          what: text(50),
        }),
        { maxItems: 3 },
      ),
    }),
  ],
  [
    'tags with weights',
    {
      type: 'object',
      propertyNames: { pattern: '^[a-z]{2,12}$' },
      additionalProperties: share,
      maxProperties: 4,
    },
  ],
  [
    'scene graph',
    object({
      nodes: list(object({ id: integer(0, 9), label: text(16) }), { maxItems: 3 }),
      edges: list(
        object({ from: integer(0, 9), to: integer(0, 9), relation: oneOf('on', 'under', 'beside', 'holds') }),
        { maxItems: 3 },
      ),
    }),
  ],
  [
    'ui elements',
    {
      ...ref('element'),
      $defs: {
        element: object({
          role: oneOf('button', 'link', 'input', 'group'),
          'label?': text(20),
          'children?': list(ref('element'), { maxItems: 2 }),
        }),
      },
    },
  ],
  [
    'action on a screen',
    any(
      object({ action: { const: 'click' }, x: grid, y: grid }),
      object({ action: { const: 'type' }, text: text(40) }),
      object({ action: { const: 'scroll' }, amount: integer(-10, 10) }),
      object({ action: { const: 'done' } }),
    ),
  ],
  ['verdict', object({ reasoning: text(120), verdict: oneOf('pass', 'fail', 'inspect') })],
];
