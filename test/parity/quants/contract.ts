import type { Device } from '../../../src/model/request.ts';

export type QuantPart = 'text' | 'vision';

export interface QuantRequest {
  /** A format's name, or that of a mixture. */
  quant: string;
  device: Device;
  /** Positions to judge of either part, at least. */
  positions: number;
}

/** One line of the report: a model in a format, asked in text alone or about pictures. */
export interface QuantResult {
  quant: string;
  part: QuantPart;
  device: Device;
  /**
   * Every format of the model's matrices is dequantised to the bits that llama.cpp's own dequantisation gives;
   * see test/support/llama_cpp_rows.ts.
   */
  dequantizedEqual: boolean;
  /** Of llama.cpp's F32 twin from the engine, in nats; see distance.ts. */
  meanKL: number;
  maxKL: number;
  /** Share of positions at which both find the same token likeliest. */
  agreement: number;
  positions: number;
  /** Different tokens among those that were drawn. */
  distinct: number;
  /** Of llama.cpp's F32 twin from llama.cpp on the quantised file, at the same positions. */
  llamaMeanKL: number;
  llamaAgreement: number;
}

export interface QuantAnswer {
  results: QuantResult[];
  /** What must be equal and is not. */
  mismatches: string[];
}
