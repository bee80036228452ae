/** What the page says about models: need, fit, transfers. */
import type { StorageSpace, TransferTrouble } from '../model/storage.ts';
import type { CatalogueEntry } from '../store/catalogue.ts';
import type { Fit, Machine, SmallerChoice } from '../store/fit.ts';
import type { Offer } from './offer.ts';
import type { Outcome, Work } from './shelf.ts';
import { formatBytes, formatCount, formatDuration, plural } from './words.ts';

/** Headings of the catalogue, with what sets its models apart. */
export const KIND_WORDS: Record<CatalogueEntry['kind'], { name: string; note: string }> = {
  instruct: { name: 'See pictures', note: 'and answer at once. Begin with one of these.' },
  thinking: {
    name: 'See pictures and think first',
    note: 'which takes longer and helps with hard questions.',
  },
  text: { name: 'Read text only', note: 'and are quicker at it.' },
};

/** The mark on a model. */
export function fitLabel({ verdict, reason }: Fit): string {
  if (verdict === 'fits') return 'Fits';
  if (verdict === 'no') return 'Does not fit';
  if (reason === 'cpu') return 'On the CPU';
  return reason === 'memory-unknown' ? 'May fit' : 'Tight';
}

/** Why nothing of the catalogue runs here; null where some of it may. */
export function machineTrouble({ gpu }: Machine): string | null {
  if (gpu === null) {
    return 'This browser offers pages no graphics processor (WebGPU), and without one only small models such as pico run. Use a current Chrome, Edge, Firefox or Safari over https, and check that hardware acceleration is on.';
  }
  return gpu.software
    ? 'This browser computes graphics on the CPU, which is too slow for these models. Turn on hardware acceleration, or use a machine with a graphics processor.'
    : null;
}

/** What a model needs, and where it does not fit, why. Machines where nothing runs have their own words. */
export function fitWords({ verdict, reason, contextLength, need }: Fit, machine: Machine): string {
  const context = `${formatCount(contextLength)} tokens of context`;
  const needs = `Needs about ${formatBytes(need.totalBytes)} of GPU memory with ${context}.`;
  if (verdict === 'fits') return needs;
  const { gpu, memoryBytes, availableBytes } = machine;
  switch (reason) {
    case 'cpu':
      return `Small enough for the CPU, if slow there: takes about ${formatBytes(need.totalBytes)} of memory with ${context}.`;
    case 'no-gpu':
    case 'software-gpu':
      return needs;
    case 'buffer-limit': {
      const limit = Math.min(gpu?.maxStorageBufferBindingSize ?? 0, gpu?.maxBufferSize ?? 0);
      return `Needs pieces of ${formatBytes(need.largestBindingBytes)}; this graphics processor takes at most ${formatBytes(limit)} at once.`;
    }
    case 'storage':
      return `There is room for ${formatBytes(availableBytes ?? 0)} more on this device. Delete a model, or free space on the disk.`;
    case 'memory-unknown':
      return `${needs} The browser does not tell how much there is.`;
    case 'memory':
      return memoryBytes === null
        ? needs
        : `${needs} This device has ${formatMemory(memoryBytes)} for everything together.`;
    case null:
      return needs;
  }
}

/** Memory as makers and systems count it: "16 GB" is 2^34 bytes. */
export function formatMemory(bytes: number): string {
  return `${bytes / 2 ** 30} GB`;
}

/** What the machine is, in a line. */
export function machineWords({ gpu, memoryBytes }: Machine): string {
  // The largest values that browsers tell stand for all beyond.
  const more = memoryBytes === 8 * 2 ** 30 || memoryBytes === 32 * 2 ** 30 ? ' or more' : '';
  const memory = memoryBytes === null ? '' : `, ${formatMemory(memoryBytes)} of memory${more}`;
  return `${gpu?.name ?? 'No graphics processor for pages (WebGPU)'}${memory}`;
}

/** What is kept and what there is room for. */
export function spaceWords({ usedBytes, availableBytes }: StorageSpace): string {
  const used = usedBytes === null ? '' : `${formatBytes(usedBytes)} kept on this device`;
  const room = availableBytes === null ? '' : `room for ${formatBytes(availableBytes)} more`;
  return (
    [used, room].filter((words) => words !== '').join(', ') ||
    'The browser does not tell how much room there is'
  );
}

