/** SVG, for the page's side: a worker has no renderer for it, so the page draws it and sends the pixels. */
import { GlanceError } from '../model/errors.ts';
import { assertUsableSides } from '../model/vision_geometry.ts';
import { unreadableError } from './blob_reader.ts';
import { asciiAt, detectSignature, SIGNATURE_BYTES } from './signature.ts';

/** Vectors have no resolution: small drawings are drawn at least this large, in pixels of the longer side. */
const MIN_LONG_SIDE = 512;
/** Longer side of a drawing that names no size of its own, in pixels. */
const DEFAULT_LONG_SIDE = 1024;
/** Sides of a replaced element without any size, in CSS pixels (CSS 2.2, 10.3.2 and 10.6.2). */
const FALLBACK_SIDES = { width: 300, height: 150 };

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
/** CSS pixels per unit of an SVG length. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 96 / 72,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  em: 16,
  rem: 16,
  ex: 8,
};

/** Whether a file is an SVG, told by its content. */
export async function isSvg(blob: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await blob.slice(0, SIGNATURE_BYTES).arrayBuffer());
  return detectSignature(bytes).kind === 'svg';
}

/**
 * Draws an SVG on a page. Scripts in it do not run and nothing it refers to is loaded, as in every
 * `<img>`. Without a size of its own it is drawn 1,024 pixels long, and small ones are enlarged, since
 * lines stay sharp at any size. The bitmap keeps its transparency; whoever takes it closes it.
 *
 * @param options.maxSide - Longest side of the result, in pixels; 2,048 unless told.
 * @throws GlanceError `picture-empty`, `picture-unreadable`, `picture-zero-sized` or `picture-too-long`.
 */
export async function rasterizeSvg(blob: Blob, options: { maxSide?: number } = {}): Promise<ImageBitmap> {
  if (blob.size === 0) {
    throw new GlanceError('picture-empty', 'This file is empty. Choose another picture.');
  }
  const { maxSide = 2048 } = options;
  const root = parseSvg(new Uint8Array(await blob.arrayBuffer()));
  const { width, height } = rasterSize(root, maxSide);
  // With sides and a view box of its own every browser draws it at this resolution, scaled to fit.
  root.setAttribute('width', String(width));
  root.setAttribute('height', String(height));
  const image = new Image(width, height);
  // A data URL: behind a blob URL, Chromium taints every drawing with HTML inside (as diagram tools make),
  // and a tainted bitmap cannot be sent to a worker.
  const text = new XMLSerializer().serializeToString(root);
  try {
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no 2-D canvas');
    context.drawImage(image, 0, 0, width, height);
    // Throws if the bitmap is tainted in this browser, here and not when it is sent.
    context.getImageData(0, 0, 1, 1);
    return canvas.transferToImageBitmap();
  } catch (cause) {
    throw unreadableError('the browser could not draw this SVG', cause);
  }
}

function parseSvg(bytes: Uint8Array): SVGSVGElement {
  const text = new TextDecoder(xmlEncoding(bytes)).decode(bytes);
  const document = new DOMParser().parseFromString(trustedDrawing(text), 'image/svg+xml');
  const root = document.documentElement;
  if (root.namespaceURI !== SVG_NAMESPACE || root.localName !== 'svg') {
    throw unreadableError('the file is not well-formed SVG');
  }
  if (document.querySelector('parsererror') !== null)
    throw unreadableError('the SVG is cut off or not well-formed');
  return root as unknown as SVGSVGElement;
}

/** The encoding of an XML file: by its byte order mark, by its declaration, or UTF-8. */
function xmlEncoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const declared = /^<\?xml[^>]*\sencoding=["']([\w.-]+)/.exec(asciiAt(bytes, 0, 200))?.[1];
  try {
    return new TextDecoder(declared).encoding;
  } catch {
    return 'utf-8';
  }
}

/** Sides of the drawing in pixels, and a view box where the file has sides alone. */
function rasterSize(root: SVGSVGElement, maxSide: number): { width: number; height: number } {
  const viewBox = parseViewBox(root.getAttribute('viewBox'));
  const given = {
    width: parseLength(root.getAttribute('width')),
    height: parseLength(root.getAttribute('height')),
  };
  const ratio = viewBox === null ? null : viewBox.width / viewBox.height;
  let { width, height } = given;
  if (ratio !== null) {
    width ??= height === null ? null : height * ratio;
    height ??= width === null ? null : width / ratio;
  }
  let longSide: number | null = null;
  if (width === null && height === null && viewBox !== null) {
    ({ width, height } = viewBox);
    longSide = DEFAULT_LONG_SIDE;
  }
  width ??= FALLBACK_SIDES.width;
  height ??= FALLBACK_SIDES.height;
  if (!(width > 0 && height > 0)) assertUsableSides(0, 0);
  if (viewBox === null) root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const ownSide = Math.max(width, height);
  const side = Math.min(longSide ?? Math.max(ownSide, MIN_LONG_SIDE), maxSide);
  const raster = {
    width: Math.max(1, Math.round((width * side) / ownSide)),
    height: Math.max(1, Math.round((height * side) / ownSide)),
  };
  assertUsableSides(raster.height, raster.width);
  return raster;
}

/** A length in CSS pixels; null for none, for a share of something unknown, and for nonsense. */
function parseLength(text: string | null): number | null {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text ?? '');
  const unit = match === null ? undefined : UNITS[match[2]!.toLowerCase()];
  return unit === undefined ? null : Number(match![1]) * unit;
}

function parseViewBox(text: string | null): { width: number; height: number } | null {
  const numbers = (text ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const [, , width, height] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) return null;
  return width! > 0 && height! > 0 ? { width: width!, height: height! } : null;
}

interface MarkupPolicy {
  createHTML(markup: string): string;
}

let drawings: MarkupPolicy | null = null;

/**
 * A drawing's text for browsers that are told to require Trusted Types. It becomes a document of its own, apart from the
 * page, in which no script runs and for which nothing is fetched.
 */
function trustedDrawing(text: string): string {
  const rules: MarkupPolicy = { createHTML: (markup) => markup };
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: MarkupPolicy): MarkupPolicy };
  };
  drawings ??= trustedTypes?.createPolicy('glance-svg', rules) ?? rules;
  return drawings.createHTML(text);
}
