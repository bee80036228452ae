import { nodeGpu } from '../../support/gpu.ts';
import { describeSampling } from '../../support/gpu_sampling.ts';
import { isLong } from '../../support/long.ts';

// `GLANCE_SAMPLING_DRAWS=1000` for a sharper look at the distributions.
const draws = Number(process.env.GLANCE_SAMPLING_DRAWS ?? (isLong ? 96 : 24));

describeSampling(nodeGpu(), {
  settings: isLong ? 1000 : 150,
  barrierSettings: isLong ? 60 : 15,
  draws,
  vocabularies: [17, 100, 600],
  large: true,
});
