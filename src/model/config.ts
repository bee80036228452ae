/** The text decoder: Qwen3, alone or as the language half of Qwen3-VL. Sizes in elements. */
export interface TextConfig {
  architecture: 'qwen3' | 'qwen3vl';
  hiddenSize: number;
  layerCount: number;
  headCount: number;
  kvHeadCount: number;
  headDim: number;
  ffnSize: number;
  vocabSize: number;
  /** Longest sequence the model was made for, in tokens. */
  contextLength: number;
  rmsNormEps: number;
  ropeTheta: number;
  /**
   * How many of the headDim/2 frequencies belong to the temporal, height and width position
   * (interleaved, see mrope.ts); null for a text-only model, where all three are one.
   */
  mropeSections: readonly [number, number, number] | null;
  /** How many leading decoder layers receive a DeepStack feature map. */
  deepstackLayerCount: number;
  /** The output matrix is the embedding matrix. */
  tiedEmbeddings: boolean;
}

/** The vision encoder of Qwen3-VL. Sizes in elements, pictures in pixels. */
export interface VisionConfig {
  hiddenSize: number;
  blockCount: number;
  headCount: number;
  ffnSize: number;
  layerNormEps: number;
  patchSize: number;
  temporalPatchSize: number;
  /** Patches are merged in squares of this side before they reach the decoder. */
  spatialMergeSize: number;
  /** The learned position table has this many rows and as many columns. */
  positionGridSize: number;
  /** Width of the decoder that the features are projected to. */
  projectionSize: number;
  /** Indices of the blocks whose output becomes a DeepStack feature map, ascending. */
  deepstackBlocks: readonly number[];
  imageMean: readonly [number, number, number];
  imageStd: readonly [number, number, number];
  /** Pixel limits of a picture after resizing. */
  minPixels: number;
  maxPixels: number;
  /** Pixel budget that a request gets when it asks for none. */
  defaultMaxPixels: number;
}

/** Of a model, what its need of memory depends on. */
export interface ModelDimensions {
  readonly text: Pick<
    TextConfig,
    | 'hiddenSize'
    | 'layerCount'
    | 'headCount'
    | 'kvHeadCount'
    | 'headDim'
    | 'ffnSize'
    | 'vocabSize'
    | 'contextLength'
  >;
  readonly vision: Pick<
    VisionConfig,
    'hiddenSize' | 'ffnSize' | 'spatialMergeSize' | 'patchSize' | 'projectionSize' | 'defaultMaxPixels'
  > | null;
}
