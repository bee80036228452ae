import type { LoadProgress } from '../model/request.ts';
import { partNames } from '../weights/gguf_split.ts';
import { fetchFile } from './fetch_file.ts';

/**
 * Downloads a model's files, side by side; all parts of a split one. They are not kept: this is for pages that name a
 * model by its address, and hand it to an engine that may not reach it.
 *
 * @param addresses of the text file, or any part of it, and of the mmproj file; absolute
 * @throws GlanceError as `fetchFile`
 */
export async function fetchModel(
  { text, vision }: { text: string; vision?: string },
  onProgress: (progress: LoadProgress) => void,
  signal?: AbortSignal,
): Promise<{ kind: 'file'; text: File[]; vision?: File }> {
  const fetched = async (url: string) => {
    const { blob, file } = await fetchFile(url, onProgress, signal);
    return new File([blob], file);
  };
  const [parts, eye] = await Promise.all([
    Promise.all((partNames(text) ?? [text]).map(fetched)),
    vision === undefined ? undefined : fetched(vision),
  ]);
  return { kind: 'file', text: parts, ...(eye && { vision: eye }) };
}
