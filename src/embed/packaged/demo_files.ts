import { packagedFile } from './worker_files.ts';

/** Where the demo model's files are. */
export const demoFile = packagedFile;
