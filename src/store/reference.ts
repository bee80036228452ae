/**
 * What people paste or drop to name a model: a page of the hub, `owner/name`, the address of a file, files of
 * this device. Pure, except for {@link listRepository}.
 */
import { GlanceError, throwIfAborted } from '../model/errors.ts';
import type { RepositoryFile, RepositoryFiles, RepositoryReference } from '../model/storage.ts';
import { fileNameOf } from '../weights/byte_source.ts';
import { partNames, wholeName } from '../weights/gguf_split.ts';
import { decodePart, hubUrl, parseHubUrl } from './hub.ts';

export type { RepositoryFile, RepositoryFiles, RepositoryReference } from '../model/storage.ts';

export type ModelReference =
  | RepositoryReference
  /** Addresses of files; without `vision` it is not known whether there is one beside the text file. */
  | { readonly kind: 'files'; readonly text: string; readonly vision: string | null };

const HUB_PATH = /^([^/]+\/[^/]+)\/(?:resolve|blob|raw)\/([^/]+)\/(.+)$/;
/** A page of a repository, as it is or at a revision; Ollama has `:quantization` behind its name. */
const TREE_PATH = /^([^/]+\/[^/:]+)(?::([^/]+)|\/tree\/([^/]+)(?:\/.*)?)?\/?$/;
const REPO = /^[\w.-]+\/[\w.-]+$/;
const isVisionName = (name: string): boolean => /mmproj/i.test(name);
const isGgufName = (name: string): boolean => /\.gguf$/i.test(name);

/**
 * Reads what was pasted: one address or name, or the address of a text file with that of its mmproj file.
 *
 * @param hubBase of the hub that `owner/name` means, with a trailing slash
 * @throws GlanceError `invalid-argument`, with what to paste instead
 */
