import { expectExit } from '@hearth/testing';
import { parseOptions } from './options';

test('everything has a default', () =>
  expect(parseOptions([])).toMatchObject({ histories: 1_000, seed: 1, failures: 1, directory: 'dist/simulate' }));

test('what is asked for is taken', () =>
  expect(parseOptions(['--histories', '100000', '--seed', '42', '--failures', '3', '--replay', 'one.json'])).toEqual({
    ...{ histories: 100_000, seed: 42, failures: 3, directory: 'dist/simulate', replay: 'one.json' },
  }));

test.each([
  ['--histories', '0'],
  ['--histories', 'many'],
  ['--seed', '-1'],
  ['--seed', '4294967296'],
])('%s %s is refused', (...argv) => {
  expectExit(() => parseOptions(argv), 2);
});
