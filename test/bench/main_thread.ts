/** One event of Chromium's trace format; times in microseconds. */
export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
}

/** Names under which Chromium traces one task of a thread's event loop. */
const TASKS = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);

/**
 * The longest task of the page's main thread after the page set a mark (`performance.mark`), in
 * milliseconds. The mark tells the page's thread from those of the browser's other processes.
 *
 * @throws Error if the trace holds no mark or no task after it, so that silence is not taken for speed.
 */
export function longestTask(events: readonly TraceEvent[], mark: string): number {
  const marked = events.find(({ name }) => name === mark);
  if (marked === undefined) throw new Error(`The trace holds no mark "${mark}".`);
  const tasks = events.filter(
    ({ name, ph, pid, tid, ts }) =>
      TASKS.has(name) && ph === 'X' && pid === marked.pid && tid === marked.tid && ts >= marked.ts,
  );
  if (tasks.length === 0) throw new Error('The trace holds no task of the page’s main thread.');
  return Math.max(...tasks.map(({ dur }) => (dur ?? 0) / 1000));
}
