import { BF16 as file } from '../../weights/formats/bf16.ts';
import wgsl from './bf16.wgsl?raw';
import { plainFormat } from './format.ts';

export const BF16 = plainFormat(file, wgsl);
