/**
 * Pages of PDF files as pictures, drawn by PDF.js. Scripts in a file do not run, nothing that it refers to is
 * loaded, forms and links are drawn only. Loaded with the first document.
 */
import { getDocument, InvalidPDFException, type PDFDocumentProxy, PDFWorker } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { GlanceError } from '../../model/errors.ts';
import { startConfined } from '../../rpc/confined_worker.ts';
import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';

/** Pixels of a page's picture: enough for the small print of an A4 page at what models look at by default. */
const PAGE_PIXELS = 1_500_000;

/** Character maps, fonts and decoders that some files need: fetched one by one, from beside the page. */
const DATA_URLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cMapUrl: byName(
    import.meta.glob<string>('../../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
      query: '?url&no-inline',
      import: 'default',
      eager: true,
    }),
  ),
  standardFontDataUrl: byName(
    import.meta.glob<string>('../../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', {
      query: '?url&no-inline',
      import: 'default',
      eager: true,
    }),
  ),
  wasmUrl: byName(
    import.meta.glob<string>('../../../node_modules/pdfjs-dist/wasm/*.wasm', {
      query: '?url&no-inline',
      import: 'default',
      eager: true,
    }),
  ),
};

function byName(urls: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(urls).map(([path, url]) => [path.slice(path.lastIndexOf('/') + 1), url]),
  );
}

/** Brings PDF.js what it asks for by name. */
class DataFactory {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const url = DATA_URLS[kind]?.[filename];
    if (url === undefined) throw new Error(`there is no ${filename}`);
    const response = await fetch(new URL(url, import.meta.url));
    if (!response.ok) throw new Error(`${filename}: status ${response.status}`);
    return new Uint8Array(await new Response(await maybeUnpack(response)).arrayBuffer());
  }
}

/** The build compresses WebAssembly. */
async function maybeUnpack(response: Response): Promise<BodyInit> {
  const blob = await response.blob();
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return first === 0x1f && second === 0x8b
    ? blob.stream().pipeThrough(new DecompressionStream('gzip'))
    : blob;
}

/** An open document. Close it when done. */
export class PdfDocument {
  readonly #document: PDFDocumentProxy;
  readonly #worker: PDFWorker;

  private constructor(document: PDFDocumentProxy, worker: PDFWorker) {
    this.#document = document;
    this.#worker = worker;
  }

  /** @throws GlanceError `document-unreadable`, or `document-protected` where it wants a password */
  static async open(file: Blob): Promise<PdfDocument> {
    const port = startConfined(workerUrl);
    const worker = PDFWorker.create({ port });
    try {
      const parameters = {
        data: new Uint8Array(await file.arrayBuffer()),
        worker,
        isEvalSupported: false,
        enableXfa: false,
        useWorkerFetch: false,
        disableAutoFetch: true,
        disableStream: true,
        stopAtErrors: false,
        verbosity: 0,
        BinaryDataFactory: DataFactory,
        cMapUrl: 'cmaps/',
        standardFontDataUrl: 'fonts/',
        wasmUrl: 'wasm/',
      };
      const failed = new Promise<never>((_, reject) => {
        port.addEventListener('error', () =>
          reject(new Error('the part that reads documents did not start')),
        );
      });
      return new PdfDocument(await Promise.race([getDocument(parameters).promise, failed]), worker);
    } catch (error) {
      worker.destroy();
      port.terminate();
      throw documentError(error);
    }
  }

  get pageCount(): number {
    return this.#document.numPages;
  }

  /**
   * Draws a page.
   *
   * @param number counts from 1
   * @returns a PNG on white
   * @throws GlanceError `document-unreadable`
   */
  async page(number: number): Promise<Blob> {
    try {
      const page = await this.#document.getPage(number);
      const { width, height } = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: Math.sqrt(PAGE_PIXELS / (width * height)) });
      const canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(viewport.width));
      canvas.height = Math.max(1, Math.round(viewport.height));
      await page.render({ canvas, viewport, background: '#fff' }).promise;
      page.cleanup();
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
      if (blob === null) throw new Error('the page is too large to draw');
      return blob;
    } catch (error) {
      throw documentError(error);
    }
  }

  async close(): Promise<void> {
    const { port } = this.#worker;
    await this.#document.cleanup().catch(() => {});
    await this.#document.destroy();
    this.#worker.destroy();
    (port as Worker | null)?.terminate();
  }
}

function documentError(cause: unknown): GlanceError {
  if (cause instanceof GlanceError) return cause;
  if (cause instanceof Error && cause.name === 'PasswordException') {
    return new PageError('document-protected', words.documents.locked, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const { damaged, notDrawn } = words.documents;
  const message = cause instanceof InvalidPDFException ? damaged : notDrawn;
  return new PageError('document-unreadable', message, { cause, details: { reason } });
}
