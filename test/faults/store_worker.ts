/** The store worker with settings for tests, in a browser whose estimate of space can be set. */
import { serve } from '../../workers/serve.ts';
import { StoreWorker } from '../../workers/store_service.ts';
import { ESTIMATE_CHANNEL, FAULT_SETTINGS } from './settings.ts';

new BroadcastChannel(ESTIMATE_CHANNEL).addEventListener('message', ({ data }) => {
  navigator.storage.estimate = async () => ({ usage: 0, quota: data as number });
});

serve(new StoreWorker(FAULT_SETTINGS));
