// Bundles the tools that the container image carries, for its operator and its services: `node tools/compose/bundle-tools.mjs`.
// Output: dist/tools/<tool>/main.cjs. Beside a checkout tools/run.mjs does the same on the spot, for one tool.
import { build } from 'esbuild';
import { join } from 'node:path';
import { bundleOptions, root } from '../build-options.mjs';

/** Those that need neither a checkout nor what only tests have. */
const tools = ['cli', 'evict', 'image-service', 'nats-accounts', 'rebuild', 'stream'];

for (const tool of tools) {
  await build(bundleOptions(join(root, 'tools', tool, 'src/main.ts'), join(root, 'dist/tools', tool, 'main.cjs')));
}
