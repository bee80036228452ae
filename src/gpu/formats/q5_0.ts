import { Q5_0 as file } from '../../weights/formats/q5_0.ts';
import bytesWgsl from './bytes.wgsl?raw';
import fifthsWgsl from './fifths.wgsl?raw';
import { blockFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import wgsl from './q5_0.wgsl?raw';

const fields = [
  { from: 6, to: 22 },
  { from: 2, to: 6 },
  { from: 0, to: 2 },
];

export const Q5_0 = blockFormat(file, 32, fields, halfWgsl + bytesWgsl + fifthsWgsl + wgsl);
