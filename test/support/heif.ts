/** Builds the boxes of HEIF files, whose headers tests need in shapes that no encoder writes. */

/** A box with its size before it. Texts stand for bytes. */
export function box(type: string, ...bodies: string[]): string {
  const body = bodies.join('');
  const size = body.length + 8;
  return `\0\0${String.fromCharCode(size >> 8, size & 255)}${type}${body}`;
}

/** A still picture's metadata: `pitm` and `ipma` are those boxes' contents, version and flags included. */
export function heifHeader(brand: string, pitm: string, ipma: string, properties: string[]): string {
  return (
    box('ftyp', brand, '\0\0\0\0mif1') +
    box('free', 'x'.repeat(300)) +
    box('meta', '\0\0\0\0', box('pitm', pitm), box('iprp', box('ipco', ...properties), box('ipma', ipma)))
  );
}
