import { describeFormats } from '../support/gpu_formats.ts';
import { describeKernels } from '../support/gpu_kernels.ts';
import { describeLife } from '../support/gpu_life.ts';

describeLife(navigator.gpu);
describeFormats(navigator.gpu);
describeKernels(navigator.gpu);
