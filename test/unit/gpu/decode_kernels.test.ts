import { nodeGpu } from '../../support/gpu.ts';
import { describeDecodeKernels } from '../../support/gpu_decode_kernels.ts';

describeDecodeKernels(nodeGpu());
