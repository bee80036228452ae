/** What is loaded with the first answer. */
export { GrowingMarkdown } from './parse.ts';
export { marksOf, renderMarkdown } from './render.ts';
