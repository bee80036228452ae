/** What is loaded with the first answer. */
export { GrowingMarkdown } from './parse.ts';
export { renderMarkdown } from './render.ts';