const TROUBLE: Record<TransferTrouble, string> = {
  offline: 'no connection; it goes on when there is one',
  busy: 'the server is busy; trying again',
  connection: 'the connection broke; trying again',
  stalled: 'nothing comes; trying again',
};

/** What is being done with a model: stage, bytes, speed, time left. */
export function workWords({ kind, progress, elsewhere }: Work): string {
  if (kind === 'delete') return 'Deleting';
  if (progress === null) return kind === 'verify' ? 'Checking' : 'Starting';
  const { state, doneBytes, totalBytes, bytesPerSecond, remainingMs, trouble, restarted } = progress;
  const bytes = totalBytes > 0 ? `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}` : '';
  const pace = [
    bytesPerSecond === null ? '' : `${formatBytes(bytesPerSecond)}/s`,
    remainingMs === null ? '' : `${formatRemaining(remainingMs)} left`,
  ];
  const note = [
    trouble === null ? '' : TROUBLE[trouble],
    restarted ? 'the file changed on the server, so it was begun anew' : '',
  ];
  const join = (...parts: string[]) => parts.filter((part) => part !== '').join(', ');
  switch (state) {
    case 'asking':
      return join('Asking the server', ...note);
    case 'downloading':
      return join(elsewhere ? 'Downloading in another tab' : 'Downloading', bytes, ...pace, ...note);
    case 'elsewhere':
      return join('Downloading in another tab', bytes, ...pace, ...note);
    case 'paused':
      return join('Paused', bytes);
    case 'checking':
      return join(kind === 'verify' ? 'Checking every byte' : 'Checking what has come', bytes);
    case 'importing':
      return join('Copying', bytes, ...pace);
    case 'done':
      return 'Finishing';
  }
}

/** A time left as people say it: it is an estimate, so not to the second. */
export function formatRemaining(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60)
    return `about ${formatDuration(1000 * (seconds < 10 ? seconds : Math.ceil(seconds / 5) * 5))}`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `about ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return `about ${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}

/** How far work has come, 0..1; null where it cannot be said. */
export function workShare({ progress }: Work): number | null {
  return progress === null || progress.totalBytes === 0 ? null : progress.doneBytes / progress.totalBytes;
}

/** What is offered where memory was short. */
export function smallerWords(smaller: SmallerChoice): string {
  return smaller.kind === 'context'
    ? `Use a context of ${formatCount(smaller.contextLength)} tokens`
    : `Try ${smaller.entry.name} in ${smaller.file.quantization}`;
}

/**
 * A usual connection, in Mbit/s. What browsers tell of this one (`navigator.connection.downlink`) comes from
 * what little was fetched so far, and is often too low by far.
 */
const USUAL_MBITS = 50;

/** The model that is offered in the demo model's place: what it does, whether it fits, how long it takes. */
export function offerWords({ entry, fit, stored, missingBytes }: Offer): string {
  if (stored?.complete) return `${entry.name} is on this device. It sees photos.`;
  const fits =
    fit.verdict === 'fits'
      ? 'fits this device'
      : fit.reason === 'memory'
        ? 'just fits'
        : 'may fit this device';
  const time = formatRemaining((1000 * 8 * missingBytes) / (1e6 * USUAL_MBITS));
  const rest = stored !== null && stored.storedBytes > 0 ? ' to go' : '';
  return `${entry.name} sees photos and ${fits}: ${formatBytes(missingBytes)}${rest}, ${time} at ${USUAL_MBITS} Mbit/s.`;
}

/** Where its download ended early. */
export function offerFailedWords({ entry, stored }: Offer): string {
  const kept = stored !== null && stored.storedBytes > 0 ? ' What has come is kept.' : '';
  return `The download of ${entry.name} could not be finished.${kept}`;
}

/** What came of a check. */
export function verifiedWords({ report }: Extract<Outcome, { kind: 'verified' }>): string {
  const { checkedBytes, badChunks, repairedChunks } = report;
  const checked = `${formatBytes(checkedBytes)} checked`;
  if (badChunks === 0) return `${checked}: every byte is as it should be.`;
  return `${checked}: ${plural(badChunks, 'part')} damaged, ${formatCount(repairedChunks)} downloaded again.`;
}

/** What the error card says first where work on a model failed. */
export const FAILED_WORDS: Record<Work['kind'], string> = {
  download: 'The download could not be finished',
  import: 'The file could not be added',
  verify: 'The model could not be checked',
  delete: 'The model could not be deleted',
};
