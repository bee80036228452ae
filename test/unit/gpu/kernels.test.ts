import { nodeGpu } from '../../support/gpu.ts';
import { describeKernels } from '../../support/gpu_kernels.ts';

describeKernels(nodeGpu());
