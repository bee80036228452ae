import { describeKernels } from '../support/gpu_kernels.ts';
import { describeLife } from '../support/gpu_life.ts';

describeLife(navigator.gpu);
describeKernels(navigator.gpu);
