import { Command } from 'commander';
import { parseOptions } from './options';
import { describeReport, isDifferent } from './report';

const nowhere = { databaseUrl: undefined, natsUrl: undefined, nkeySeed: undefined };
const somewhere = {
  databaseUrl: 'postgresql://db/hearth',
  natsUrl: 'nats://a:4222, nats://b:4222',
  nkeySeed: undefined,
};

test('addresses come from the environment unless options name them', () => {
  expect(parseOptions([], somewhere, new Command())).toEqual({
    databaseUrl: 'postgresql://db/hearth',
    natsUrls: ['nats://a:4222', 'nats://b:4222'],
    nkeySeed: undefined,
    compareOnly: false,
    yes: false,
    json: false,
  });
  const argv = ['--database-url', 'postgresql://x/y', '--nats-url', 'nats://c', '--compare-only', '--json'];
  expect(parseOptions(argv, somewhere, new Command())).toMatchObject({
    databaseUrl: 'postgresql://x/y',
    natsUrls: ['nats://c'],
    compareOnly: true,
    json: true,
  });
});

test('an address that is missing is asked for by name', () => {
  expect(() => parseOptions(['--nats-url', 'nats://c'], nowhere, new Command())).toThrow(
    '--database-url is missing: give it, or set HEARTH_DATABASE_URL',
  );
});

const report = {
  sequence: 9,
  commits: 9,
  replayMs: 1500,
  commitsPerSecond: 6,
  pauseMs: 20,
  sameLog: true,
  swapped: true,
};

test('equal tables are reported as equal', () => {
  const equal = { ...report, differences: [] };
  expect(isDifferent(equal)).toBe(false);
  expect(describeReport(equal)).toBe(
    '9 commits replayed in 1.5 s (6/s); compared at position 9; the projector waited 0.020 s\n' +
      'the live tables are what the log leads to, row by row\nthe rebuilt tables are live now',
  );
});

test('differences are counted and shown, with the way on', () => {
  const examples = [{ live: null, rebuilt: { id: 'x' } }];
  const differences = [{ table: 'volumes', missing: 1, unexpected: 0, changed: 0, examples }];
  const different = { ...report, swapped: false, differences };
  expect(isDifferent(different)).toBe(true);
  const text = describeReport(different);
  expect(text).toContain('volumes differs: 1 rows missing, 0 that nothing leads to, 0 changed');
  expect(text).toContain('rebuilt: {"id":"x"}');
  expect(text).toContain('run this again with --yes');
});

test('another log is a difference though every row is the same', () => {
  expect(isDifferent({ ...report, sameLog: false, differences: [] })).toBe(true);
});
