/** One event of Chromium's trace format; times in microseconds. */
export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  /** How long it took, with the time in which other programs had the processor. */
  dur?: number;
  /** Time that the thread itself spent on it. */
  tdur?: number;
}

/** Under this name Chromium traces each task of a thread's event loop. */
const TASK = 'ThreadControllerImpl::RunTask';

/**
 * The tasks of a thread after it set a mark (`performance.mark`): the thread's own time for each, in
 * milliseconds. A busy machine makes a task last longer, but not its own time. The mark tells the thread from
 * the browser's others: the page's main thread, or a worker's.
 *
 * @throws Error if the trace holds no mark, no task after it or no thread time, so that silence is not taken
 * for speed.
 */
export function taskTimesMs(events: readonly TraceEvent[], mark: string): number[] {
  const marked = events.find(({ name }) => name === mark);
  if (marked === undefined) throw new Error(`The trace holds no mark "${mark}".`);
  const tasks = events.filter(
    ({ name, ph, pid, tid, ts }) =>
      name === TASK && ph === 'X' && pid === marked.pid && tid === marked.tid && ts >= marked.ts,
  );
  if (tasks.length === 0) throw new Error('The trace holds no task of the thread.');
  if (tasks.every(({ tdur }) => tdur === undefined)) throw new Error('The trace holds no thread time.');
  // Tasks of a microsecond or so come without.
  return tasks.map(({ dur, tdur }) => (tdur ?? dur ?? 0) / 1000);
}

/**
 * The own time of a thread's tasks between two marks that it set itself, in milliseconds: what it did and not
 * what other threads and processes did for it.
 *
 * @throws Error as {@link taskTimesMs}
 */
export function threadTimeMs(events: readonly TraceEvent[], begin: string, end: string): number {
  const ending = events.find(({ name }) => name === end);
  if (ending === undefined) throw new Error(`The trace holds no mark "${end}".`);
  return taskTimesMs(
    events.filter(({ ts }) => ts < ending.ts),
    begin,
  ).reduce((sum, ms) => sum + ms, 0);
}
