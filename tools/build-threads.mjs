// Bundles the threads of apps: src/**/<name>.worker.ts becomes <name>.worker.cjs in one folder. Used by the build, which lays
// them beside the app's bundle, and by Jest, which runs apps from their sources and has them built before the first test.
import { build } from 'esbuild';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bundleOptions, root } from './build-options.mjs';

/** Where the threads lie for tests; tools/threads-of-tests.ts names the same folder to the code under test. */
export const threadsOfTests = join(root, 'dist/threads');

/** Builds every thread of an app into a folder. A file is put in place whole: another run may be about to start it. */
export async function buildThreads(app, folder) {
  mkdirSync(folder, { recursive: true });
  const source = join(root, 'apps', app, 'src');
  const workers = readdirSync(source, { recursive: true }).filter((file) => file.endsWith('.worker.ts'));
  for (const file of workers) {
    const target = join(folder, basename(file).replace(/\.ts$/, '.cjs'));
    const unfinished = `${target}.${process.pid}`;
    await build({ ...bundleOptions(join(source, file), unfinished), sourcemap: 'inline' });
    renameSync(unfinished, target);
  }
}

/** Jest's globalSetup. */
export default async function buildThreadsForTests() {
  for (const app of readdirSync(join(root, 'apps'))) await buildThreads(app, threadsOfTests);
}
