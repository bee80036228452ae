import type { Device } from '../../src/model/request.ts';
import type { ModelDownload, StoredModel, TransferProgress, VerifyReport } from '../../src/model/storage.ts';

/** How something ended. */
export type Outcome<T = null> =
  | { ok: true; value: T }
  | { ok: false; code: string; message: string; details: Record<string, unknown> };

/** What the test page does when it is asked from outside. */
export interface FaultPageApi {
  /** Begins a download and does not wait for it. */
  begin(model: ModelDownload): void;
  /** How the download ended that was begun last. */
  ended(): Promise<Outcome<StoredModel>>;
  /** Everything that was heard of it. */
  heard(): TransferProgress[];
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  models(): Promise<StoredModel[]>;
  verify(id: string): Promise<Outcome<VerifyReport>>;
  delete(id: string): Promise<Outcome>;
  /** SHA-256 of a kept file as it is read back. */
  sha256(key: string): Promise<string>;
  /** Reads a kept file from its start to its end, and tells how many milliseconds that took. */
  readAll(key: string): Promise<number>;
  /** Removes a chunk behind the store's back, or turns one of its bits. */
  damage(key: string, chunk: number, how: 'delete' | 'flip'): Promise<void>;
  /** What is wrong with the store as a whole; empty if every byte in it is accounted for and right. */
  complaints(): Promise<string[]>;
  /** Begins to load a kept model and does not wait for it. */
  beginLoading(text: string, vision: string, device: Device): void;
  /** Share of its weights that are where they belong, from 0 to 1. */
  loadedShare(): number;
  /** Loads a kept model on the CPU and has it answer a question about a picture. */
  answer(text: string, vision: string, picture: string, question: string): Promise<Outcome<string>>;
}

declare global {
  var faultPage: FaultPageApi;
}
