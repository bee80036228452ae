/** What the page says about models: need, fit, transfers. */
import type { StorageSpace } from '../model/storage.ts';
import type { Fit, Machine, SmallerChoice } from '../store/fit.ts';
import type { Offer } from './offer.ts';
import type { Outcome, Work } from './shelf.ts';
import { words } from './words/index.ts';

/** The mark on a model. */
export function fitLabel({ verdict, reason }: Fit): string {
  if (verdict !== 'tight') return words.fit[verdict];
  if (reason === 'cpu') return words.fit.cpu;
  return reason === 'memory-unknown' ? words.fit.unknown : words.fit.tight;
}

/** Why nothing of the catalogue runs here; null where some of it may. */
export function machineTrouble({ gpu }: Machine): string | null {
  if (gpu === null) return words.models.noGpu;
  return gpu.software ? words.models.softwareGpu : null;
}

/** What a model needs, and where it does not fit, why. Machines where nothing runs have their own words. */
export function fitWords({ verdict, reason, contextLength, need }: Fit, machine: Machine): string {
  const { fit } = words;
  const needs = fit.needs(need.totalBytes, contextLength);
  if (verdict === 'fits') return needs;
  const { gpu, memoryBytes, availableBytes } = machine;
  switch (reason) {
    case 'cpu':
      return fit.onCpu(need.totalBytes, contextLength);
    case 'no-gpu':
    case 'software-gpu':
      return needs;
    case 'buffer-limit': {
      const limit = Math.min(gpu?.maxStorageBufferBindingSize ?? 0, gpu?.maxBufferSize ?? 0);
      return fit.pieces(need.largestBindingBytes, limit);
    }
    case 'storage':
      return fit.room(availableBytes ?? 0);
    case 'memory-unknown':
      return fit.memoryUnknown(needs);
    case 'memory':
      return memoryBytes === null ? needs : fit.memoryShort(needs, memoryBytes);
    case null:
      return needs;
  }
}

/** What the machine is, in a line. */
export function machineWords({ gpu, memoryBytes }: Machine): string {
  // The largest values that browsers tell stand for all beyond.
  const orMore = memoryBytes === 8 * 2 ** 30 || memoryBytes === 32 * 2 ** 30;
  return words.models.machine(gpu?.name ?? null, memoryBytes, orMore);
}

/** What is kept and what there is room for. */
export function spaceWords({ usedBytes, availableBytes }: StorageSpace): string {
  return words.models.space(usedBytes, availableBytes);
}

/** What is being done with a model: stage, bytes, speed, time left. */
export function workWords({ kind, progress, elsewhere }: Work): string {
  const { work } = words;
  if (kind === 'delete') return work.deleting;
  if (progress === null) return kind === 'verify' ? work.checking : words.common.starting;
  const { state, doneBytes, totalBytes, bytesPerSecond, remainingMs, trouble, restarted } = progress;
  const bytes = totalBytes > 0 ? work.bytesOf(doneBytes, totalBytes) : '';
  const pace = [
    bytesPerSecond === null ? '' : work.rate(bytesPerSecond),
    remainingMs === null ? '' : work.left(remainingMs),
  ];
  const note = [trouble === null ? '' : work.trouble[trouble], restarted ? work.restarted : ''];
  switch (state) {
    case 'asking':
      return words.common.join(work.asking, ...note);
    case 'downloading':
      return words.common.join(elsewhere ? work.elsewhere : work.downloading, bytes, ...pace, ...note);
    case 'elsewhere':
      return words.common.join(work.elsewhere, bytes, ...pace, ...note);
    case 'paused':
      return words.common.join(work.paused, bytes);
    case 'checking':
      return words.common.join(kind === 'verify' ? work.checkingAll : work.checkingCome, bytes);
    case 'importing':
      return words.common.join(work.copying, bytes, ...pace);
    case 'done':
      return work.finishing;
  }
}

/** How far work has come, 0..1; null where it cannot be said. */
export function workShare({ progress }: Work): number | null {
  return progress === null || progress.totalBytes === 0 ? null : progress.doneBytes / progress.totalBytes;
}

/** What is offered where memory was short. */
export function smallerWords(smaller: SmallerChoice): string {
  return smaller.kind === 'context'
    ? words.offer.smallerContext(smaller.contextLength)
    : words.offer.smallerModel(smaller.entry.name, smaller.file.quantization);
}

/**
 * A usual connection, in Mbit/s. What browsers tell of this one (`navigator.connection.downlink`) comes from
 * what little was fetched so far, and is often too low by far.
 */
const USUAL_MBITS = 50;

/** The model that is offered in the demo model's place: what it does, whether it fits, how long it takes. */
export function offerWords({ entry, fit, stored, missingBytes }: Offer): string {
  if (stored?.complete) return words.offer.here(entry.name);
  const fits = fit.verdict === 'fits' ? 'fits' : fit.reason === 'memory' ? 'tight' : 'unknown';
  const ms = (1000 * 8 * missingBytes) / (1e6 * USUAL_MBITS);
  const begun = stored !== null && stored.storedBytes > 0;
  return words.offer.fits(entry.name, fits, missingBytes, begun, ms, USUAL_MBITS);
}

/** Where its download ended early. */
export function offerFailedWords({ entry, stored }: Offer): string {
  return words.offer.failed(entry.name, stored !== null && stored.storedBytes > 0);
}

/** What came of a check. */
export function verifiedWords({ report }: Extract<Outcome, { kind: 'verified' }>): string {
  const { checkedBytes, badChunks, repairedChunks } = report;
  return badChunks === 0
    ? words.work.sound(checkedBytes)
    : words.work.repaired(checkedBytes, badChunks, repairedChunks);
}
