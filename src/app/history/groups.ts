import { words } from '../words/index.ts';
import type { Summary } from './records.ts';

/** Conversations under one heading of the list. */
export interface SummaryGroup {
  readonly heading: string;
  readonly summaries: readonly Summary[];
}

/**
 * Divides a list, pinned ones first and then the newest, by when its conversations were last spoken in.
 *
 * @param now in milliseconds since 1970; days are those of the device's time zone
 */
export function groupByDate(summaries: readonly Summary[], now: number): SummaryGroup[] {
  const headingOf = dateHeadings(now);
  const groups: { heading: string; summaries: Summary[] }[] = [];
  for (const summary of summaries) {
    const heading = summary.pinned ? words.rail.pinned : headingOf(summary.changedAt);
    const last = groups.at(-1);
    if (last?.heading === heading) last.summaries.push(summary);
    else groups.push({ heading, summaries: [summary] });
  }
  return groups;
}

function dateHeadings(now: number): (time: number) => string {
  const { rail, format } = words;
  const today = new Date(now);
  const dayStart = (daysAgo: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysAgo).getTime();
  const steps: [number, string][] = [
    [dayStart(0), rail.today],
    [dayStart(1), rail.yesterday],
    [dayStart(7), rail.lastDays(7)],
    [dayStart(30), rail.lastDays(30)],
  ];
  return (time) => {
    const step = steps.find(([start]) => time >= start);
    if (step !== undefined) return step[1];
    const date = new Date(time);
    const isThisYear = date.getFullYear() === today.getFullYear();
    return isThisYear ? format.month(date) : format.monthAndYear(date);
  };
}
