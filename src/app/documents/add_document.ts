import { toGlanceError } from '../../model/errors.ts';
import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';

/** More pages than these hardly fit a context; the rest can be added from a shorter document. */
export const MAX_PAGES = 16;

/** What takes the pages, one after the other. */
export interface PageTaker {
  addPages(pages: AsyncIterable<File>): Promise<void>;
  report(error: unknown, title?: string): void;
}

/** Whether a file is a document whose pages can become pictures. */
export function isDocument({ type, name }: File): boolean {
  return type === 'application/pdf' || /\.pdf$/i.test(name);
}

/** Adds a document's pages as pictures; what goes wrong is told. */
export async function addDocument(file: File, taker: PageTaker): Promise<void> {
  try {
    await taker.addPages(pagesOf(file));
  } catch (error) {
    const { code } = toGlanceError(error);
    const { documents } = words;
    const isPart = code === 'document-too-long' || code === 'aborted';
    const title = isPart ? documents.notAllPages : documents.failed;
    taker.report(error, title(file.name));
  }
}

async function* pagesOf(file: File): AsyncGenerator<File, void> {
  const { PdfDocument } = await fetchReader();
  const document = await PdfDocument.open(file);
  try {
    const count = Math.min(document.pageCount, MAX_PAGES);
    for (let number = 1; number <= count; number++) {
      const name = document.pageCount === 1 ? file.name : words.files.page(file.name, number);
      yield new File([await document.page(number)], name, { type: 'image/png' });
    }
    if (document.pageCount > count) throw tooManyPages(document.pageCount);
  } finally {
    await document.close();
  }
}

async function fetchReader() {
  try {
    return await import('./pdf.ts');
  } catch (cause) {
    throw new PageError('file-unreachable', words.unreachable.documentReader, {
      cause,
      details: { reason: String(cause) },
    });
  }
}

function tooManyPages(pageCount: number): PageError {
  return new PageError('document-too-long', words.documents.tooLong(MAX_PAGES, pageCount), {
    details: { pages: pageCount },
  });
}
