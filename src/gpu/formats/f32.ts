import { F32 as file } from '../../weights/formats/f32.ts';
import wgsl from './f32.wgsl?raw';
import { plainFormat } from './format.ts';

export const F32 = plainFormat(file, wgsl);
