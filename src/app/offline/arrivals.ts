/** Pictures that come from outside the page: opened with the installed site, or shared with it. */
import { SHARED_PARAMETER, type Shared, ShareInbox } from '../../offline/inbox.ts';
import { PageError } from '../page_error.ts';
import { words } from '../words/index.ts';

/** https://wicg.github.io/web-app-launch/ */
interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly { getFile(): Promise<File> }[] }) => void): void;
}

/**
 * Tells of everything that is brought to the page from now on, and of what it was opened for.
 *
 * @param onArrival is called once for each opening or sharing
 * @param onFailure hears of what has not come
 */
export function receiveArrivals(
  onArrival: (shared: Shared) => void,
  onFailure: (error: PageError) => void,
): void {
  const fail = (cause: unknown) =>
    onFailure(
      new PageError('picture-unreadable', words.arrivals.failed, {
        cause,
        details: { reason: String(cause) },
      }),
    );
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files: handles = [] }) => {
    if (handles.length === 0) return;
    Promise.all(handles.map((handle) => handle.getFile())).then(
      (files) => onArrival({ files, text: '', leftOut: 0 }),
      fail,
    );
  });
  takeShared().then((shared) => {
    if (shared === null) return;
    onArrival(shared);
    if (shared.leftOut > 0) {
      onFailure(new PageError('invalid-argument', words.arrivals.leftOut(shared.leftOut)));
    }
  }, fail);
}

/** What the address says was shared, out of the inbox; the address forgets it, so that a reload does not repeat it. */
async function takeShared(): Promise<Shared | null> {
  const address = new URL(location.href);
  const id = address.searchParams.get(SHARED_PARAMETER);
  if (id === null) return null;
  address.searchParams.delete(SHARED_PARAMETER);
  history.replaceState(history.state, '', address);
  return new ShareInbox(new URL('./', document.baseURI).href).open(id);
}
