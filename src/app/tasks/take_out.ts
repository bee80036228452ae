/** What an answer holds that can be taken out of it: code, JSON of places, tables. */
import { saveBlob } from '../elements/save_blob.ts';
import { parseCsv, toCsv } from './csv.ts';

export interface TakenOut {
  readonly how: 'copy' | 'save';
  readonly button: HTMLElement;
  readonly text: string;
  /** Without the dot. */
  readonly extension: string;
}

/** Buttons of answers that take something out. */
const BUTTONS = '.copy-code, .copy-json, .save-code, .copy-table, .save-table';

/** Endings of files, by the language that a block of code names. */
const EXTENSIONS: Readonly<Record<string, string>> = { csv: 'csv', tsv: 'csv', json: 'json', markdown: 'md' };

/** Blocks of code that are data to be kept in a file, by their language. */
export function isData(language: string): boolean {
  return EXTENSIONS[language.toLowerCase()] !== undefined;
}

/** What a press within an answer takes out of it; null for any other press. */
export function takenOut(target: EventTarget | null): TakenOut | null {
  const button = target instanceof Element ? target.closest<HTMLElement>(BUTTONS) : null;
  if (button === null) return null;
  const how = /save-/.test(button.className) ? 'save' : 'copy';
  if (/-table/.test(button.className)) {
    const table = button.closest('figure')?.querySelector('table');
    return table ? { how, button, text: toCsv(cellsOf(table)), extension: 'csv' } : null;
  }
  const code = button.dataset.json ?? button.closest('figure')?.querySelector('code')?.textContent;
  if (code === undefined || code === null) return null;
  const language = button.dataset.language?.toLowerCase() ?? '';
  const extension = EXTENSIONS[language] ?? 'txt';
  // Into a file goes what spreadsheets read the same everywhere; the clipboard gets what is seen.
  const text = how === 'save' && extension === 'csv' ? toCsv(parseCsv(code)) : code;
  return { how, button, text, extension };
}

function cellsOf(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent ?? ''));
}

/** Has the browser save a file. */
export function saveFile({ text, extension }: Pick<TakenOut, 'text' | 'extension'>, name: string): void {
  // Spreadsheets know UTF-8 by its mark.
  const mark = extension === 'csv' ? '\ufeff' : '';
  saveBlob(new Blob([mark, text], { type: 'application/octet-stream' }), `${name}.${extension}`);
}
