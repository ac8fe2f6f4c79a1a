// Bundles an app: `node tools/build.mjs api`, or `node tools/build.mjs all`. Output: dist/apps/<app>/main.cjs.
// An app may have further entry points beside main.ts: every src/*.worker.ts becomes dist/apps/<app>/<name>.worker.cjs.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOptions, root } from './build-options.mjs';

const apps = readdirSync(join(root, 'apps')).sort();
const wanted = process.argv.slice(2);
if (wanted.length === 0 || wanted.includes('--help')) {
  console.error(`usage: node tools/build.mjs all | ${apps.join(' | ')}`);
  process.exit(wanted.includes('--help') ? 0 : 2);
}

for (const app of wanted.includes('all') ? apps : wanted) {
  if (!apps.includes(app)) {
    console.error(`build: there is no app '${app}'; the apps are ${apps.join(', ')}`);
    process.exit(2);
  }
  const source = join(root, 'apps', app, 'src');
  const workers = readdirSync(source, { recursive: true }).filter((file) => file.endsWith('.worker.ts'));
  for (const file of ['main.ts', ...workers]) {
    const name = file.split('/').at(-1).replace(/\.ts$/, '.cjs');
    await build(bundleOptions(join(source, file), join(root, 'dist/apps', app, name)));
  }
}
