import { Q5_K as file } from '../../weights/formats/q5_k.ts';
import type { BlockField } from './blocks/take_apart.ts';
import bytesWgsl from './bytes.wgsl?raw';
import { blockFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import kScalesWgsl from './k_scales.wgsl?raw';
import wgsl from './q5_k.wgsl?raw';

const fields: BlockField[] = [
  { from: 48, to: 176, move: 'kNibbles' },
  { from: 0, to: 16 },
  { from: 16, to: 48 },
];

export const Q5_K = blockFormat(file, 32, fields, halfWgsl + bytesWgsl + kScalesWgsl + wgsl);
