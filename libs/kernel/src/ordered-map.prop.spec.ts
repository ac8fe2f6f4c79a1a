import fc from 'fast-check';
import { OrderedMap } from './ordered-map';

const key = fc.oneof(
  fc.integer({ min: 0, max: 70 }),
  fc.integer({ min: 0, max: 40_000 }),
  fc.integer({ min: 0, max: 2 ** 50 }),
);
const change = fc.record({
  key,
  value: fc.oneof({ weight: 3, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.constant(undefined) }),
});

function applied(changes: readonly { key: number; value: number | undefined }[]) {
  const model = new Map<number, number>();
  let map = OrderedMap.empty<number>();
  for (const { key: at, value } of changes) {
    if (value === undefined) model.delete(at);
    else model.set(at, value);
    map = value === undefined ? map.delete(at) : map.set(at, value);
  }
  return { model, map };
}

test('any sequence of sets and deletes ends in the same values as a Map, in the order of their keys', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const { model, map } = applied(changes);
      const sorted = [...model].sort(([one], [other]) => one - other);
      expect([...map.values()]).toEqual(sorted.map(([, value]) => value));
      expect(map.filter((value) => value > 0)).toEqual([...map.values()].filter((value) => value > 0));
      expect(map.size).toBe(model.size);
      for (const { key: at } of changes) expect(map.get(at)).toBe(model.get(at));
    }),
  );
});

test('a walk from a key sees every value from there on', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 100 }), key, (changes, first) => {
      const { model, map } = applied(changes);
      const starts = [first, ...model.keys(), ...[...model.keys()].map((at) => at + 1)];
      for (const start of starts) {
        const expected = [...model].filter(([at]) => at >= start).sort(([one], [other]) => one - other);
        expect([...map.from(start)]).toEqual(expected.map(([, value]) => value));
      }
    }),
  );
});

test('no version changes behind its holder', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.array(change, { maxLength: 20 }), (changes, later) => {
      const { map } = applied(changes);
      const before = [...map.values()];
      let next = map;
      for (const { key: at, value } of later) next = value === undefined ? next.delete(at) : next.set(at, value);
      expect([...map.values()]).toEqual(before);
    }),
  );
});
