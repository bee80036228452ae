/** What is loaded with the first answer. */

export { saveFile, takenOut } from '../tasks/take_out.ts';
export { settable } from './maths.ts';
export { GrowingMarkdown } from './parse.ts';
export { marksOf, renderMarkdown } from './render.ts';
