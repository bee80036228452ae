/**
 * The contract between pages and the store worker, which keeps models on this device. It is a worker of its
 * own, so that downloads go on while the inference worker computes.
 */
import type {
  DownloadAction,
  ModelDownload,
  ModelImport,
  ModelInspection,
  RepositoryFiles,
  RepositoryReference,
  SpaceAdvice,
  StoredFile,
  StoredModel,
  StoreMessage,
  TransferProgress,
  TransferTrouble,
  VerifyReport,
} from '../model/storage.ts';

export type {
  DownloadAction,
  ModelDownload,
  ModelImport,
  ModelInspection,
  RepositoryFiles,
  RepositoryReference,
  SpaceAdvice,
  StoredFile,
  StoredModel,
  StoreMessage,
  TransferProgress,
  TransferTrouble,
  VerifyReport,
};

type OnProgress = (progress: TransferProgress) => void | Promise<void>;

/** What the store worker offers through comlink. Long work is named by its caller, so that it can be stopped. */
export interface StoreService {
  download(requestId: string, model: ModelDownload, onProgress?: OnProgress): Promise<StoredModel>;
  inspect(requestId: string, model: ModelDownload): Promise<ModelInspection>;
  /** The models of a hub's repository. */
  list(requestId: string, reference: RepositoryReference): Promise<RepositoryFiles>;
  import(requestId: string, model: ModelImport, onProgress?: OnProgress): Promise<StoredModel>;
  verify(requestId: string, id: string, onProgress?: OnProgress): Promise<VerifyReport>;
  /** Ends work of this page; it then throws `aborted`. */
  abort(requestId: string): Promise<void>;
  /** Pauses, resumes or stops a model's download in all tabs. */
  control(id: string, action: DownloadAction): Promise<void>;
  models(): Promise<StoredModel[]>;
  delete(id: string): Promise<void>;
  advise(neededBytes: number, exceptId?: string): Promise<SpaceAdvice>;
  exportFile(key: string): Promise<Blob>;
  /** As `InferenceService.lifeline`. */
  lifeline(): Promise<string | null>;
}
