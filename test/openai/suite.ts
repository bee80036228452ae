import { describeAi } from './ai_suite.ts';
import { describeChat } from './chat_suite.ts';
import { describeCompletions } from './completion_suite.ts';
import type { Door } from './door.ts';
import { describeFormats } from './format_suite.ts';
import { describeThinking } from './thinking_suite.ts';
import { describeTools } from './tool_suite.ts';

/** Everything that the `openai` package and the `ai` SDK can ask, through a way in. */
export function describeOpenai(name: string, door: () => Door | Promise<Door>): void {
  describeChat(name, door);
  describeCompletions(name, door);
  describeThinking(name, door);
  describeFormats(name, door);
  describeTools(name, door);
  describeAi(name, door);
}
