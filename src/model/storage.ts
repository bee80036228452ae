/** What is kept on this device, and what its keeping tells about itself: plain values for every thread. */

import type { ModelDimensions } from './config.ts';

/** What a model is, by the headers of its files: known before it is loaded, and where a server sends parts of files, before it is downloaded. */
export interface ModelOutline {
  readonly dimensions: ModelDimensions;
  /** Elements of all tensors; of a file that is not here yet, without an output matrix of its own. */
  readonly parameterCount: number;
  /** As the file names it: `apache-2.0`. */
  readonly license: string | null;
}

/** What can be said of a model before it is downloaded. */
export interface ModelInspection {
  /** Of all files. */
  readonly sizeBytes: number;
  readonly outline: ModelOutline;
}

/** A model to download. `text` and `vision` are addresses of GGUF files. */
export interface ModelDownload {
  /** Under which the model is kept; default: the key of its text file. */
  id?: string;
  /** What people call it; default: the text file's name. */
  name?: string;
  /** The file, or the first part of a split one (`-00001-of-0000N.gguf`). */
  text: string;
  /** The mmproj file. */
  vision?: string;
  /** What an inspection told; it is kept until the files tell themselves. */
  outline?: ModelOutline;
  /** Of all files, as it told too. */
  sizeBytes?: number;
}

/** A model whose files lie on this device's disk and are to be kept by Glance. */
export interface ModelImport {
  id?: string;
  name?: string;
  /** The file, or all parts of a split one. */
  text: Blob | readonly Blob[];
  vision?: Blob;
  /** Where the files came from, if known: they are compared with it, and repaired from there. */
  urls?: { text: string; vision?: string };
}

/** One kept file. */
export interface StoredFile {
  key: string;
  /** What a person would call it. */
  name: string;
  /** Null for a file that was imported and has no known address. */
  url: string | null;
  sizeBytes: number;
  /** Of it, bytes that are here and were found right as they came. */
  storedBytes: number;
  /** All bytes are here, and their SHA-256 is the published one where one is published. */
  complete: boolean;
  /** Of the whole file; null until it is complete. */
  sha256: string | null;
  /** The server's own hash was there to compare with. */
  published: boolean;
}

/** One kept model, complete or on its way. */
export interface StoredModel {
  id: string;
  name: string;
  /** Key of the text file (of its first part), for `ModelSource`. */
  text: string;
  /** Key of the vision file. */
  vision: string | null;
  /** All files, parts included; those of which nothing is known yet are missing. */
  files: readonly StoredFile[];
  /** Null where it is not known yet, or the files are none of a model that Glance runs. */
  outline: ModelOutline | null;
  /** All files are complete. */
  complete: boolean;
  /** The download was paused by its reader, not ended by an accident. */
  paused: boolean;
  /** Of all files, by what was told ahead until each has begun; null where that is not known. */
  sizeBytes: number | null;
  storedBytes: number;
  /** Milliseconds since 1970. */
  addedAt: number;
  /** When it was last loaded, or else added; milliseconds since 1970. */
  lastUsedAt: number;
}

/** Why bytes do not come just now; the download goes on by itself. */
export type TransferTrouble = 'offline' | 'busy' | 'connection' | 'stalled';

/** How far a download, an import or a check has come. */
export interface TransferProgress {
  state:
    | 'asking'
    | 'downloading'
    | 'paused'
    /** Another tab of Glance does this one's work. */
    | 'elsewhere'
    /** Reading what is here, comparing hashes. */
    | 'checking'
    | 'importing'
    | 'done';
  /** Name of the file at work; empty before the first. */
  file: string;
  /** Of all files. */
  doneBytes: number;
  totalBytes: number;
  /** Null until there is an estimate. */
  bytesPerSecond: number | null;
  remainingMs: number | null;
  trouble: TransferTrouble | null;
  /** The file was changed on the server in the middle, and was begun anew. */
  restarted: boolean;
}

/** What a check found and did. */
export interface VerifyReport {
  checkedBytes: number;
  /** Chunks that were damaged or missing, of all files. */
  badChunks: number;
  /** Of these, those that were downloaded again. */
  repairedChunks: number;
}

/** What the browser lets this site keep. */
export interface StorageSpace {
  /** Null where the browser does not tell. */
  availableBytes: number | null;
  usedBytes: number | null;
  /** The browser has promised not to clear it by itself. */
  persisted: boolean;
}

/** Whether something fits, and which models could make room for it, least recently used first. */
export interface SpaceAdvice extends StorageSpace {
  neededBytes: number;
  fits: boolean;
  /** Empty if it fits, or if deleting all models would not be enough. */
  suggestion: readonly { id: string; name: string; bytes: number; lastUsedAt: number }[];
}

/** Name of the BroadcastChannel on which the stores of all tabs speak. */
export const STORE_CHANNEL = 'glance-store';

/** What is said there. */
export type StoreMessage =
  /** By whoever fetches a model's file, a few times a second. */
  | { type: 'progress'; model: string; key: string; fileDoneBytes: number; progress: TransferProgress }
  /** To whoever downloads the model, in whatever tab. */
  | { type: 'control'; model: string; action: DownloadAction }
  /** A model came, went, or became complete. */
  | { type: 'models' };

/** `stop` ends a download, in all tabs; what has come stays. */
export type DownloadAction = 'pause' | 'resume' | 'stop';

/** A repository of a hub or a mirror. */
export interface RepositoryReference {
  readonly kind: 'repository';
  /** With a trailing slash. */
  readonly base: string;
  /** `owner/name` */
  readonly repo: string;
  readonly revision: string;
  /** As llama.cpp has it behind a colon; null if none was named. */
  readonly quantization: string | null;
}

/** One model file of a repository; the parts of a split one count as one. */
export interface RepositoryFile {
  readonly name: string;
  /** Address of the file, or of its first part. */
  readonly url: string;
  /** Of all parts; null where the hub does not tell. */
  readonly bytes: number | null;
  /** As its name tells: Q4_K_M, F16. */
  readonly quantization: string | null;
  /** False if Glance does not read the quantisation that the name tells. */
  readonly readable: boolean;
}

export interface RepositoryFiles {
  readonly texts: readonly RepositoryFile[];
  readonly visions: readonly RepositoryFile[];
}
