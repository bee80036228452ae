/** Writes small PDF files, for tests of what reads them. */

export type PdfPage =
  /** A PNG without interlacing, of eight-bit RGB, on a page of its size in points. */
  { png: Uint8Array } | { text: string };

const A4 = [595, 842] as const;

/**
 * A PDF file (ISO 32000-1, 7.5).
 *
 * @param options.locked asks for a password that nobody knows
 */
export function pdfOf(pages: readonly PdfPage[], options: { locked?: boolean } = {}): Buffer {
  const objects: Buffer[] = [];
  const add = (body: string | Buffer) => objects.push(Buffer.from(body));
  const pageNumber = (index: number) => 4 + 3 * index;
  add('<< /Type /Catalog /Pages 2 0 R >>');
  const kids = pages.map((_, index) => `${pageNumber(index)} 0 R`).join(' ');
  add(`<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>`);
  // One of the fonts that every reader has, which is not in the file.
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  pages.forEach((page, index) => {
    const picture = 'png' in page ? pngParts(page.png) : null;
    const [width, height] = picture ? [picture.width, picture.height] : A4;
    const [contents, image] = [pageNumber(index) + 1, pageNumber(index) + 2];
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${contents} 0 R ` +
        `/Resources << /Font << /F 3 0 R >> /XObject << /I ${image} 0 R >> >> >>`,
    );
    const drawing =
      'png' in page ? `${width} 0 0 ${height} 0 0 cm /I Do` : `BT /F 48 Tf 50 700 Td (${page.text}) Tj ET`;
    add(stream('', Buffer.from(drawing)));
    add(
      picture
        ? stream(
            `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB ` +
              `/BitsPerComponent 8 /Filter /FlateDecode ` +
              `/DecodeParms << /Predictor 15 /Colors 3 /BitsPerComponent 8 /Columns ${width} >>`,
            picture.data,
          )
        : '<< >>',
    );
  });
  return assemble(objects, options.locked ?? false);
}

function stream(entries: string, data: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${entries} /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[], locked: boolean): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  let length = parts[0]!.length;
  const offsets = objects.map((body, index) => {
    const offset = length;
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    parts.push(part);
    length += part.length;
    return offset;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const key = 'ab'.repeat(32);
  const encryption = locked
    ? `/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${key}> /U <${key}> >> /ID [<00><00>]`
    : '';
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}` +
        `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${encryption} >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** PDF knows PNG's compression and its filters. */
function pngParts(bytes: Uint8Array): { width: number; height: number; data: Buffer } {
  const png = Buffer.from(bytes);
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
  }
  const [depth, color, interlaced] = [png[24], png[25], png[28]];
  if (depth !== 8 || color !== 2 || interlaced !== 0) throw new Error('not a plain RGB PNG');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), data: Buffer.concat(data) };
}
