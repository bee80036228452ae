/** Has the browser save a file. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken over by then; what it saves it reads from the Blob.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
