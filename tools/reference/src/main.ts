// Writes what is generated and checked in: `npm run generate`. CI runs it and refuses a difference.
import { openApiDocument } from '@hearth/cinder-v3';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { jsonSchemaFiles, schemasFolder } from '../../../apps/notifier/src/notices/json-schemas';
import { version } from '../../../package.json';
import { cliReference } from './cli-reference';
import { compatibilityReference } from './compatibility';
import { configReference } from './config-reference';

const files: readonly (readonly [string, string])[] = [
  ['docs/compatibility.md', compatibilityReference()],
  ['docs/reference/cli.md', cliReference()],
  ['docs/reference/config.md', configReference()],
  ['docs/reference/openapi.json', `${JSON.stringify(openApiDocument(version), null, 2)}\n`],
  ...[...jsonSchemaFiles()].map(([file, text]) => [`${schemasFolder}/${file}`, text] as const),
];

async function write(): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  console.log(`wrote ${files.length} files under docs`);
}

void write();
