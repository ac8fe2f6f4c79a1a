import { expectExit } from '@hearth/testing';
import { parseOptions } from './options';

test('everything has a default', () => {
  expect(parseOptions([])).toMatchObject({
    minutes: 1,
    seed: 1,
    targets: ['inspector', 'decoder', 'reader', 'unpack'],
    coverage: true,
  });
});

test('what is asked for is taken', () => {
  const options = parseOptions(['--minutes', '0.5', '--seed', '42', '--target', 'decoder', '--no-coverage']);
  expect(options).toMatchObject({ minutes: 0.5, seed: 42, targets: ['decoder'], coverage: false });
});

test.each([
  ['--minutes', '0'],
  ['--minutes', 'long'],
  ['--seed', '-1'],
  ['--seed', '4294967296'],
  ['--target', 'everything'],
])('%s %s is refused', (...argv) => {
  expectExit(() => parseOptions(argv), 2);
});
