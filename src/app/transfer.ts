/** Files that come by drop or paste, and folders, which a page gets as files that cannot be read. */
export interface FilesAndFolders {
  readonly files: File[];
  /** Names of the folders. */
  readonly folders: string[];
}

/** What a drop or a paste brings. Must be called while its event is handled. */
export function filesIn(transfer: DataTransfer | null): FilesAndFolders {
  const found: FilesAndFolders = { files: [], folders: [] };
  for (const item of transfer?.items ?? []) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry?.();
    const file = item.getAsFile();
    if (entry?.isDirectory) found.folders.push(entry.name);
    else if (file !== null) found.files.push(file);
  }
  return found;
}

/**
 * Whether a paste that brings files means its text instead. Office programs put a picture of copied text
 * beside the formatted text; file managers put the name of a copied file beside the file, unformatted.
 */
export function meansText(transfer: Pick<DataTransfer, 'types' | 'getData'>): boolean {
  const formatted = transfer.types.includes('text/html') || transfer.types.includes('text/rtf');
  return formatted && transfer.getData('text/plain') !== '';
}
