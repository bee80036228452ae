import { describeSampling } from '../support/gpu_sampling.ts';

describeSampling(navigator.gpu, {
  settings: 60,
  barrierSettings: 20,
  draws: 32,
  vocabularies: [100, 600],
  large: false,
});
