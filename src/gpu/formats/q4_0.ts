import { Q4_0 as file } from '../../weights/formats/q4_0.ts';
import { scaledFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import wgsl from './q4_0.wgsl?raw';

export const Q4_0 = scaledFormat(file, 32, halfWgsl + wgsl);
