// How a TypeScript entry point becomes one CommonJS bundle: esbuild for the bundling, swc for the decorator metadata
// that Nest's injector reads and esbuild cannot emit. Packages stay external; aliases come from tsconfig.base.json.
import { transform } from '@swc/core';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** `@hearth/<lib>` → absolute file, from the one list in tsconfig.base.json. */
export function aliases() {
  const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;
  return Object.fromEntries(Object.entries(paths).map(([name, [file]]) => [name, join(root, file)]));
}

const decoratorMetadata = {
  name: 'decorator-metadata',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/^\s*@[A-Z]\w+\(/m.test(source)) return { contents: source, loader: 'ts' };
      const { code } = await transform(source, {
        filename: path,
        sourceMaps: 'inline',
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'es6' },
      });
      return { contents: code, loader: 'js' };
    });
  },
};

/** esbuild options for one entry file and one output file. */
export function bundleOptions(entry, outfile) {
  const exact = aliases();
  return {
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    logLevel: 'warning',
    external: ['./node_modules/*'],
    plugins: [
      {
        name: 'aliases-and-externals',
        setup(build) {
          build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
            if (kind === 'entry-point') return undefined;
            return exact[path] ? { path: exact[path] } : { path, external: true };
          });
        },
      },
      decoratorMetadata,
    ],
  };
}
