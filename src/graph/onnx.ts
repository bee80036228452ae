/**
 * Writes ONNX models (protobuf, https://onnx.ai/onnx/repo-docs/IR.html): just the messages that our block
 * graphs need. Weights are graph inputs, so a model is a few kilobytes.
 */

import { assert } from '../model/errors.ts';

/** Element types of tensors, by their number in `TensorProto.DataType`. */
export const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A dimension: a fixed size, or the name of one that is known at run time. */
export type Dimension = number | string;

/** Attribute values: integers as `int`, floats as `float`, names as strings. */
export type Attribute = { int: number } | { float: number } | string;

const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3 } as const;
const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;
const IR_VERSION = 10;

const utf8 = new TextEncoder();

/** Protobuf encoder: fields are appended in the order of the calls. */
class Message {
  readonly #bytes: number[] = [];

  int(field: number, value: number | bigint): this {
    this.#varint((field << 3) | WIRE_VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint((field << 3) | WIRE_FIXED32);
    this.#bytes.push(...new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint((field << 3) | WIRE_BYTES);
    this.#varint(value.length);
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#bytes.push(Number(rest));
  }
}

function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): Message {
  const dims = new Message();
  for (const dim of shape) {
    dims.message(1, typeof dim === 'number' ? new Message().int(1, dim) : new Message().string(2, dim));
  }
  const tensorType = new Message().int(1, ELEMENT_TYPES[type]).message(2, dims);
  return new Message().string(1, name).message(2, new Message().message(1, tensorType));
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().string(1, name);
  if (typeof value === 'string') return message.string(4, value).int(20, ATTRIBUTE_TYPE.string);
  if ('int' in value) return message.int(3, value.int).int(20, ATTRIBUTE_TYPE.int);
  return message.float(2, value.float).int(20, ATTRIBUTE_TYPE.float);
}

function nodeMessage({ type, inputs, outputs, attributes, domain }: Node): Message {
  const message = new Message();
  for (const input of inputs) message.string(1, input?.name ?? '');
  for (const output of outputs) message.string(2, output.name);
  message.string(3, outputs[0]!.name).string(4, type);
  for (const [name, value] of Object.entries(attributes)) message.message(5, attribute(name, value));
  return domain === '' ? message : message.string(7, domain);
}

/** A tensor inside a graph under construction. Its name changes once it becomes an output. */
export interface Value {
  name: string;
}

interface Node {
  type: string;
  inputs: readonly (Value | null)[];
  outputs: readonly Value[];
  attributes: Readonly<Record<string, Attribute>>;
  domain: string;
}

/**
 * Builds one ONNX graph node by node, in the order of execution:
 *
 * ```ts
 * const g = new GraphBuilder('double');
 * const x = g.input('x', 'float32', ['rows', 8]);
 * g.output('y', g.op('Add', [x, x]), 'float32', ['rows', 8]);
 * const model = g.build();
 * ```
 */
export class GraphBuilder {
  readonly #graph = new Message();
  readonly #nodes: Node[] = [];
  #count = 0;

  constructor(name: string) {
    this.#graph.string(2, name);
  }

  /** Declares what the caller feeds. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.#graph.message(11, valueInfo(name, type, shape));
    return { name };
  }

  /** A small constant of 64-bit integers: shapes, split sizes, offsets. */
  constant(values: readonly number[]): Value {
    const name = this.#fresh('const');
    const tensor = new Message().int(1, values.length).int(2, ELEMENT_TYPES.int64);
    for (const value of values) tensor.int(7, value);
    this.#graph.message(5, tensor.string(8, name));
    return { name };
  }

  /** Adds a node with one output. Empty slots of optional inputs are `null`. */
  op(
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Value {
    return this.ops(type, inputs, 1, attributes, domain)[0]!;
  }

  /** Adds a node with several outputs. */
  ops(
    type: string,
    inputs: readonly (Value | null)[],
    outputCount: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Value[] {
    const outputs = Array.from({ length: outputCount }, () => ({ name: this.#fresh(type) }));
    this.#nodes.push({ type, inputs, outputs, attributes, domain });
    return outputs;
  }

  /** Gives a node's result to the caller under a name. A value can be given out once. */
  output(name: string, value: Value, type: ElementType, shape: readonly Dimension[]): void {
    assert(
      this.#nodes.some(({ outputs }) => outputs.includes(value)),
      `output ${name} of a graph is not the result of a node`,
    );
    // The node writes straight into the output; a copying node would move the whole KV cache.
    value.name = name;
    this.#graph.message(12, valueInfo(name, type, shape));
  }

  /** The finished model's bytes. */
  build(): Uint8Array {
    for (const node of this.#nodes) this.#graph.message(1, nodeMessage(node));
    const model = new Message().int(1, IR_VERSION).string(2, 'glance').message(7, this.#graph);
    for (const domain of new Set(['', ...this.#nodes.map((node) => node.domain)])) {
      const version = domain === '' ? 21 : 1;
      model.message(8, new Message().string(1, domain).int(2, version));
    }
    return model.finish();
  }

  #fresh(type: string): string {
    this.#count += 1;
    return `${type}_${this.#count}`;
  }
}
