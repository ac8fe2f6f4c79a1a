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
  const exit = jest.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  const quiet = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(() => parseOptions(argv)).toThrow('exit 2');
  exit.mockRestore();
  quiet.mockRestore();
});
