import { nodeGpu } from '../../support/gpu.ts';
import { describeProjection } from '../../support/gpu_project.ts';

describeProjection(nodeGpu());
