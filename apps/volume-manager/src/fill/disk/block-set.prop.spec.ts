import fc from 'fast-check';
import { BlockSet } from './block-set';

const block = fc.oneof(fc.nat({ max: 200 }), fc.maxSafeNat());

test('holds what was added and nothing else, however large the numbers', () => {
  fc.assert(
    fc.property(fc.array(block), fc.array(block), (added, others) => {
      const blocks = new BlockSet();
      for (const each of added) blocks.add(each);
      const expected = new Set(added);
      expect(new Set(blocks)).toEqual(expected);
      expect([...blocks]).toHaveLength(expected.size);
      expect(blocks.size).toBe(expected.size);
      for (const each of [...added, ...others]) expect(blocks.has(each)).toBe(expected.has(each));
    }),
  );
});
