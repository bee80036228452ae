/** The published chat templates among the fixtures, for tests that run in Node. */
import { readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/templates/', import.meta.url);

export const TEMPLATE_NAMES = [
  'qwen3',
  'qwen3-april-2025',
  'qwen3-vl-instruct',
  'qwen3-vl-thinking',
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

export function publishedTemplate(name: TemplateName): string {
  return readFileSync(new URL(`${name}.jinja`, FOLDER), 'utf8');
}

export function renderedPrompts(): unknown {
  return JSON.parse(readFileSync(new URL('rendered.json', FOLDER), 'utf8'));
}
