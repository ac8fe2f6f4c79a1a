import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readTree } from '../../tools/tidy/tree';
import { hasTest, numbersIn, promisedRows } from './promises';

const root = resolve(__dirname, '../..');
const tree = readTree(root);
const rows = promisedRows(readFileSync(resolve(root, 'docs/promises.md'), 'utf8'));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('every promise, every line of the checklist and every known bug has its row', () => {
  expect(rows.map(({ id }) => id)).toEqual([
    ...upTo(15).map((number) => `P${number}`),
    ...upTo(14).map((number) => `J.${number}`),
    ...[...'abcdefghijkl'].map((letter) => `J.${letter}`),
    ...upTo(54).map((number) => `I.${number}`),
  ]);
});

test.each(rows.map((row) => [row.id, row] as const))('what %s names is there', (_id, { tests, notHere }) => {
  expect(tests.length > 0 || notHere !== undefined).toBe(true);
  const missing = tests.filter(({ file, title }) => !hasTest(tree.get(file) ?? '', title));
  expect(missing).toEqual([]);
});

test.each(rows.map((row) => [row.id, row] as const))('the titles of what %s names bear its number', (id, { tests }) => {
  expect(tests.filter(({ title }) => !numbersIn(`'${title}'`).includes(id))).toEqual([]);
});

test('no test bears a number that has no row', () => {
  const known = new Set(rows.map(({ id }) => id));
  const unknown = [...tree]
    .filter(([path]) => path.endsWith('.spec.ts') && !path.startsWith('test/promises/'))
    .flatMap(([path, text]) =>
      numbersIn(text)
        .filter((number) => !known.has(number))
        .map((number) => `${path}: ${number}`),
    );
  expect(unknown).toEqual([]);
});

describe('a row', () => {
  const page = [
    '- **I.1** Something holds.',
    '  - `libs/a/src/a.spec.ts`: I.1: holds, (always) $',
    '  - _Not here:_ The rest.',
    '- **J.a** Something else.',
  ];

  test('has its tests, and what is not here', () => {
    expect(promisedRows(page.join('\n'))).toEqual([
      { id: 'I.1', tests: [{ file: 'libs/a/src/a.spec.ts', title: 'I.1: holds, (always) $' }], notHere: 'The rest.' },
      { id: 'J.a', tests: [], notHere: undefined },
    ]);
  });

  test.each(['  - libs/a.spec.ts: no code', '- **X.1** no number', '  - `a.spec.ts`:'])('is not %s', (line) => {
    expect(() => promisedRows([...page, line].join('\n'))).toThrow('not understood');
  });
});

describe('a test', () => {
  const spec = [
    `test('I.1: holds, (always) $', () => undefined);`,
    `test.each([1])(`,
    `  "P2 · J.a: one's own",`,
    `  () => undefined,`,
    `);`,
    'test(`P3 in ${count} histories`, () => undefined);',
    `// test('I.9: that was taken out', () => undefined);`,
  ].join('\n');

  test.each([
    ['I.1: holds, (always) $', true],
    ["P2 · J.a: one's own", true],
    ['P3 in …', true],
    ['I.1: holds', false],
    ['P3 in', false],
    ['I.9: that was taken out', false],
  ])('%s: %s', (title, isThere) => {
    expect(hasTest(spec, title)).toBe(isThere);
  });

  test('bears its numbers', () => {
    expect(numbersIn(spec)).toEqual(['I.1', 'P2', 'J.a', 'P3', 'I.9']);
  });
});
