import { Q6_K as file } from '../../weights/formats/q6_k.ts';
import type { BlockField } from './blocks/take_apart.ts';
import bytesWgsl from './bytes.wgsl?raw';
import { blockFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import wgsl from './q6_k.wgsl?raw';

const fields: BlockField[] = [
  { from: 0, to: 128, move: 'q6Nibbles' },
  { from: 128, to: 192 },
  { from: 192, to: 208 },
  { from: 208, to: 210 },
];

export const Q6_K = blockFormat(file, 32, fields, halfWgsl + bytesWgsl + wgsl);
