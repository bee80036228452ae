import { openTurn } from '../conversation.ts';
import type { Session } from '../session.ts';

/** How long nothing may have happened. */
const REST_MS = 3000;

/** Settles once nothing waits for the network or the processor: the model is there, and no answer is being made. */
export function atRest(session: Pick<Session, 'state' | 'subscribe'>, restMs = REST_MS): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const { model, conversation } = session.state;
      const busy = model.status === 'idle' || model.status === 'loading' || openTurn(conversation) !== null;
      if (busy) {
        clearTimeout(timer);
        timer = undefined;
      } else {
        timer ??= setTimeout(() => {
          unsubscribe();
          resolve();
        }, restMs);
      }
    };
    const unsubscribe = session.subscribe(look);
    look();
  });
}
