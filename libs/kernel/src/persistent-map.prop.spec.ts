import fc from 'fast-check';
import { PersistentMap } from './persistent-map';

// 'b0r' and the like collide on purpose only by chance; a small alphabet makes overwrites and deletions of known keys likely.
const key = fc.oneof(fc.string({ maxLength: 2 }), fc.uuid());
const change = fc.oneof(fc.record({ key, value: fc.integer() }), fc.record({ key, value: fc.constant(undefined) }));

test('any sequence of sets and deletes ends in the same pairs as a Map, and no version changes behind its holder', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const model = new Map<string, number>();
      let map = PersistentMap.empty<number>();
      for (const { key: at, value } of changes) {
        const before = map;
        const pairsBefore = new Map(before);
        if (value === undefined) {
          model.delete(at);
          map = map.delete(at);
        } else {
          model.set(at, value);
          map = map.set(at, value);
        }
        expect(new Map(before)).toEqual(pairsBefore);
      }
      expect(new Map(map)).toEqual(model);
      expect(map.size).toBe(model.size);
      for (const [at, value] of model) expect(map.get(at)).toBe(value);
    }),
  );
});

test('keys whose hashes are equal are kept apart', () => {
  const [first, second] = collidingKeys();
  const map = PersistentMap.empty<number>().set(first, 1).set(second, 2);
  expect([map.get(first), map.get(second), map.size]).toEqual([1, 2, 2]);
  expect(map.delete(first).get(second)).toBe(2);
  expect(map.delete(first).has(first)).toBe(false);
});

/** Two keys of one 32-bit hash, found by birthday search over the map's own hash (FNV-1a, folded). */
function collidingKeys(): [string, string] {
  const seen = new Map<number, string>();
  for (let counter = 0; ; counter += 1) {
    const candidate = `k${counter.toString(36)}`;
    let hash = 0x811c9dc5;
    for (const char of candidate) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    const folded = hash ^ (hash >>> 15);
    const known = seen.get(folded);
    if (known !== undefined) return [known, candidate];
    seen.set(folded, candidate);
  }
}
