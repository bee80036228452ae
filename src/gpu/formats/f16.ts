import { F16 as file } from '../../weights/formats/f16.ts';
import wgsl from './f16.wgsl?raw';
import { plainFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';

export const F16 = plainFormat(file, halfWgsl + wgsl);
