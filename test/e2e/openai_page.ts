/** What pages of the tests import: the official clients, and nothing of Glance. */
export { createOpenAICompatible } from '@ai-sdk/openai-compatible';
export { generateText, streamText } from 'ai';
export { default as OpenAI } from 'openai';
