// Bundles an app: `node tools/build.mjs api`, or `node tools/build.mjs all`. Output: dist/apps/<app>/main.cjs.
// Threads of an app, src/**/<name>.worker.ts, are bundles of their own beside it.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOptions, root } from './build-options.mjs';
import { buildThreads } from './build-threads.mjs';

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
  const bundle = join(root, 'dist/apps', app);
  await build(bundleOptions(join(root, 'apps', app, 'src/main.ts'), join(bundle, 'main.cjs')));
  await buildThreads(app, bundle);
}
