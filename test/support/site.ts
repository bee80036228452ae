import { build } from 'vite';
import { repositoryRoot } from './root.ts';

/** Builds the site as it is published into a folder, which is emptied first. */
export async function buildSite(folder: string): Promise<void> {
  await build({
    root: repositoryRoot,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, reportCompressedSize: false },
  });
}
