// Writes the JSON Schemas of the events that outsiders subscribe to into docs/reference/events; a spec of the notifier compares.
import { build } from 'esbuild';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleOptions, root } from './build-options.mjs';

const outfile = join(root, 'dist/tools/event-schemas.cjs');
await build(bundleOptions(join(root, 'apps/notifier/src/notices/json-schemas.ts'), outfile));
const { jsonSchemaFiles, schemasFolder } = createRequire(import.meta.url)(outfile);

await mkdir(join(root, schemasFolder), { recursive: true });
for (const [file, text] of jsonSchemaFiles()) {
  await writeFile(join(root, schemasFolder, file), text);
  console.log(`wrote ${schemasFolder}/${file}`);
}
