// Bundles every tool that has a src/main.ts, for the container image: `node tools/compose/bundle-tools.mjs`.
// Output: dist/tools/<tool>/main.cjs. Beside a checkout tools/run.mjs does the same on the spot, for one tool.
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOptions, root } from '../build-options.mjs';

for (const tool of readdirSync(join(root, 'tools')).sort()) {
  const entry = join(root, 'tools', tool, 'src/main.ts');
  if (!existsSync(entry)) continue;
  await build(bundleOptions(entry, join(root, 'dist/tools', tool, 'main.cjs')));
}
