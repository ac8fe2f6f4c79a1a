import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { categories, isCategory } from './categories';
import { decodeEvent, type CategoryContract, type EventSpec, type StoredEvent } from './contract';
import { goldenFile } from './golden';

const contracts: Readonly<Record<string, CategoryContract<Record<string, EventSpec>>>> = categories;

const versions = Object.entries(contracts).flatMap(([category, { events }]) =>
  Object.entries(events).flatMap(([type, { version }]) =>
    Array.from({ length: version }, (_, at) => [category, type, at + 1] as const),
  ),
);

const goldens = readdirSync(__dirname)
  .filter(isCategory)
  .map((category) => ({ category, folder: join(__dirname, category, '__golden__') }))
  .filter(({ folder }) => existsSync(folder))
  .flatMap(({ category, folder }) => readdirSync(folder).map((name) => [category, name, join(folder, name)] as const));

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as StoredEvent;

test.each(versions)('%s event %s v%i has a golden file (written by: npm run golden)', (category, type, version) => {
  const file = join(__dirname, goldenFile(category, type, version));
  expect(existsSync(file)).toBe(true);
  expect(read(file)).toMatchObject({ type, version });
});

test.each(goldens)('%s: the golden %s is read in its latest shape', (category, name, file) => {
  const stored = read(file);
  expect(`${category}/__golden__/${name}`).toBe(goldenFile(category, stored.type, stored.version));
  const decoded = decodeEvent(contracts[category]!, stored);
  expect(decoded.type).toBe(stored.type);
  // Of the present version nothing may be lost either: a field that goes away is a new version.
  if (contracts[category]!.events[stored.type]!.version === stored.version) expect(decoded.data).toEqual(stored.data);
});
