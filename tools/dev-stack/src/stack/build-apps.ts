import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '@hearth/testing/servers';
import type { AppName } from './app-plan';

/** The bundle that `tools/build.mjs` makes of an app. */
export const bundleOf = (root: string, app: AppName): string => join(root, 'dist/apps', app, 'main.cjs');

/** Bundles the apps whose sources are newer than their bundle. */
export async function buildApps(
  root: string,
  apps: readonly AppName[],
  log: (line: string) => void = () => undefined,
): Promise<void> {
  const shared = await newestOf(
    join(root, 'libs'),
    join(root, 'tsconfig.base.json'),
    join(root, 'package.json'),
    join(root, 'tools/build-options.mjs'),
  );
  const stale: AppName[] = [];
  for (const app of new Set(apps)) {
    const newest = Math.max(shared, await newestOf(join(root, 'apps', app, 'src')));
    if ((await changedAt(bundleOf(root, app))) <= newest) stale.push(app);
  }
  if (stale.length === 0) return;
  log(`building ${stale.join(', ')}`);
  await runProgram([process.execPath, join(root, 'tools/build.mjs'), ...stale], { cwd: root });
}

/** Identifies a build of an app. */
export async function bundleVersion(root: string, app: AppName): Promise<string> {
  return String(await changedAt(bundleOf(root, app)));
}

/** The time of the newest source below the given paths, in milliseconds; tests are no sources. */
async function newestOf(...paths: string[]): Promise<number> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const { isDirectory } = await stat(path).then(
        (found) => ({ isDirectory: found.isDirectory() }),
        () => ({ isDirectory: false }),
      );
      return isDirectory ? newestBelow(path) : changedAt(path);
    }),
  );
  return Math.max(0, ...times);
}

async function newestBelow(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true });
  const sources = names.filter((name) => /\.(ts|json)$/.test(name) && !/\.spec\.ts$|(^|\/)testing\//.test(name));
  return Math.max(0, ...(await Promise.all(sources.map((name) => changedAt(join(directory, name))))));
}

/** 0 for a file that is not there. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
