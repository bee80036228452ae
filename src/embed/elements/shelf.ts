import type { ModelShelf, ShelfClient } from '../../app/shelf.ts';
import { startStoreWorker } from '../../rpc/start_store_worker.ts';
import type { StoreClient } from '../../rpc/store_client.ts';

/**
 * Makes the shelf of the models kept on this device, once for all conversations of the page, when it is first wanted.
 *
 * @param openStore the store that it shows
 */
export function shelfOpener(
  openStore: (StoreClientClass: typeof StoreClient) => Promise<ShelfClient> | ShelfClient,
): () => Promise<ModelShelf> {
  let shelf: Promise<ModelShelf> | null = null;
  const makeShelf = async () => {
    const [{ ModelShelf }, { StoreClient }, { chosenHub }, { pageStorage }] = await Promise.all([
      import('../../app/shelf.ts'),
      import('../../rpc/store_client.ts'),
      import('../../app/hub_setting.ts'),
      import('../../app/device.ts'),
    ]);
    return new ModelShelf(await openStore(StoreClient), chosenHub(pageStorage()));
  };
  return () => {
    shelf ??= makeShelf().catch((error) => {
      shelf = null;
      throw error;
    });
    return shelf;
  };
}

/** The models kept on this device, for all elements of the page. */
export const openShelf = shelfOpener((Client) => new Client(startStoreWorker));
