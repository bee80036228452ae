/** A picture as it enters: an encoded file, or pixels that the page has rasterised already (SVG). */
export type PictureInput = Blob | ImageBitmap;

/** One piece of a message. */
export type ContentPart =
  | { type: 'text'; text: string }
  | {
      type: 'image';
      image: PictureInput;
      /** Pixel budget for this picture, in pixels after resizing; default: the request's. */
      maxPixels?: number;
    };

/** One turn of a conversation. Pictures may stand anywhere in a user's message. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string | ContentPart[];
}
