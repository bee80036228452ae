import { PageError } from './page_error.ts';
import { words } from './words/index.ts';

/** A picture that comes with the page, and a question to press. */
export interface Sample {
  /** Absolute URL of the picture. */
  url: string;
  /** The name of its file, without the ending; does not give the answer away. */
  name: string;
  /** What it shows, in English. */
  alt: string;
  question: string;
}

interface SampleEntry {
  file: string;
  alt: string;
  question: string;
}

/**
 * The sample pictures that lie beside the page.
 *
 * @throws GlanceError `file-unreachable`.
 */
export async function loadSamples(signal?: AbortSignal): Promise<Sample[]> {
  const base = new URL('samples/', document.baseURI);
  const response = await get(new URL('samples.json', base).href, signal);
  const entries = (await response.json()) as SampleEntry[];
  return entries.map(({ file, alt, question }) => ({
    url: new URL(file, base).href,
    name: file.replace(/\.[^.]+$/, ''),
    alt,
    question,
  }));
}

/**
 * The encoded picture of a sample.
 *
 * @throws GlanceError `file-unreachable`.
 */
export async function fetchSample(sample: Sample): Promise<Blob> {
  const response = await get(sample.url);
  return response.blob();
}

async function get(url: string, signal?: AbortSignal): Promise<Response> {
  const name = url.slice(url.lastIndexOf('/') + 1);
  const unreachable = words.unreachable.sample(name);
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    throw new PageError('file-unreachable', unreachable, { cause });
  }
  if (!response.ok) {
    throw new PageError('file-unreachable', unreachable, { details: { status: response.status } });
  }
  return response;
}
