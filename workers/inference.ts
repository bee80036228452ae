/** The inference worker: a thin entry to {@link Service}. */
import { serve } from './serve.ts';
import { Service } from './service.ts';

serve(new Service());
