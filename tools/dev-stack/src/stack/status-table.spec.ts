import { failedChecks } from './app-process';
import { withoutPassword } from './stack-status';
import { statusTable } from './status-table';
import { stopRounds } from './take-down';

const mib = 1024 * 1024;

test('a status table lines its columns up and adds the memory of the apps, not of the servers', () => {
  const text = statusTable([
    { name: 'nats-server', kind: 'server', pid: 7, residentBytes: 20 * mib, url: 'nats://h:4222', health: 'ok' },
    { name: 'api', kind: 'app', pid: 1234, residentBytes: 90 * mib, url: 'http://h:8776', health: 'ok' },
    { name: 'scheduler', kind: 'app', pid: null, residentBytes: null, url: '', health: 'does not run' },
  ]);
  expect(text).toBe(
    [
      'process       pid  MiB  url            health',
      'nats-server     7   20  nats://h:4222  ok',
      'api          1234   90  http://h:8776  ok',
      'scheduler       -    -  -              does not run',
      '',
      'apps together: 90 MiB resident',
    ].join('\n'),
  );
});

test('a health page is told by the checks that fail', () => {
  const page = { checks: { log: { status: 'ok' }, postgres: { status: 'failing', error: 'connection refused' } } };
  expect(failedChecks(JSON.stringify(page))).toBe('postgres: connection refused');
  expect(failedChecks('<html>')).toBe('');
});

test('a URL is shown without its password', () => {
  expect(withoutPassword('postgresql://hearth:secret@h:5432/db')).toBe('postgresql://hearth:***@h:5432/db');
  expect(withoutPassword('postgresql://hearth@h:5432/db')).toBe('postgresql://hearth@h:5432/db');
});

test('who takes requests stops first, and who tells the outside last', () => {
  const names = ['notifier', 'volume-manager-store-01', 'api', 'scheduler'].map((name) => ({ name }));
  expect(stopRounds(names).map((round) => round.map(({ name }) => name))).toEqual([
    ['api'],
    ['volume-manager-store-01', 'scheduler'],
    ['notifier'],
  ]);
});
