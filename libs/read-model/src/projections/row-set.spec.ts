import { projectUsageTable } from '../tables/project-usage.table';
import { RowSet } from './row-set';
import { noUsage } from './usage.derive';

const row = (projectId: string, volumes = 1) => ({ projectId, ...noUsage, volumes, gigabytes: 1 });
const partial = () => new RowSet(projectUsageTable, false);

test('a row that was not wanted may not be looked at', () => {
  expect(() => partial().get({ projectId: 'a' })).toThrow('the row a of project_usage was not loaded');
});

test('a wanted row is loaded once, and is absent when it was not found', () => {
  const rows = partial();
  rows.want({ projectId: 'a' });
  rows.want({ projectId: 'b' });
  const wanted = rows.takeWanted();
  expect(wanted).toEqual([{ projectId: 'a' }, { projectId: 'b' }]);
  rows.learn(wanted, [row('a')]);
  expect(rows.want({ projectId: 'a' })).toEqual(row('a'));
  expect(rows.want({ projectId: 'b' })).toBeUndefined();
  expect(rows.takeWanted()).toEqual([]);
  expect(rows.get({ projectId: 'b' })).toBeUndefined();
});

test('only the last of several changes is written', () => {
  const rows = new RowSet(projectUsageTable, true);
  rows.put(row('a', 1));
  rows.put(row('a', 2));
  rows.put(row('b'));
  rows.remove({ projectId: 'b' });
  expect(rows.takeChanges()).toEqual({ upserts: [row('a', 2)], deletions: [{ projectId: 'b' }] });
  expect(rows.takeChanges()).toEqual({ upserts: [], deletions: [] });
});

test('what was put longest ago is forgotten first, and is to be loaded again', () => {
  const rows = new RowSet(projectUsageTable, true);
  for (const projectId of ['a', 'b', 'c']) rows.put(row(projectId));
  rows.put(row('a', 2));
  rows.takeChanges();
  rows.trim(2);
  expect(rows.get({ projectId: 'a' })).toEqual(row('a', 2));
  expect(() => rows.get({ projectId: 'b' })).toThrow('was not loaded');
});

test('what waits to be written is not forgotten', () => {
  const rows = new RowSet(projectUsageTable, true);
  rows.put(row('a'));
  rows.trim(0);
  expect(rows.get({ projectId: 'a' })).toEqual(row('a'));
});
