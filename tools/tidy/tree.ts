import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every text file of the repository that is written by people: path relative to the root, and its text. */
export type Tree = ReadonlyMap<string, string>;

/** One thing that is not tidy: `path` or `path:line`, then what is wrong. */
export type Finding = string;

export type Rule = (tree: Tree) => readonly Finding[];

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', '.git', '.nx', '.hearth']);
const SKIPPED_FILES = new Set(['package-lock.json']);
const BINARY = /\.(png|jpg|ico|gz|xz|img|raw|qcow2|woff2|bin|dump)$/;

/** Reads the tree once; folders that git ignores are left out. */
export function readTree(root: string, folder = ''): Tree {
  const tree = new Map<string, string>();
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) {
      for (const [file, text] of readTree(root, path)) tree.set(file, text);
    } else if (
      entry.isFile() &&
      !SKIPPED_FILES.has(entry.name) &&
      !BINARY.test(entry.name) &&
      !entry.name.endsWith('.log')
    ) {
      tree.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return tree;
}

/** Program text: TypeScript and the scripts beside it. */
export const isSource = (path: string): boolean => /\.(ts|mjs|cjs)$/.test(path);

/** Specs, the testing doors, and the folders that exist for tests. */
export const isTest = (path: string): boolean => /\.spec\.ts$|\/src\/testing\/|^libs\/testing\/|^test\//.test(path);

/** Golden files and references are written by a command, and recorded examples by somebody else. */
export const isGenerated = (path: string): boolean => /\/__golden__\/|^docs\/reference\//.test(path);

/** The lines of a text that match, as `path:line: what`; lines that are only a comment are left out when `code` is set. */
export function matchingLines(
  path: string,
  text: string,
  { pattern, what, code = false }: { pattern: RegExp; what: string; code?: boolean },
): Finding[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      pattern.test(line) && !(code && /^\s*(\/\/|\*|\/\*)/.test(line)) ? [`${path}:${index + 1}: ${what}`] : [],
    );
}

/** A rule over the lines of the files that `applies` chooses. */
export function lineRule(
  applies: (path: string) => boolean,
  search: { pattern: RegExp; what: string; code?: boolean },
): Rule {
  return (tree) => [...tree].flatMap(([path, text]) => (applies(path) ? matchingLines(path, text, search) : []));
}
