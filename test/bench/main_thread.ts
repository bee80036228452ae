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

/** Under this name Chromium traces that a frame is handed over to be composed, in the task that made it. */
const FRAME = 'BeginCommitCompositorFrame';

/**
 * The own time of a page's main thread in each frame between two marks, in milliseconds: what its tasks took from
 * the beginning of one frame to that of the next, be they the frame's own drawing or what happened in between.
 *
 * @throws Error as {@link taskTimesMs}, and if the trace holds no frames
 */
export function frameTimesMs(events: readonly TraceEvent[], begin: string, end: string): number[] {
  const beginning = events.find(({ name }) => name === begin);
  const ending = events.find(({ name }) => name === end);
  if (beginning === undefined || ending === undefined) {
    throw new Error(`The trace holds no marks "${begin}" and "${end}".`);
  }
  const own = events.filter(({ pid, tid, ts }) => {
    return pid === beginning.pid && tid === beginning.tid && ts >= beginning.ts && ts < ending.ts;
  });
  const tasks = own
    .filter(({ name, ph, tdur }) => name === TASK && ph === 'X' && tdur !== undefined)
    .sort((a, b) => a.ts - b.ts);
  if (tasks.length === 0) throw new Error('The trace holds no task of the thread.');
  // A frame begins with the task in which it was made.
  const begins = own
    .filter(({ name }) => name === FRAME)
    .map(({ ts }) => tasks.findLast((task) => task.ts <= ts)?.ts ?? ts)
    .sort((a, b) => a - b);
  if (begins.length < 2) throw new Error('The trace holds no frames.');
  const times = new Array<number>(begins.length - 1).fill(0);
  let frame = 0;
  for (const { ts, tdur } of tasks) {
    while (frame < begins.length && ts >= begins[frame]!) frame += 1;
    // What came before the first frame, or belongs to the last, is no whole frame.
    if (frame > 0 && frame < begins.length) times[frame - 1]! += tdur! / 1000;
  }
  return times;
}
