// Bundles an app: `node tools/build.mjs api`, or `node tools/build.mjs all`. Output: dist/apps/<app>/main.cjs.
// Threads of an app are plain files, src/**/<name>.worker.cjs, and are laid beside its bundle.
import { build } from 'esbuild';
import { copyFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
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
  const bundle = join(root, 'dist/apps', app);
  await build(bundleOptions(join(source, 'main.ts'), join(bundle, 'main.cjs')));
  for (const file of readdirSync(source, { recursive: true })) {
    if (file.endsWith('.worker.cjs')) copyFileSync(join(source, file), join(bundle, basename(file)));
  }
}
