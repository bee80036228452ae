import { describeSampling } from '../support/gpu_sampling.ts';
import { isLong } from '../support/long.ts';

// Every vocabulary has all kernels compiled anew; more of them are drawn from in Node.js.
describeSampling(navigator.gpu, {
  settings: isLong ? 60 : 30,
  barrierSettings: 20,
  draws: 32,
  vocabularies: isLong ? [100, 600] : [100],
  large: false,
});
