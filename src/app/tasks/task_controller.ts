import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { needsSubject, type Task, taskQuestion } from './tasks.ts';

/** What a task needs of the field in which questions are made. */
export interface TaskField extends ReactiveControllerHost {
  /** What stands in it. */
  readonly text: string;
  /** Nothing can be asked just now. */
  readonly isBusy: boolean;
  write(text: string): void;
  ask(): void;
  focus(): void;
}

/** Does ready-made tasks: asks at once, or for what they are about first. */
export class TaskController implements ReactiveController {
  readonly #field: TaskField;
  #waiting: Task | null = null;

  constructor(field: TaskField) {
    this.#field = field;
    field.addController(this);
  }

  hostDisconnected(): void {
    this.#waiting = null;
  }

  /** The task that waits to be told what it is about: what is typed now is that. */
  get waiting(): Task | null {
    return this.#waiting;
  }

  start(task: Task): void {
    const field = this.#field;
    this.#waiting = needsSubject(task) ? task : null;
    if (this.#waiting !== null) {
      field.requestUpdate();
      field.focus();
      return;
    }
    field.requestUpdate();
    const question = taskQuestion(task);
    // Words that stand there are the reader's: the task is added to them, and nothing is sent.
    const isFree = field.text.trim() === '' && !field.isBusy;
    field.write(isFree ? question : [field.text.trimEnd(), question].filter(Boolean).join('\n'));
    if (isFree) field.ask();
    else field.focus();
  }

  /** Forgets the task that waits if it is none of these any more. */
  keepIf(tasks: readonly Task[]): void {
    if (!tasks.some(({ id }) => id === this.#waiting?.id)) this.#waiting = null;
  }

  leave(): void {
    this.#waiting = null;
    this.#field.requestUpdate();
    this.#field.focus();
  }

  /** Asks what stands in the field, as the waiting task has it asked. */
  ask(): void {
    const [field, task] = [this.#field, this.#waiting];
    if (task !== null && field.text.trim() !== '') {
      this.#waiting = null;
      field.write(taskQuestion(task, field.text));
    }
    field.ask();
  }
}
