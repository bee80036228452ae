import { GlanceError, toGlanceError } from '../../model/errors.ts';
import { formatCount, plural } from '../words.ts';

/** More pages than these hardly fit a context; the rest can be added from a shorter document. */
export const MAX_PAGES = 16;

/** What takes the pages, one after the other. */
export interface PageTaker {
  addPictures(files: readonly File[]): Promise<void>;
  report(error: unknown, title?: string): void;
}

/** Whether a file is a document whose pages can become pictures. */
export function isDocument({ type, name }: File): boolean {
  return type === 'application/pdf' || /\.pdf$/i.test(name);
}

/** Adds a document's pages as pictures; what goes wrong is told. */
export async function addDocument(file: File, taker: PageTaker): Promise<void> {
  try {
    const { PdfDocument } = await fetchReader();
    const document = await PdfDocument.open(file);
    try {
      const count = Math.min(document.pageCount, MAX_PAGES);
      for (let number = 1; number <= count; number++) {
        const name = document.pageCount === 1 ? file.name : `${file.name}, page ${number}`;
        await taker.addPictures([new File([await document.page(number)], name, { type: 'image/png' })]);
      }
      if (document.pageCount > count) throw tooManyPages(document.pageCount);
    } finally {
      await document.close();
    }
  } catch (error) {
    const { code } = toGlanceError(error);
    const title =
      code === 'document-too-long' ? 'Not all pages were added' : 'This document could not be added';
    taker.report(error, `${title}: ${file.name}`);
  }
}

async function fetchReader() {
  try {
    return await import('./pdf.ts');
  } catch (cause) {
    throw new GlanceError(
      'file-unreachable',
      'The part of Glance that reads documents could not be loaded. Check the connection and add the document again.',
      { cause, details: { reason: String(cause) } },
    );
  }
}

function tooManyPages(pageCount: number): GlanceError {
  return new GlanceError(
    'document-too-long',
    `The first ${MAX_PAGES} of ${plural(pageCount, 'page')} are here. To ask about others, save them as a document of their own and add that.`,
    { details: { pages: formatCount(pageCount) } },
  );
}
