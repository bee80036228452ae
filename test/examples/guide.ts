/** Follows a section of the README word for word. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../support/root.ts';
import type { Workspace } from './workspace.ts';

export interface Guide {
  /** What is typed into a shell, line by line. */
  lines: string[];
  /** What is written into files, by their names. */
  files: Map<string, string>;
}

/**
 * The code of a section: blocks of `sh`, and blocks of other languages that begin with a comment which names a file.
 *
 * @throws Error if the section is not there
 */
export async function readGuide(heading: string): Promise<Guide> {
  const readme = await readFile(join(repositoryRoot, 'README.md'), 'utf8');
  const start = readme.indexOf(`\n### ${heading}\n`);
  if (start < 0) throw new Error(`The README has no section "${heading}".`);
  const end = readme.slice(start + 1).search(/\n##/);
  const section = readme.slice(start, end < 0 ? undefined : start + 1 + end);
  const guide: Guide = { lines: [], files: new Map() };
  for (const [, language, code] of section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (language === 'sh') {
      guide.lines.push(...code!.split('\n').filter((line) => line.trim() !== ''));
      continue;
    }
    const name = /^(?:<!--|\/\/)\s*(\S+)/.exec(code!)?.[1];
    if (name !== undefined) guide.files.set(name, code!);
  }
  return guide;
}

/** Starting a server is left to the test, which has one of its own. */
const SERVER = /http\.server/;

/** Does what the guide says in an empty folder that holds the package. */
export async function followGuide(
  { lines, files }: Guide,
  workspace: Workspace,
  folder: string,
): Promise<void> {
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  for (const line of lines) if (!SERVER.test(line)) await workspace.shell(folder, line);
}
