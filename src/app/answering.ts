/** How an answer goes from one state to the next. */
import type { Answer, ConversationAction, Pace, Thought, Turn, WorkStep } from './conversation.ts';

export type AnswerAction = Extract<ConversationAction, { type: `answer-${string}` }>;

/** What an answer says by now. */
export function textSoFar(answer: Answer): string {
  return answer.state === 'waiting' ? '' : answer.text;
}

/**
 * An answer as it is shown and copied: models like to begin with a space or an empty line. The request
 * keeps what they really said.
 */
export function shownAnswer(text: string): string {
  return text.trimStart();
}

/** How far a step has come, 0..1, or null if it has no countable parts. */
export function stepShare(step: WorkStep | null): number | null {
  if (step === null || step.type === 'reasoning') return null;
  const [done, total] =
    step.type === 'prefill' ? [step.doneTokens, step.totalTokens] : [step.done, step.total];
  return total > 0 ? done / total : null;
}

/** What was thought before the answer, if it is known. */
export function thoughtOf(answer: Answer): Thought | null {
  return answer.state === 'waiting' ? null : (answer.thought ?? null);
}

export function isOpen({ state }: Answer): boolean {
  return state === 'waiting' || state === 'working';
}

/** An answer that broke off can go on where it ended: at the limit, by Stop, by a failure, with the page. */
export function canContinue(answer: Answer): boolean {
  if (textSoFar(answer).trim() === '') return false;
  switch (answer.state) {
    case 'done':
      return answer.result.finishReason === 'length';
    case 'cut':
      return !answer.elsewhere;
    default:
      return answer.state === 'stopped' || answer.state === 'failed';
  }
}

/** The answer is as long as the settings let it be: there may be room for more in the context. */
export function reachedLimit({ answer, asked }: Pick<Turn, 'answer' | 'asked'>): boolean {
  const limit = asked?.answers.maxTokens ?? null;
  if (limit === null || answer.state !== 'done') return false;
  const { finishReason, usage } = answer.result;
  return finishReason === 'length' && usage.completionTokens >= limit;
}

/** A turn whose answer goes on where it ended. */
export function continued(turn: Turn): Turn {
  const { answer } = turn;
  if (!canContinue(answer)) return turn;
  const thought = thoughtOf(answer);
  return {
    ...turn,
    answer: {
      state: 'working',
      step: null,
      text: textSoFar(answer),
      ...(thought && { thought }),
      stopping: false,
    },
    keptAnswer: answer,
  };
}

/** The turn after what happened to its answer; the same object if nothing did. */
export function answered(turn: Turn, action: AnswerAction): Turn {
  const answer = nextAnswer(turn, action);
  if (action.type === 'answer-begun' && action.asked) return { ...turn, answer, asked: action.asked };
  if (answer === turn.answer) return turn;
  if (isOpen(answer) || turn.keptAnswer === null) return { ...turn, answer };
  // It was to go on and did not: it stands as it stood.
  const more = textSoFar(answer).length > textSoFar(turn.keptAnswer).length;
  const ended = answer.state === 'done';
  return { ...turn, answer: more || ended ? answer : turn.keptAnswer, keptAnswer: null };
}

function nextAnswer({ answer, keptAnswer }: Turn, action: AnswerAction): Answer {
  const thought = thoughtOf(answer);
  const before = keptAnswer === null ? '' : textSoFar(keptAnswer);
  switch (action.type) {
    case 'answer-waits':
      return answer.state === 'working' && answer.text === '' && !answer.stopping
        ? { state: 'waiting' }
        : answer;
    case 'answer-begun':
      return answer.state === 'waiting'
        ? { state: 'working', step: null, text: '', stopping: false }
        : answer;
    case 'answer-progressed': {
      // Events and the result travel by different ports: an event may arrive after the end.
      if (answer.state !== 'working') return answer;
      const { event, atMs = 0 } = action;
      switch (event.type) {
        case 'text': {
          const ended = thought !== null && thought.ms === null && endedThought(thought, atMs);
          const text = answer.text + event.text;
          return { ...answer, text, pace: paceOf(answer, event.tokens), ...(ended && { thought: ended }) };
        }
        case 'reasoning':
          return {
            ...answer,
            step: event,
            pace: paceOf(answer, event.tokens),
            thought: {
              text: (thought?.text ?? '') + event.text,
              beganAtMs: thought?.beganAtMs ?? atMs,
              ms: null,
            },
          };
        // The page offers the model no functions.
        case 'tool-call':
        case 'tool-arguments':
          return answer;
        default:
          return { ...answer, step: event };
      }
    }
    case 'answer-stopping':
      return answer.state === 'working' ? { ...answer, stopping: true } : answer;
    case 'answer-ended': {
      const { result, atMs = 0 } = action;
      const state = result.finishReason === 'abort' ? 'stopped' : 'done';
      const ended = thought && endedThought(thought, atMs);
      return { state, text: before + result.text, ...(ended && { thought: ended }), result };
    }
    case 'answer-stopped':
      return { state: 'stopped', text: textSoFar(answer), ...(thought && { thought }), result: null };
    case 'answer-failed':
      return {
        state: 'failed',
        text: textSoFar(answer),
        ...(thought && { thought }),
        error: action.error,
      };
  }
}

/** Only the prompt's own steps tell its length. */
function paceOf({ step, pace }: Extract<Answer, { state: 'working' }>, tokens: number): Pace {
  const promptTokens = step?.type === 'prefill' ? step.totalTokens : (pace?.promptTokens ?? null);
  return { promptTokens, tokens };
}

function endedThought(thought: Thought, atMs: number): Thought {
  return thought.ms === null ? { ...thought, ms: Math.max(0, atMs - thought.beganAtMs) } : thought;
}
