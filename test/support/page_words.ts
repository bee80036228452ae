/** Looks through the page's source for words that people would read and that no other language could replace. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAst } from 'vite';
import { repositoryRoot } from './root.ts';

/** A node of a syntax tree, as far as it is looked at. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly tree: SyntaxNode;
}

/** All TypeScript of a folder. @param except names of folders in it */
export function sourcesIn(folder: string, except: readonly string[] = []): SourceFile[] {
  const root = join(repositoryRoot, folder);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !except.includes(relative(root, path).split('/')[0]!))
    .map((path) => sourceOf(relative(repositoryRoot, path), readFileSync(path, 'utf8')));
}

export function sourceOf(path: string, text: string): SourceFile {
  return { path, text, tree: parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode };
}

/** Visits a tree from the root down; what a visit says is false is not gone into. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | null) => boolean,
  parent: SyntaxNode | null = null,
): void {
  if (!visit(node, parent)) return;
  for (const member of Object.values(node)) {
    for (const child of Array.isArray(member) ? member : [member]) {
      if (typeof child === 'object' && child !== null && typeof child.type === 'string') {
        walk(child as SyntaxNode, visit, node);
      }
    }
  }
}

/** Attributes and properties of elements whose text is read. */
const READ_ATTRIBUTE =
  /[\s.](?:aria-label|aria-description|aria-roledescription|aria-valuetext|title|placeholder|alt|heading|label|slowNote|slownote)=(?:"([^"]*)"|'([^']*)')/gu;

/** Names and signs that are the same in all languages. */
const SAME_EVERYWHERE = /^(?:Glance|Qwen\/Qwen3-VL-2B-Instruct-GGUF)$/;

/** Two words at the least, the second of them no name. What style sheets and selectors say begins otherwise. */
const SENTENCE = /(?:^|[\s,;:])\p{L}[\p{L}’'-]*[,;:]?\s+\p{Ll}[\p{L}’'-]+(?=$|[\s.,;:?!])/u;

/** Beside what is put in: "Version $", "$ left", but not "code: $". */
const BESIDE_VALUE = /(?:^|\s)\p{L}{3,}\s+\$|\$,?\s+\p{L}{3,}(?:$|\s)/u;

/** A label: "Rename". Names of keys and errors are compared with, labels are not. */
const LABEL = /^\p{Lu}\p{Ll}{2,}$/u;

/** Values of style sheets, and the like. */
const NO_SENTENCE = /^\.|^not all$|^auto auto |^glance \$|^Files$|^import /;

const COMPARING = new Set(['BinaryExpression', 'SwitchCase']);

/** Whoever reads these reads code. */
const FOR_PROGRAMMERS = new Set(['Error', 'TypeError', 'DOMException', 'assert']);

/** Words in templates of elements, and sentences in other texts, each as "path: words". */
export function literalWords({ path, tree }: SourceFile): string[] {
  const found: string[] = [];
  const report = (words: string) => {
    const shown = words.replace(/\s+/g, ' ').trim();
    if (!SAME_EVERYWHERE.test(shown)) found.push(`${path}: ${shown}`);
  };
  walk(tree, (node, parent) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'TSLiteralType':
      case 'TSTypeAliasDeclaration':
      case 'TSInterfaceDeclaration':
        return false;
      case 'NewExpression':
      case 'CallExpression':
        return !FOR_PROGRAMMERS.has(nameOf(node.callee as SyntaxNode));
      case 'TaggedTemplateExpression': {
        const tag = nameOf(node.tag as SyntaxNode);
        if (tag === 'html' || tag === 'svg') for (const words of wordsOfTemplate(node)) report(words);
        else if (tag === 'css') return false;
        return true;
      }
      case 'Literal': {
        const { value } = node;
        if (typeof value !== 'string' || NO_SENTENCE.test(value)) return true;
        if (SENTENCE.test(value) || (LABEL.test(value) && !COMPARING.has(parent?.type ?? ''))) report(value);
        return true;
      }
      case 'TemplateLiteral': {
        const text = piecesOf(node).join('$');
        const isMarkup = parent?.type === 'TaggedTemplateExpression';
        if (isMarkup || NO_SENTENCE.test(text)) return true;
        if (BESIDE_VALUE.test(text) || piecesOf(node).some((piece) => SENTENCE.test(piece))) report(text);
        return true;
      }
      default:
        return true;
    }
  });
  return found;
}

function piecesOf(template: SyntaxNode): string[] {
  const quasis = template.quasis as { value: { cooked?: string; raw: string } }[];
  return quasis.map(({ value }) => value.cooked ?? value.raw);
}

function nameOf(node: SyntaxNode): string {
  return node.type === 'Identifier' ? (node.name as string) : '';
}

/** Texts between tags, and attributes that are read. */
function wordsOfTemplate(node: SyntaxNode): string[] {
  const markup = piecesOf(node.quasi as SyntaxNode).join('$');
  const attributes = [...markup.matchAll(READ_ATTRIBUTE)]
    .map(([, double, single]) => double ?? single ?? '')
    .filter((value) => /\p{L}/u.test(value.replace(/\$/g, '')));
  const texts = markup
    .replace(/<!--.*?-->/gs, '')
    .split(/<[^>]*>/)
    .filter((text) => /\p{L}/u.test(text));
  return [...attributes, ...texts];
}
