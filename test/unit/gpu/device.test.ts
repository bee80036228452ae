import { nodeGpu } from '../../support/gpu.ts';
import { describeLife } from '../../support/gpu_life.ts';

describeLife(nodeGpu());
