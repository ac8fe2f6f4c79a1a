import fc from 'fast-check';
import { OrderedMap } from './ordered-map';

const key = fc.integer({ min: 0, max: 400 }).map(String);
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('with' as const), key, value: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('without' as const), key }) },
);

test('it holds what a Map holds after the same changes, in the same order, and is never changed itself', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.nat())),
      fc.array(change, { maxLength: 600, size: 'max' }),
      (first, changes) => {
        const map = new Map(first);
        let ordered = OrderedMap.of(first);
        for (const one of changes) {
          const before = ordered;
          const entries = [...before].join();
          if (one.do === 'with') {
            map.set(one.key, one.value);
            ordered = ordered.with(one.key, one.value);
          } else {
            map.delete(one.key);
            ordered = ordered.without(one.key);
          }
          expect(ordered.size).toBe(map.size);
          expect(ordered.get(one.key)).toBe(map.get(one.key));
          expect(ordered.has(one.key)).toBe(map.has(one.key));
          expect([...before].join()).toBe(entries);
        }
        expect([...ordered]).toEqual([...map]);
        expect([...ordered.keys()]).toEqual([...map.keys()]);
        expect([...ordered.mapValues((value) => value + 1).values()]).toEqual(
          [...map.values()].map((value) => value + 1),
        );
        const visited: unknown[] = [];
        ordered.forEach((value, name) => visited.push([name, value]));
        expect(visited).toEqual([...map]);
      },
    ),
    { numRuns: 15 },
  );
});

test('what has the same entries is the same to a test, however it came by them', () => {
  const one = OrderedMap.of([['a', 1]]).with('b', 2);
  const other = OrderedMap.of([
    ['a', 1],
    ['c', 3],
    ['b', 2],
  ]).without('c');
  expect(one).toEqual(other);
  expect(one).not.toEqual(one.with('a', 2));
});
