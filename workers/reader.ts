/**
 * The reader worker: reads files for the engine, which meanwhile works on the bytes before. It is sent the Blobs of a
 * file, then ranges and memory for them, which it fills and gives back in the order of the requests.
 */
import { BlobsReader } from '../src/store/blobs_reader.ts';
import type { ReaderAnswer, ReaderRequest } from './reader_thread.ts';

const readers = new Map<number, BlobsReader>();

const answer = (said: ReaderAnswer, given: Transferable[] = []) =>
  self.postMessage(said, { transfer: given });

addEventListener('message', ({ data }: MessageEvent<ReaderRequest>) => {
  const { file } = data;
  if ('blobs' in data) {
    readers.set(file, new BlobsReader(data.blobs));
  } else if ('memory' in data) {
    const { id, offset, memory, from, length } = data;
    const read = readers.get(file)!.readInto(offset, new Uint8Array(memory, from, length));
    void read.then(
      ({ buffer }) => answer({ id, memory: buffer }, [buffer]),
      // Who asked reads it again, and finds out what is wrong.
      () => answer({ id, memory: null }),
    );
  } else {
    readers.get(file)?.close();
    readers.delete(file);
  }
});

answer({ ready: true });
