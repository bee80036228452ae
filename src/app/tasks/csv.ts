/** Tables as CSV (RFC 4180). */

/**
 * A table as CSV. What a spreadsheet would run as a formula is kept as text: answers may repeat what a picture
 * says, whoever made it.
 *
 * @param rows of cells
 */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cellOf).join(',')).join('\r\n');
}

function cellOf(text: string): string {
  const trimmed = text.trim();
  const safe = isFormula(trimmed) ? `'${trimmed}` : trimmed;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Spreadsheets take what begins so for a formula; a number with a sign, its unit after it, and a dash are none. */
function isFormula(text: string): boolean {
  if (!/^[=+\-@\t\r]/.test(text)) return false;
  return (
    !/^[+-]?\d[\d.,\s]*(?:e[+-]?\d+)?\s?[\p{L}°%‰µ€$£¥²³/]*(?:\s?[\p{L}%]+)?$/iu.test(text) &&
    !/^-(?:\s[^=+@|!(]*)?$/.test(text)
  );
}

/** The rows of CSV with commas, semicolons or tabs between cells, whichever its first line holds most of. */
export function parseCsv(text: string): string[][] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || cell !== '') rows.push(row);
    row = [];
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (character === separator) {
      row.push(cell);
      cell = '';
    } else if (character === '\n') {
      endRow();
    } else if (character !== '\r') {
      cell += character;
    }
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}

function separatorOf(text: string): string {
  const line = text.split('\n', 1)[0]!.replaceAll(/"[^"]*"/g, '');
  const countOf = (character: string) => line.split(character).length;
  return [',', ';', '\t'].reduce((best, next) => (countOf(next) > countOf(best) ? next : best));
}
