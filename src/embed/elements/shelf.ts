import type { ModelShelf } from '../../app/shelf.ts';
import { startStoreWorker } from '../../rpc/start_store_worker.ts';

let shelf: Promise<ModelShelf> | null = null;

/** The models kept on this device, for all conversations of the page. Fetched when it is first wanted. */
export function openShelf(): Promise<ModelShelf> {
  shelf ??= makeShelf().catch((error) => {
    shelf = null;
    throw error;
  });
  return shelf;
}

async function makeShelf(): Promise<ModelShelf> {
  const [{ ModelShelf }, { StoreClient }, { chosenHub }, { pageStorage }] = await Promise.all([
    import('../../app/shelf.ts'),
    import('../../rpc/store_client.ts'),
    import('../../app/hub_setting.ts'),
    import('../../app/device.ts'),
  ]);
  return new ModelShelf(new StoreClient(startStoreWorker), chosenHub(pageStorage()));
}
