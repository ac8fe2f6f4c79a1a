import fc from 'fast-check';
import { linesOf, SnapshotReader } from './snapshot-lines';

const long = <T>(element: fc.Arbitrary<T>) => fc.array(element, { minLength: 65, maxLength: 80 });
const words = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\u2028', 'line\nline', '__proto__'),
);

/** Plain JSON in which long lists stand in objects, in short lists and in each other. */
const state = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.jsonValue({ maxDepth: 1 }),
    words,
    fc.dictionary(words, tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 4 }),
    long(fc.oneof({ maxDepth: 2 }, { weight: 60, arbitrary: fc.nat() }, { weight: 1, arbitrary: tie('value') })),
  ),
})).value;

function readBack(lines: Iterable<string>) {
  const reader = new SnapshotReader();
  for (const line of lines) reader.add(line);
  return reader.end();
}

test('a snapshot comes back from its lines as it comes back from JSON', () => {
  fc.assert(
    fc.property(state, fc.string(), fc.nat(), (folded, fingerprint, sequence) => {
      const snapshot = { fingerprint, sequence, state: folded };
      const lines = [...linesOf(snapshot)];
      expect(readBack(lines)).toEqual(JSON.parse(JSON.stringify(snapshot)));
      expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    }),
  );
});

test('no line of a large snapshot is long', () => {
  const entries = Array.from({ length: 1_000 }, (_, id) => ({ id, note: 'x'.repeat(500) }));
  const pools = Array.from({ length: 80 }, (_, pool) => [`pool-${pool}`, { entries: pool === 70 ? entries : [] }]);
  const snapshot = { fingerprint: 'v1', sequence: 1, state: { commitId: 'c', state: { entries }, pools } };
  const lines = [...linesOf(snapshot)];
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(20_000);
  expect(readBack(lines)).toEqual(snapshot);
});

test('a snapshot that was saved as a whole is read, too', () => {
  const snapshot = { fingerprint: 'v1', sequence: 1, state: Array.from({ length: 100 }, (_, index) => index) };
  expect(readBack([JSON.stringify(snapshot)])).toEqual(snapshot);
});

test.each([
  [[], /no snapshot/],
  [['{"fingerprint":1,"sequence":1}'], /no snapshot/],
  [['{"fingerprint":"v1","sequence":1,"state":{}}', '[["state","entries"],1]'], /no list at state\/entries/],
  [['{"fingerprint":"v1","sequence":1,"state":{}}', '[["state","a","b"],1]'], /no list at state\/a\/b/],
  [['{"fingerprint":"v1",'], /JSON/],
])('%j is no snapshot', (lines, why) => {
  expect(() => readBack(lines)).toThrow(why);
});
