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

/** A function that the model may ask to be called. */
export interface ToolDefinition {
  name: string;
  description?: string;
  /** JSON Schema of the arguments, an object; absent: none are taken. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Refuses parameters that cannot be enforced, instead of leaving them to the model; default false. */
  strict?: boolean;
}

/** The model's wish that a function be called. */
export interface ToolCall {
  /** Names the call in the conversation, so that its result can be told apart from others. */
  id: string;
  name: string;
  /** JSON text of an object. */
  arguments: string;
}

/** One turn of a conversation. Pictures may stand anywhere in a user's message. */
export interface ChatMessage {
  /** `tool` holds the result of a call that the assistant's message before it asked for. */
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string | ContentPart[];
  /** Of an assistant: what it thought before it spoke. */
  reasoning?: string;
  /** Of an assistant: the calls it asked for. */
  toolCalls?: ToolCall[];
  /** Of a tool: the call that this is the result of. */
  toolCallId?: string;
}
