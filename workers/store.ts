/** The store worker: a thin entry to {@link StoreWorker}. */
import { serve } from './serve.ts';
import { StoreWorker } from './store_service.ts';

serve(new StoreWorker());
