import { isModelHost } from '../../offline/policy.ts';
import type { StoreClient } from '../../rpc/store_client.ts';
import type { ModelDownload, StoredModel } from '../../rpc/store_contract.ts';
import type { ShelfClient } from '../shelf.ts';

declare const __GLANCE_MODEL_HOSTS__: readonly string[];

/** Hosts beside this site from which the page may download models. */
export const MODEL_HOSTS: readonly string[] = __GLANCE_MODEL_HOSTS__;

type Client = Omit<ShelfClient, 'watch'> & Pick<StoreClient, 'watch'>;

/**
 * The store as the page's policy allows it: downloads from the hosts that the site was built for are made by a worker
 * that can reach no others. Only for an address that a reader has given is a second one started, which can.
 */
export class StoreByAddress implements ShelfClient {
  readonly #confined: Client;
  readonly #named: Client;
  readonly #isAllowed: (url: string) => boolean;

  constructor(
    confined: Client,
    named: Client,
    isAllowed = (url: string) => URL.canParse(url) && isModelHost(new URL(url), location.origin, MODEL_HOSTS),
  ) {
    this.#confined = confined;
    this.#named = named;
    this.#isAllowed = isAllowed;
  }

  download: ShelfClient['download'] = (model, ...rest) =>
    this.#for(addresses(model)).download(model, ...rest);
  inspect: ShelfClient['inspect'] = (model, signal) => this.#for(addresses(model)).inspect(model, signal);
  list: ShelfClient['list'] = (reference, signal) => this.#for([reference.base]).list(reference, signal);
  import: ShelfClient['import'] = (...given) => this.#confined.import(...given);
  pause: ShelfClient['pause'] = (id) => this.#confined.pause(id);
  resume: ShelfClient['resume'] = (id) => this.#confined.resume(id);
  stop: ShelfClient['stop'] = (id) => this.#confined.stop(id);
  models: ShelfClient['models'] = () => this.#confined.models();
  delete: ShelfClient['delete'] = (id) => this.#confined.delete(id);
  exportFile: ShelfClient['exportFile'] = (key) => this.#confined.exportFile(key);
  watch: ShelfClient['watch'] = (listener) => this.#confined.watch(listener);

  /** What is damaged is fetched again from where it came. */
  verify: ShelfClient['verify'] = async (id, ...rest) => {
    const model = (await this.#confined.models()).find((model) => model.id === id);
    return this.#for(model === undefined ? [] : origins(model)).verify(id, ...rest);
  };

  #for(urls: readonly string[]): Client {
    return urls.every(this.#isAllowed) ? this.#confined : this.#named;
  }
}

function addresses({ text, vision }: ModelDownload): string[] {
  return vision === undefined ? [text] : [text, vision];
}

function origins({ files }: StoredModel): string[] {
  return files.flatMap(({ url }) => url ?? []);
}
