import { Q4_1 as file } from '../../weights/formats/q4_1.ts';
import bytesWgsl from './bytes.wgsl?raw';
import { blockFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import wgsl from './q4_1.wgsl?raw';

const fields = [
  { from: 4, to: 20 },
  { from: 0, to: 4 },
];

export const Q4_1 = blockFormat(file, 32, fields, halfWgsl + bytesWgsl + wgsl);
