import { Q4_0 } from '../../src/gpu/formats/q4_0.ts';
import { describeDecodeKernels, headConfigs } from '../support/gpu_decode_kernels.ts';
import { describeFormats } from '../support/gpu_formats.ts';
import { describeKernels } from '../support/gpu_kernels.ts';
import { describeLife } from '../support/gpu_life.ts';
import { describeProjection } from '../support/gpu_project.ts';
import { isLong } from '../support/long.ts';

describeLife(navigator.gpu);
describeFormats(navigator.gpu);
// All kernels run in Node.js, on the same implementation of WebGPU; those for a CPU as adapter also run in the
// tests of models.
if (isLong) describeKernels(navigator.gpu);
describeDecodeKernels(
  navigator.gpu,
  headConfigs.filter(({ headDim }) => headDim === 72 || (isLong && headDim === 128)),
  isLong ? ['invocation', 'lanes'] : ['lanes'],
);
if (isLong) describeProjection(navigator.gpu, ['invocation', 'subgroups']);
else describeProjection(navigator.gpu, ['subgroups'], [Q4_0]);
