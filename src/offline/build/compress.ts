import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gunzipSync, gzip } from 'node:zlib';

const deflate = promisify(gzip);
const LEVEL = constants.Z_BEST_COMPRESSION;

/** Large files take seconds, are the same in every build, and several bundles of one build have them. */
const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/glance/', import.meta.url));
const known = new Map<string, Promise<Buffer>>();

/** Bytes in gzip's form, as small as it makes them; compressed once for all builds. */
export function compressed(bytes: Uint8Array): Promise<Buffer> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  let result = known.get(hash);
  if (result === undefined) {
    result = kept(hash, bytes);
    known.set(hash, result);
    result.catch(() => known.delete(hash));
  }
  return result;
}

async function kept(hash: string, bytes: Uint8Array): Promise<Buffer> {
  const path = join(FOLDER, `${hash}-zlib-${process.versions.zlib}-${LEVEL}.gz`);
  const found = await readFile(path).catch(() => null);
  if (found !== null && unpacks(found, bytes)) return found;
  const made = await deflate(bytes, { level: LEVEL });
  // Other builds may be at the same; a file is there whole or not at all.
  const scratch = `${path}.${process.pid}`;
  try {
    await mkdir(FOLDER, { recursive: true });
    await writeFile(scratch, made);
    await rename(scratch, path);
  } catch {
    // Where nothing can be kept, the next build compresses again.
    await rm(scratch, { force: true }).catch(() => {});
  }
  return made;
}

/** What was kept may have been damaged since. */
function unpacks(packed: Buffer, bytes: Uint8Array): boolean {
  try {
    return gunzipSync(packed).equals(bytes);
  } catch {
    return false;
  }
}
