import { Q5_1 as file } from '../../weights/formats/q5_1.ts';
import bytesWgsl from './bytes.wgsl?raw';
import fifthsWgsl from './fifths.wgsl?raw';
import { blockFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import wgsl from './q5_1.wgsl?raw';

const fields = [
  { from: 8, to: 24 },
  { from: 0, to: 8 },
];

export const Q5_1 = blockFormat(file, 32, fields, halfWgsl + bytesWgsl + fifthsWgsl + wgsl);
