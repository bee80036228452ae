/** The store worker, but it ends without a word when it is asked for its models. */
import { serve } from '../../workers/serve.ts';
import { StoreWorker } from '../../workers/store_service.ts';

class MortalStoreWorker extends StoreWorker {
  override async models(): Promise<never> {
    // Nobody could hear of the end of a worker that ended before it had begun.
    await this.lifeline();
    setTimeout(close);
    return new Promise(() => {});
  }
}

serve(new MortalStoreWorker());
