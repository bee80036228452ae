import { describe, expect, test } from 'vitest';
import type { BenchRow } from '../bench/contract.ts';
import { frameTimesMs, type TraceEvent, threadTimeMs } from '../bench/main_thread.ts';
import { type CopyResult, ratiosOf } from '../bench/report.ts';
import { median, quantile, spread } from '../bench/statistics.ts';

test('quantiles lie between neighbours', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([0, 10], 0.9)).toBeCloseTo(9);
  expect(spread([5, 5, 5])).toBe(0);
  expect(spread(Array.from({ length: 11 }, (_, i) => 10 + i))).toBeCloseTo(8 / 15);
  expect(() => median([])).toThrow('Nothing was measured');
});

describe("a thread's own time", () => {
  const task = (ts: number, tid: number, tdur: number): TraceEvent => ({
    name: 'ThreadControllerImpl::RunTask',
    ph: 'X',
    pid: 1,
    tid,
    ts,
    dur: 9000,
    tdur,
  });
  const mark = (name: string, ts: number): TraceEvent => ({ name, ph: 'I', pid: 1, tid: 7, ts });

  test('counts tasks of the thread that set the marks, between them', () => {
    const events = [
      task(10, 7, 100_000),
      mark('begin', 20),
      task(30, 7, 1000),
      task(31, 8, 50_000),
      task(40, 7, 2500),
      mark('end', 45),
      task(50, 7, 100_000),
    ];
    expect(threadTimeMs(events, 'begin', 'end')).toBe(3.5);
  });

  test('is told for each frame, from the task that made it to the one that makes the next', () => {
    const frame = (ts: number): TraceEvent => ({
      ...mark('BeginCommitCompositorFrame', ts),
    });
    const events = [
      task(5, 7, 100_000),
      mark('begin', 10),
      task(20, 7, 9000),
      ...[task(30, 7, 1000), frame(31), task(40, 7, 2000), task(41, 8, 70_000)],
      ...[task(50, 7, 4000), frame(52)],
      ...[task(60, 7, 500), frame(61), task(62, 7, 80_000)],
      mark('end', 70),
    ];
    expect(frameTimesMs(events, 'begin', 'end')).toEqual([3, 4]);
    expect(() => frameTimesMs(events.slice(0, 5), 'begin', 'end')).toThrow('no marks');
    expect(() => frameTimesMs([mark('begin', 1), task(2, 7, 5), mark('end', 9)], 'begin', 'end')).toThrow(
      'no frames',
    );
  });

  test('is refused where the trace is silent', () => {
    expect(() => threadTimeMs([mark('begin', 1), task(2, 7, 5)], 'begin', 'end')).toThrow('no mark "end"');
    expect(() => threadTimeMs([mark('begin', 1), task(2, 8, 5), mark('end', 3)], 'begin', 'end')).toThrow(
      'no task',
    );
  });
});

test('ratios compare what was measured on the same model at the same context', () => {
  const row = (engine: BenchRow['engine'], device: BenchRow['device'], context: number, msPerToken: number) =>
    ({ engine, device, model: 'm', quant: 'q', context, msPerToken, weightBytesPerToken: 100 }) as BenchRow;
  const { decode, growth } = ratiosOf(
    [
      row('glance', 'webgpu', 10, 2),
      row('ort', 'webgpu', 10, 30),
      row('wllama', 'wasm', 10, 1),
      row('glance', 'webgpu', 50, 3),
      row('ort', 'wasm', 50, 6),
    ],
    new Map([['m q', 2]]),
    {} as CopyResult,
  );
  expect(decode).toEqual([
    { model: 'm', quant: 'q', context: 10, ortWebgpu: 15, ortWasm: null, wllama: 0.5 },
    { model: 'm', quant: 'q', context: 50, ortWebgpu: null, ortWasm: 2, wllama: null },
  ]);
  expect(growth).toEqual([{ model: 'm', quant: 'q', from: 10, to: 50, ms: 1.5, bytes: 200 / 120 }]);
});
