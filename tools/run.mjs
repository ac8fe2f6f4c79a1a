// Runs a tool written in TypeScript: `node tools/run.mjs dev-stack/src/demo.ts [arguments]` bundles it into dist/tools and
// runs it in this process, so that signals and exit codes are the tool's own.
import { build } from 'esbuild';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleOptions, root } from './build-options.mjs';

const [entry, ...rest] = process.argv.slice(2);
if (!entry) {
  console.error('usage: node tools/run.mjs TOOL/src/ENTRY.ts [ARGUMENT ...]');
  process.exit(2);
}
const outfile = join(root, 'dist/tools', entry.replace(/\.ts$/, '.cjs'));
await build(bundleOptions(join(root, 'tools', entry), outfile));
process.argv = [process.argv[0], outfile, ...rest];
createRequire(import.meta.url)(outfile);
