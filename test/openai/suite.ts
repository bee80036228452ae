import { describeAi } from './ai_suite.ts';
import { describeChat } from './chat_suite.ts';
import { describeCompletions } from './completion_suite.ts';
import type { Door } from './door.ts';
import { describeFormats } from './format_suite.ts';
import { describeThinking } from './thinking_suite.ts';
import { describeTools } from './tool_suite.ts';

const PARTS = {
  chat: describeChat,
  completions: describeCompletions,
  thinking: describeThinking,
  formats: describeFormats,
  tools: describeTools,
  ai: describeAi,
} as const;

export type Part = keyof typeof PARTS;
const ALL = Object.keys(PARTS) as Part[];

/**
 * Everything that the `openai` package and the `ai` SDK can ask, through a way in.
 *
 * @param parts of it; default: all
 */
export function describeOpenai(
  name: string,
  door: () => Door | Promise<Door>,
  parts: readonly Part[] = ALL,
): void {
  for (const part of parts) PARTS[part](name, door);
}
