import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compatibilityReference } from './compatibility';

const page = compatibilityReference();

test('the page that is checked in is the one that the route table makes (npm run generate writes it)', () => {
  const file = join(__dirname, '../../../docs/compatibility.md');
  expect(readFileSync(file, 'utf8') === page).toBe(true);
});

test('each action of a route has its line, with versions, policy and rule', () => {
  expect(page).toContain(
    '| `POST /v3/{project_id}/volumes/{volume_id}/action revert` | from 3.40 | `volume:revert_to_snapshot` (member) |',
  );
  expect(page).not.toContain('| by action |');
});

test('what is different is told in a sentence, and what is absent has a reason', () => {
  expect(page).toMatch(/\| `GET \/v3\/\{project_id\}\/backups` \| all \| `backup:get_all` \(reader\) \| .+\. \|/);
  expect(page).toMatch(/\| `PUT \/v3\/\{project_id\}\/os-services\/freeze` \| .+\. \|/);
});
