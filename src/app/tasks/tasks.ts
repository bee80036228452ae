/** Ready-made questions. */
import { SUBJECT, TASK_IDS, TASK_WORDINGS, type TaskId } from '../../model/tasks.ts';
import type { ModelInfo } from '../../rpc/contract.ts';

export type { TaskId };

export interface Task {
  readonly id: TaskId;
  /** What is asked; {@link SUBJECT} stands for what the reader names. */
  readonly wording: string;
}

/** Tasks that need so many pictures; all others need one. */
const PICTURES: Partial<Record<TaskId, number>> = { compare: 2 };

/**
 * The tasks that can be offered.
 *
 * @param info the model that answers: one that names the tasks it knows is offered these alone, in its wording
 * @param pictures how many it can look at
 * @param language of the page, a BCP 47 tag
 */
export function offeredTasks(
  info: Pick<ModelInfo, 'demo' | 'tasks' | 'vision'> | null,
  pictures: number,
  language: string,
): Task[] {
  if (info?.vision == null) return [];
  // A demonstration that says nothing of tasks knows none.
  const own = info.tasks ?? (info.demo ? {} : null);
  const general = TASK_WORDINGS[language] ?? TASK_WORDINGS[language.split('-')[0]!] ?? TASK_WORDINGS.en!;
  return TASK_IDS.flatMap((id) => {
    const wording = own === null ? general[id] : own[id];
    return wording !== undefined && pictures >= (PICTURES[id] ?? 1) ? [{ id, wording }] : [];
  });
}

/** Whether the reader has to name something before the task can be done. */
export function needsSubject({ wording }: Task): boolean {
  return wording.includes(SUBJECT);
}

/** What is asked of the model. @param subject what the reader named, or asked */
export function taskQuestion({ id, wording }: Task, subject = ''): string {
  const named = subject.trim();
  // What is looked for stands in the middle of a sentence; a question keeps its lines.
  const said = id === 'document' ? named : named.replace(/\s+/g, ' ');
  // By function: a dollar sign in what was named is one.
  return wording.replaceAll(SUBJECT, () => said);
}
