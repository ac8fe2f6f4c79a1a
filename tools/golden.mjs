// Writes the golden file of every event type in its present version, where there is none: `npm run golden`. A golden file is an
// event as it was stored when the version was born. It is never rewritten: it stands for the events that lie in logs, and the
// spec beside the contracts upcasts and parses them all, for ever.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { bundleOptions, root } from './build-options.mjs';

const require = createRequire(import.meta.url);
const { toJSONSchema } = require('zod');

/** Values for texts of which the schema cannot say all, by the name of their field. */
const texts = {
  pool: 'node-1@file#pool-a',
  pools: 'node-1@file#pool-a',
  service: 'node-1@file',
  host: 'node-1',
  diskFormat: 'qcow2',
  containerFormat: 'bare',
  visibility: 'public',
  osHashAlgo: 'sha512',
  updatedAt: '2026-01-02T03:04:05Z',
};

const formats = {
  uuid: '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e',
  'date-time': '2026-01-02T03:04:05.678Z',
};

/** A value that fits a JSON schema, with every optional field present and nothing null. */
function sampleOf(schema, name = 'text') {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf.find(({ type }) => type !== 'null') ?? schema.anyOf[0], name);
  const type = [schema.type].flat().find((one) => one !== 'null') ?? 'null';
  switch (type) {
    case 'object':
      return sampleOfObject(schema);
    case 'array':
      return [sampleOf(schema.items, name)];
    case 'string':
      return formats[schema.format] ?? texts[name] ?? `some ${name}`;
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      throw new Error(`no sample for the schema of '${name}': ${JSON.stringify(schema)}`);
  }
}

function sampleOfObject({ properties = {}, additionalProperties }) {
  const fields = Object.entries(properties).map(([name, schema]) => [name, sampleOf(schema, name)]);
  if (fields.length > 0 || typeof additionalProperties !== 'object') return Object.fromEntries(fields);
  return { key: sampleOf(additionalProperties, 'value') };
}

async function loadContracts() {
  const outfile = join(root, 'dist/tools/contracts.cjs');
  await build(bundleOptions(join(root, 'libs/contracts/src/index.ts'), outfile));
  return require(outfile);
}

const { categories, decodeEvent, goldenFile } = await loadContracts();
for (const [category, contract] of Object.entries(categories)) {
  for (const [type, { version, data }] of Object.entries(contract.events)) {
    const file = join(root, 'libs/contracts/src', goldenFile(category, type, version));
    if (existsSync(file)) continue;
    const stored = { type, version, data: sampleOf(toJSONSchema(data, { io: 'input' })) };
    // A sample that breaks a rule which JSON schema cannot express is no golden: give `texts` a value for the field.
    decodeEvent(contract, stored);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(stored, null, 2)}\n`);
    console.log(`wrote ${relative(root, file)}`);
  }
}
