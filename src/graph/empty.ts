import { GraphBuilder } from './onnx.ts';

/** A graph that does next to nothing: to see whether a runtime works at all. */
export function emptyGraph(): Uint8Array {
  const g = new GraphBuilder('empty');
  g.output('y', g.op('Abs', [g.input('x', 'float32', [1])]), 'float32', [1]);
  return g.build();
}
