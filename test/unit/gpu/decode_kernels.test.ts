import { nodeGpu } from '../../support/gpu.ts';
import { describeDecodeKernels, headConfigs } from '../../support/gpu_decode_kernels.ts';
import { isLong } from '../../support/long.ts';

describeDecodeKernels(
  nodeGpu(),
  // Two heads share one of keys in the first, too.
  headConfigs.filter(({ headDim, headCount }) => isLong || headDim !== 128 || headCount !== 4),
);
