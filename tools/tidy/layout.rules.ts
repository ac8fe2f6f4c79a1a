import { posix } from 'node:path';
import { isSource, type Rule, type Tree } from './tree';

interface Json {
  readonly [key: string]: unknown;
}

const json = (tree: Tree, path: string): Json => JSON.parse(tree.get(path) ?? '{}') as Json;

/** `@hearth/<lib>` → the file it stands for, from the one list of aliases. */
function aliases(tree: Tree): ReadonlyMap<string, string> {
  const { paths = {} } = (json(tree, 'tsconfig.base.json').compilerOptions ?? {}) as {
    paths?: Record<string, string[]>;
  };
  return new Map(Object.entries(paths).map(([name, files]) => [name, files[0] ?? '']));
}

/** An index.ts is the door of a lib; inside a lib, files import each other. */
export const indexesThatAreNoDoor: Rule = (tree) => {
  const doors = new Set(aliases(tree).values());
  return [...tree.keys()]
    .filter((path) => /(^|\/)index\.ts$/.test(path) && !doors.has(path))
    .map((path) => `${path}: an index.ts that is no entry point in tsconfig.base.json`);
};

/** A door lists names. */
export const doorsWithoutNames: Rule = (tree) =>
  [...new Set(aliases(tree).values())]
    .filter((path) => /^export \* from/m.test(tree.get(path) ?? ''))
    .map((path) => `${path}: \`export *\`; a door lists the names it gives out`);

/** Every folder under libs/, apps/ and tools/ is an Nx project with exactly one layer. */
export const untaggedProjects: Rule = (tree) => {
  const folders = new Set(
    [...tree.keys()].flatMap((path) => /^(?:(?:libs|apps|tools)\/[^/]+|test)(?=\/)/.exec(path)?.[0] ?? []),
  );
  return [...folders].flatMap((folder) => {
    const path = `${folder}/project.json`;
    if (!tree.has(path)) return [`${path}: missing; every folder of code is a project with tags`];
    const { tags = [] } = json(tree, path) as { tags?: string[] };
    const layers = tags.filter((tag) => tag.startsWith('layer:')).length;
    return layers === 1 ? [] : [`${path}: ${layers} layer: tags; exactly one is wanted`];
  });
};

/** A document has one title, and code in it is not mistaken for one. */
export const documentsWithoutOneTitle: Rule = (tree) =>
  [...tree]
    .filter(([path]) => path.endsWith('.md'))
    .flatMap(([path, text]) => {
      const titles = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').match(/^# \S/gm)?.length ?? 0;
      return titles === 1 ? [] : [`${path}: ${titles} titles; exactly one is wanted`];
    });

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire(?:\.resolve)?\(\s*)['"]([^'"\n]+)['"]/g;

function resolved(tree: Tree, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return aliases(tree).get(specifier);
  const base = posix.normalize(posix.join(posix.dirname(from), specifier));
  return [base, `${base}.ts`, `${base}.d.ts`, `${base}/index.ts`].find((path) => tree.has(path));
}

/** What starts by itself: programs, tests, doors, and whatever another file names by its path. */
function isEntry(tree: Tree, path: string): boolean {
  if (/\.(spec|d)\.ts$|\.worker\.ts$|\/main\.ts$|\.config\.[mc]js$|\/bin\//.test(path)) return true;
  if ([...aliases(tree).values()].includes(path)) return true;
  const named = path.replace(/^tools\//, '');
  return [...tree].some(([file, text]) => file !== path && text.includes(named));
}

/** A file that nobody imports is dead, or was forgotten in a registry. */
export const filesNobodyImports: Rule = (tree) => {
  const imported = new Set(
    [...tree]
      .filter(([path]) => isSource(path))
      .flatMap(([path, text]) => [...text.matchAll(IMPORT)].map(([, name = '']) => resolved(tree, path, name))),
  );
  return [...tree.keys()]
    .filter((path) => isSource(path) && !imported.has(path) && !isEntry(tree, path))
    .map((path) => `${path}: a source file nobody imports`);
};

/** The contract of a category, as far as this rule looks at it. */
export interface VersionedContract {
  readonly category: string;
  readonly events: Readonly<Record<string, { readonly version: number }>>;
}

/** `VolumeRequested`, 1 → `volume-requested.v1.json`. */
export function goldenName(type: string, version: number): string {
  return `${type.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()}.v${version}.json`;
}

/** Every version of every event that was ever stored has an example that must be readable for ever. */
export function eventVersionsWithoutGolden(contracts: readonly VersionedContract[]): Rule {
  return (tree) =>
    contracts.flatMap(({ category, events }) =>
      Object.entries(events).flatMap(([type, { version }]) =>
        Array.from({ length: version }, (_, index) => goldenName(type, index + 1))
          .map((name) => `libs/contracts/src/${category}/__golden__/${name}`)
          .filter((path) => !tree.has(path))
          .map((path) => `${path}: missing; ${type} has a version without golden (npm run golden)`),
      ),
    );
}