export function parseModelReference(pasted: string, hubBase: string): ModelReference {
  const words = pasted.split(/[\s,;]+/).flatMap((word) => {
    const bare = word.replace(/^["'<([]+|["'>)\]]+$/g, '');
    return bare === '' ? [] : [bare];
  });
  if (words.length === 0) {
    throw invalid(
      'Paste the address of a model: a page of the hub, owner/name, or the address of a .gguf file.',
    );
  }
  const references = words.map((word) => parseOne(word, hubBase));
  const [first] = references;
  if (references.length === 1 && first!.kind === 'repository') return first!;
  const urls = references.flatMap((reference) => (reference.kind === 'file' ? [reference.url] : []));
  if (urls.length < references.length) {
    throw invalid('Paste one repository, or the addresses of files; not both together.');
  }
  const visions = urls.filter((url) => isVisionName(fileNameOf(url)));
  const texts = urls.filter((url) => !visions.includes(url));
  const [text] = texts;
  if (text === undefined) {
    throw invalid(
      `${fileNameOf(visions[0]!)} is only the half of a model that sees pictures. Paste the address of its text file as well, or that of the repository.`,
    );
  }
  const parts = partNames(text) ?? [text];
  if (visions.length > 1 || texts.some((url) => !parts.includes(url))) {
    throw invalid(
      'These are files of several models. Paste one text file and, to see pictures, its mmproj file.',
    );
  }
  return { kind: 'files', text: parts[0]!, vision: visions[0] ?? null };
}

type One = RepositoryReference | { kind: 'file'; url: string };

function parseOne(word: string, hubBase: string): One {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(word);
  const looksLikeHost = /^(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?\//i.test(word) && !REPO.test(word.split(':')[0]!);
  if (!hasScheme && !looksLikeHost && !/^(?:huggingface\.co|hf\.co)\//i.test(word)) {
    return parseName(word, hubBase);
  }
  const address = hasScheme ? word : `https://${word}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null) throw invalid(`"${word}" is no address. Paste one that begins with https://.`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid(
      url.protocol === 'file:'
        ? 'A page cannot open files by their address. Choose the file, or drop it here.'
        : `Addresses that begin with ${url.protocol} cannot be opened here. Paste one that begins with https://.`,
    );
  }
  if (url.hostname === 'hf.co') url.hostname = 'huggingface.co';
  // A mirror may lie in a folder of its host.
  const base = url.href.startsWith(hubBase) ? hubBase : `${url.origin}/`;
  // Parts lose their escapes once they are told apart: that of a slash belongs to its part.
  const path = url.pathname.slice(new URL(base).pathname.length);
  if (/^(?:datasets|spaces)\//.test(path)) {
    throw invalid('This is the address of a data set or an app. Paste that of a model with GGUF files.');
  }
  const file = HUB_PATH.exec(path);
  if (file !== null) {
    const [repo, revision, name] = file.slice(1).map(decodePart);
    checkName(name!);
    return { kind: 'file', url: hubUrl({ base, repo: repo!, revision: revision!, path: name! }) };
  }
  if (isGgufName(path)) {
    url.hash = '';
    return { kind: 'file', url: url.href };
  }
  const page = TREE_PATH.exec(path);
  if (page !== null) {
    const [, repo, quantization = null, revision = 'main'] = page;
    return {
      kind: 'repository',
      base,
      repo: decodePart(repo!),
      revision: decodePart(revision),
      quantization,
    };
  }
  throw invalid(
    `${url.href} is neither a model's page nor a .gguf file. Paste the page of a repository, or the address of the file itself.`,
  );
}

/** `owner/name`, `owner/name:Q4_K_M`, `owner/name/file.gguf`. */
function parseName(word: string, base: string): One {
  const [path, quantization = null] = word.split(':', 2) as [string, string?];
  const [owner, name, ...rest] = path.split('/');
  if (owner && name && REPO.test(`${owner}/${name}`)) {
    const repo = `${owner}/${name}`;
    if (rest.length === 0) return { kind: 'repository', base, repo, revision: 'main', quantization };
    const file = rest.join('/');
    checkName(file);
    return { kind: 'file', url: hubUrl({ base, repo, revision: 'main', path: file }) };
  }
  throw invalid(
    `"${word}" names no model. Paste the address of a model's page, owner/name, or the address of a .gguf file.`,
  );
}

function checkName(path: string): void {
  if (isGgufName(path)) return;
  throw invalid(
    /\.(?:safetensors|bin|pt|pth|onnx)$/i.test(path)
      ? `${fileNameOf(path)} is not a GGUF file, the only kind that Glance reads. Look for a repository whose name ends in -GGUF.`
      : `${fileNameOf(path)} is not a model file. Paste the address of a .gguf file.`,
  );
}

/** An entry of the hub's list of files. */
export interface ListedFile {
  readonly path: string;
  readonly size: number | null;
}

const FORMAT = /(?:^|[-._])((?:UD-)?(?:I?Q\d\w*|TQ\d\w*|MXFP4\w*|NVFP4\w*|BF16|F16|F32))(?=[-._]|$)/gi;
/** Those whose tensors are all of formats that Glance reads. */
const USUAL = /^(?:Q[456]_K(?:_\w+)?|Q8_0|Q[45]_[01]|B?F16|F32)$/;
/**
 * Those whose main tensors are of formats that Glance lacks. Of others, as Q8 or UD-Q4_K_XL, the name does not tell; nor
 * does MXFP4_MOE, in which only experts are in MXFP4 and all else is in Q8_0.
 */
const UNREADABLE = /^(?:UD-)?(?:IQ\d\w*|TQ\d\w*|Q[1-3]_\w+|Q4_0_[48]_[48]|MXFP4(?!_MOE$)\w*|NVFP4\w*)$/;

/** The quantisation that a file's name tells, in capitals. */
export function quantizationOf(name: string): string | null {
  const bare = wholeName(fileNameOf(name)).replace(/\.gguf$/i, '');
  return [...bare.matchAll(FORMAT)].at(-1)?.[1]?.toUpperCase() ?? null;
}

/**
 * Finds the models among a repository's files.
 *
 * @throws GlanceError `invalid-argument` if there are none, `file-split` if parts are missing
 */
export function modelFiles(
  { base, repo, revision }: Omit<RepositoryReference, 'kind' | 'quantization'>,
  files: readonly ListedFile[],
): RepositoryFiles {
  const sizes = new Map(files.filter(({ path }) => isGgufName(path)).map(({ path, size }) => [path, size]));
  const found: RepositoryFile[] = [];
  for (const path of sizes.keys()) {
    const parts = partNames(path) ?? [path];
    if (parts[0] !== path) continue;
    const bytes = parts.map((part) => sizes.get(part));
    // A part that is not there makes the model useless; others of the repository may be whole.
    if (bytes.includes(undefined)) continue;
    const quantization = quantizationOf(path);
    found.push({
      name: wholeName(path),
      url: hubUrl({ base, repo, revision, path }),
      bytes: bytes.reduce<number | null>(
        (sum, size) => (sum === null || size == null ? null : sum + size),
        0,
      ),
      quantization,
      readable: isReadable(quantization),
    });
  }
  const visions = found.filter(({ name }) => isVisionName(name));
  const texts = found.filter(({ name }) => !isVisionName(name));
  if (texts.length > 0) return { texts, visions };
  throw invalid(
    sizes.size > 0
      ? `${repo} holds no complete text model as GGUF. Choose another repository.`
      : `${repo} holds no GGUF files, the only kind that Glance reads. Look for a repository whose name ends in -GGUF.`,
  );
}

/** A file of which only the address is known. */
export function namedFile(url: string): RepositoryFile {
  const name = wholeName(fileNameOf(url));
  const quantization = quantizationOf(name);
  return { name, url, bytes: null, quantization, readable: isReadable(quantization) };
}

function isReadable(quantization: string | null): boolean {
  return quantization === null || !UNREADABLE.test(quantization);
}

const TEXT_PREFERENCE = ['Q4_K_M', 'Q4_K_S', 'Q5_K_M', 'Q4_0', 'Q6_K', 'Q8_0'];
const VISION_PREFERENCE = ['Q8_0', 'F16', 'BF16', 'F32'];

/** The files to begin with: of the text model the quantisation asked for or a common one; of mmproj the smallest usual. */
export function preferredFiles(
  { texts, visions }: RepositoryFiles,
  quantization: string | null,
): { text: RepositoryFile; vision: RepositoryFile | null } {
  const pick = (files: readonly RepositoryFile[], order: readonly string[]) =>
    order.map((name) => files.find((file) => file.quantization === name)).find(Boolean) ??
    files.find((file) => USUAL.test(file.quantization ?? '')) ??
    files.find(({ readable }) => readable) ??
    files[0];
  const wanted = quantization === null ? [] : [quantization.toUpperCase()];
  return {
    text: pick(texts, [...wanted, ...TEXT_PREFERENCE])!,
    vision: pick(visions, VISION_PREFERENCE) ?? null,
  };
}

/**
 * Asks a hub for a repository's files (`/api/models/<repo>/tree/<revision>`).
 *
 * @throws GlanceError `file-unreachable`, `invalid-argument` if it holds no model, `aborted`
 */
export async function listRepository(
  reference: RepositoryReference,
  signal?: AbortSignal,
): Promise<RepositoryFiles> {
  const { base, repo, revision } = reference;
  const address = `${base}api/models/${repo}/tree/${encodeURIComponent(revision)}?recursive=true`;
  const response = await fetch(address, signal ? { signal } : {}).catch((cause: unknown) => {
    throwIfAborted(signal);
    throw unreachable(
      `The list of ${repo}'s files could not be fetched from ${base}. Check the connection.`,
      cause,
    );
  });
  if (!response.ok) throw unreachable(listingAdvice(repo, response.status), null, response.status);
  const listed: unknown = await response.json().catch(() => null);
  if (!Array.isArray(listed)) {
    throw unreachable(
      `${base} gave no list of ${repo}'s files. Paste the address of the .gguf file itself.`,
      null,
    );
  }
  const files = listed.flatMap((entry: unknown): ListedFile[] => {
    const { path, type, size, lfs } = (entry ?? {}) as Record<string, unknown>;
    if (typeof path !== 'string' || type === 'directory') return [];
    const whole = (lfs as { size?: unknown } | undefined)?.size ?? size;
    return [{ path, size: typeof whole === 'number' ? whole : null }];
  });
  return modelFiles(reference, files);
}

/** What a person would call the model of a text file, by its address, path or name. */
export function modelNameOf(path: string): string {
  return wholeName(fileNameOf(path)).replace(/\.gguf$/i, '');
}

/** The repository of a hub that an address of a file belongs to; null for other servers. */
export function repositoryOf(url: string): RepositoryReference | null {
  const file = parseHubUrl(url);
  return file && { kind: 'repository', ...file, quantization: null };
}

/** Files of this device as a model's text (all its parts) and vision. */
export interface SortedFiles<T> {
  readonly text: readonly T[];
  readonly vision: T | null;
}

/**
 * Tells apart the files that somebody chose or dropped, by their names.
 *
 * @throws GlanceError `invalid-argument`, `file-not-gguf`, `file-split`, with what to choose instead
 */
export function sortModelFiles<T extends { readonly name: string }>(files: readonly T[]): SortedFiles<T> {
  const foreign = files.find(({ name }) => !isGgufName(name));
  if (foreign !== undefined) {
    throw new GlanceError(
      'file-not-gguf',
      `${foreign.name} is not a GGUF file, the only kind that Glance reads. Choose files whose names end in .gguf.`,
      { details: { file: foreign.name } },
    );
  }
  const visions = files.filter(({ name }) => isVisionName(name));
  const texts = files.filter(({ name }) => !isVisionName(name));
  const [text] = texts;
  if (text === undefined) {
    const [vision] = visions;
    throw invalid(
      vision === undefined
        ? 'No file was chosen. Choose a .gguf file.'
        : `${vision.name} is only the half of a model that sees pictures. Choose its text file together with it.`,
    );
  }
  const parts = partNames(text.name) ?? [text.name];
  const missing = parts.filter((name) => !texts.some((file) => file.name === name));
  if (missing.length > 0) {
    throw new GlanceError(
      'file-split',
      `${wholeName(text.name)} is split into ${parts.length} files, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. Choose all of them together.`,
      { details: { file: text.name, parts: parts.length, missing: missing.length } },
    );
  }
  if (visions.length > 1 || texts.length > parts.length) {
    throw invalid(
      'These are files of several models. Choose one text file and, to see pictures, its mmproj file.',
    );
  }
  return { text: parts.map((name) => texts.find((file) => file.name === name)!), vision: visions[0] ?? null };
}

/**
 * A hub's address as it is kept, with a trailing slash.
 *
 * @throws GlanceError `invalid-argument`
 */
export function checkedHubBase(typed: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed.trim()) ? typed.trim() : `https://${typed.trim()}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw invalid(
      `"${typed.trim()}" is no address of a server. Give one such as https://huggingface.co/ or https://models.example/hub/.`,
    );
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function listingAdvice(repo: string, status: number): string {
  if (status === 404) return `There is no repository ${repo}. Check the name.`;
  if (status === 401 || status === 403) {
    return `${repo} does not exist, or asks for permission. Check the name, and that it is public.`;
  }
  return `The list of ${repo}'s files could not be fetched (HTTP ${status}). Try again in a moment.`;
}

function unreachable(message: string, cause: unknown, status: number | null = null): GlanceError {
  return new GlanceError('file-unreachable', message, { cause, details: { status } });
}

function invalid(message: string): GlanceError {
  return new GlanceError('invalid-argument', message);
}
