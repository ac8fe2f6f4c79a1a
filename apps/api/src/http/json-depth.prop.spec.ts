import fc from 'fast-check';
import { isDeeperThan } from './json-depth';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test('the depth of a text is that of what it says, whatever its strings hold', () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom('[[{', '"', '\\', '\\"[', ']', 1, null, true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('{', '"[', 'key'), tie('tree'), { maxKeys: 2 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.integer({ min: 0, max: 8 }), fc.constantFrom(undefined, 2), (value, max, indent) => {
      expect(isDeeperThan(max, JSON.stringify(value, null, indent))).toBe(depthOf(value) > max);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof isDeeperThan(3, text) === 'boolean'));
});
