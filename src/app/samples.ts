import { GlanceError } from '../model/errors.ts';

/** A picture that comes with the page, and a question to press. */
export interface Sample {
  /** Absolute URL of the picture. */
  url: string;
  /** What the picture is called once it has been asked about; does not give the answer away. */
  name: string;
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
    name: `Sample: ${file.replace(/\.[^.]+$/, '')}`,
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
  const advice = 'Check the connection and try again, or use a picture of your own.';
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    throw new GlanceError('file-unreachable', `The sample “${name}” could not be loaded. ${advice}`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new GlanceError('file-unreachable', `The sample “${name}” could not be loaded. ${advice}`, {
      details: { status: response.status },
    });
  }
  return response;
}
