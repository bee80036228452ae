import { Q8_0 as file } from '../../weights/formats/q8_0.ts';
import { scaledFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import wgsl from './q8_0.wgsl?raw';

export const Q8_0 = scaledFormat(file, 16, halfWgsl + wgsl);
