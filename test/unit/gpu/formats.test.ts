import { nodeGpu } from '../../support/gpu.ts';
import { describeFormats } from '../../support/gpu_formats.ts';

describeFormats(nodeGpu());
