import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliReference } from './cli-reference';

const page = cliReference();

test('the page that is checked in is the one that the commands make (npm run generate writes it)', () => {
  const file = join(__dirname, '../../../docs/reference/cli.md');
  expect(readFileSync(file, 'utf8') === page).toBe(true);
});

test('every command stands there with what it takes, its options and examples', () => {
  expect(page).toMatch(/^## hearth cache prefetch$/m);
  expect(page).toMatch(/^hearth cache diff <from> \[to\] \[options\]$/m);
  expect(page).toContain('| `--by <measure>` | what a hit is worth; one of requests, bytes, seconds |');
  expect(page).toMatch(/^hearth cache clear --dry-run$/m);
});
