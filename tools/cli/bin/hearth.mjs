#!/usr/bin/env node
// `hearth`: bundles the tool from its sources where they can be bundled, else runs the bundle that was shipped.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const require = createRequire(import.meta.url);
const shipped = join(root, 'dist/tools/cli/src/main.cjs');

function canBundle() {
  try {
    require.resolve('esbuild');
    return existsSync(join(root, 'tools/cli/src/main.ts'));
  } catch {
    return false;
  }
}

if (canBundle()) {
  process.argv.splice(2, 0, 'cli/src/main.ts');
  await import('../../run.mjs');
} else {
  require(shipped);
}
