import { type BlobReader, unreadableError } from './blob_reader.ts';
import type { PictureSize } from './header.ts';
import { asciiAt } from './signature.ts';

/** A metadata box beyond this is no picture's. */
const MAX_META_BYTES = 4 * 1024 * 1024;
const MAX_TOP_LEVEL_BOXES = 64;

interface Box {
  type: string;
  body: DataView<ArrayBuffer>;
}

/**
 * AVIF and HEIC (HEIF, ISO/IEC 23008-12): the size (`ispe`) and quarter turns (`irot`) among the
 * properties of the primary item.
 *
 * @throws GlanceError `picture-unreadable` if the file has no such item.
 */
export async function readIsoMediaSize(reader: BlobReader): Promise<PictureSize> {
  const children = boxesIn(await readMeta(reader), 4);
  const properties = childBox(children, 'iprp');
  const [containers, primary] = [boxesIn(properties, 0), primaryItem(childBox(children, 'pitm'))];
  const all = boxesIn(childBox(containers, 'ipco'), 0);
  let size: PictureSize | null = null;
  let quarterTurn = false;
  for (const index of propertyIndices(childBox(containers, 'ipma'), primary)) {
    const property = all[index - 1];
    if (property?.type === 'ispe' && property.body.byteLength >= 12) {
      size = { width: property.body.getUint32(4), height: property.body.getUint32(8) };
    } else if (property?.type === 'irot' && property.body.byteLength >= 1) {
      quarterTurn = (property.body.getUint8(0) & 1) === 1;
    }
  }
  if (size === null) throw unreadableError('a HEIF file whose primary item has no size');
  return quarterTurn ? { width: size.height, height: size.width } : size;
}

async function readMeta(reader: BlobReader): Promise<DataView<ArrayBuffer>> {
  let at = 0;
  for (let box = 0; box < MAX_TOP_LEVEL_BOXES; box++) {
    const view = await reader.read(at, 8);
    let size = view.getUint32(0);
    let headerBytes = 8;
    if (size === 1) {
      size = Number((await reader.read(at + 8, 8)).getBigUint64(0));
      headerBytes = 16;
    } else if (size === 0) {
      size = reader.blob.size - at;
    }
    if (size < headerBytes) break;
    if (view.getUint32(4) === 0x6d657461) {
      if (size > MAX_META_BYTES) throw unreadableError('a HEIF file with metadata of absurd size');
      return reader.read(at + headerBytes, size - headerBytes);
    }
    at += size;
  }
  throw unreadableError('a HEIF file without metadata');
}

/** The boxes inside a box, after `skip` bytes of version and flags. A box that overruns ends the list. */
function boxesIn(view: DataView<ArrayBuffer>, skip: number): Box[] {
  const boxes: Box[] = [];
  for (let at = skip; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > view.byteLength) break;
    const type = asciiAt(new Uint8Array(view.buffer, view.byteOffset + at + 4, 4), 0, 4);
    boxes.push({ type, body: new DataView(view.buffer, view.byteOffset + at + 8, size - 8) });
    at += size;
  }
  return boxes;
}

function childBox(boxes: Box[], type: string): DataView<ArrayBuffer> {
  const box = boxes.find((candidate) => candidate.type === type);
  if (box === undefined) throw unreadableError(`a HEIF file without its ${type} box`);
  return box.body;
}

function primaryItem(pitm: DataView): number {
  const wide = pitm.byteLength >= 8 && pitm.getUint8(0) > 0;
  if (pitm.byteLength < 6) throw unreadableError('a HEIF file without a primary item');
  return wide ? pitm.getUint32(4) : pitm.getUint16(4);
}

/** One-based indices into `ipco` of the properties that `ipma` gives to an item. */
function propertyIndices(ipma: DataView, item: number): number[] {
  try {
    const wideItem = ipma.getUint8(0) > 0;
    const wideIndex = (ipma.getUint8(3) & 1) === 1;
    const entries = ipma.getUint32(4);
    let at = 8;
    for (let entry = 0; entry < entries; entry++) {
      const id = wideItem ? ipma.getUint32(at) : ipma.getUint16(at);
      at += wideItem ? 4 : 2;
      const count = ipma.getUint8(at++);
      const indices: number[] = [];
      for (let i = 0; i < count; i++, at += wideIndex ? 2 : 1) {
        // The top bit marks a property as essential.
        indices.push(wideIndex ? ipma.getUint16(at) & 0x7fff : ipma.getUint8(at) & 0x7f);
      }
      if (id === item) return indices;
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw unreadableError('a HEIF file whose property list is cut off', cause);
  }
  return [];
}
