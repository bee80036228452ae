import { Q4_K as file } from '../../weights/formats/q4_k.ts';
import type { BlockField } from './blocks/take_apart.ts';
import bytesWgsl from './bytes.wgsl?raw';
import { blockFormat } from './format.ts';
import halfWgsl from './half.wgsl?raw';
import kScalesWgsl from './k_scales.wgsl?raw';
import wgsl from './q4_k.wgsl?raw';

const fields: BlockField[] = [
  { from: 16, to: 144, move: 'kNibbles' },
  { from: 0, to: 16 },
];

export const Q4_K = blockFormat(file, 32, fields, halfWgsl + bytesWgsl + kScalesWgsl + wgsl);
