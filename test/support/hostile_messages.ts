/** Values that a hostile page might send: wrong kinds, wrong sizes, names that objects inherit. */
export function hostileMessage(random: () => number): unknown {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 2 ? 9 : 12));
    switch (kind) {
      case 0:
        return null;
      case 1:
        return undefined;
      case 2:
        return pick([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, random() * 1e9]);
      case 3:
        return random() < 0.5;
      case 4:
        return pick([
          '',
          'hello',
          'ask',
          'welcome',
          '__proto__',
          '<img src=x onerror=alert(1)>',
          'x'.repeat(30_000),
        ]);
      case 5:
        return new ArrayBuffer(pick([0, 1, 64]));
      case 6:
        return new Blob([pick(['', 'not a picture', '<svg xmlns="http://www.w3.org/2000/svg"/>'])]);
      case 7:
        return new Date(0);
      case 8:
        return BigInt(7);
      case 9:
        return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
      case 10:
        return new Map([['glance', 'hello']]);
      default:
        return Object.fromEntries(
          Array.from({ length: Math.floor(random() * 5) }, () => [pick(FIELDS), value(depth + 1)]),
        );
    }
  };
  const fields = Object.fromEntries(FIELDS.filter(() => random() < 0.4).map((field) => [field, value(1)]));
  const type = pick([...TYPES, value(1)]);
  switch (Math.floor(random() * 4)) {
    case 0:
      return value(0);
    case 1:
      return { ...fields, type, id: Math.floor(random() * 100) };
    case 2:
      return {
        ...fields,
        glance: pick(['hello', 'here', 'refused', 'welcome', value(1)]),
        version: pick([0, 1, 2, value(1)]),
      };
    default:
      return { ...fields, type };
  }
}

const FIELDS = [
  'glance',
  'version',
  'id',
  'type',
  'question',
  'image',
  'theme',
  'system',
  'model',
  'constructor',
  'toString',
];

const TYPES = [
  'ask',
  'stop',
  'clear',
  'set-image',
  'set-theme',
  'set-system',
  'set-model',
  'welcome',
  'eval',
];
