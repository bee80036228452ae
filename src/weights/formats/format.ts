/** How the elements of a tensor are laid out in a GGUF file: rows cut into blocks of equal size. */
export interface TensorFormat {
  /** ggml's name: F32, F16, Q8_0, ... */
  readonly name: string;
  /** ggml's number for it (`enum ggml_type`). */
  readonly typeId: number;
  /** Elements in a block. 0 for a type that is not known at all. */
  readonly blockSize: number;
  /** Bytes of a block. 0 for a type that is not known at all. */
  readonly blockBytes: number;
  /**
   * Turns whole blocks into numbers with the roundings of ggml's own reference: the scale is widened to
   * f32 and the product rounded once to f32. Null where Glance cannot read the format (yet).
   * @param bytes `n * blockBytes` bytes
   * @param out `n * blockSize` elements
   */
  readonly dequantize: ((bytes: Uint8Array, out: Float32Array) => void) | null;
}

/** A format that Glance can read. */
export type ReadableFormat = TensorFormat & { readonly dequantize: NonNullable<TensorFormat['dequantize']> };

/** Whether Glance can read the format. */
export function isReadable(format: TensorFormat): format is ReadableFormat {
  return format.dequantize !== null;
}
