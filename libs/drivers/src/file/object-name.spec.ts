import fc from 'fast-check';
import { objectOfFile, partSuffixes, requireObjectName } from './object-name';

const uuid = 'f3b0c442-98fc-4c14-9afb-f4c8996fb924';

test('a volume name is taken as it is', () => {
  expect(requireObjectName(`volume-${uuid}`)).toBe(`volume-${uuid}`);
});

test.each([
  '',
  '.',
  '..',
  'volume-',
  '../volume-x',
  'volume-x/y',
  'volume-x\0',
  'volume-x\n',
  '-volume-x',
  'Volume-x',
  'lost+found',
  `volume-${'x'.repeat(241)}`,
])('the name %j is refused and quoted', (name) => {
  expect(() => requireObjectName(name)).toThrow(JSON.stringify(name));
});

test.each(Object.values(partSuffixes))('a name that ends in %s would be a part of another object', (suffix) => {
  expect(() => requireObjectName(`volume-x${suffix}`)).toThrow('kept for the parts');
});

test('every part of an object leads back to it', () => {
  expect(objectOfFile('volume-x')).toEqual({ name: 'volume-x', part: 'raw' });
  expect(objectOfFile('volume-x.qcow2')).toEqual({ name: 'volume-x', part: 'overlay' });
  expect(objectOfFile('volume-x.base')).toEqual({ name: 'volume-x', part: 'base' });
  expect(objectOfFile('volume-x.partial')).toEqual({ name: 'volume-x', part: 'partial' });
});

test.each(['README', 'lost+found', '.hearth-probe-a1', 'volume-', 'volume-x.qcow2.partial'])(
  'the file %s is none of ours',
  (fileName) => {
    expect(objectOfFile(fileName)).toBeUndefined();
  },
);

test('a name that is taken stays within the directory and fits the file system with every suffix', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `volume-${text}`),
        fc.stringMatching(/^volume-[\w.-]*$/),
      ),
      (name) => {
        fc.pre(objectOfFile(name)?.part === 'raw');
        requireObjectName(name);
        for (const suffix of Object.values(partSuffixes)) {
          expect(Buffer.byteLength(name + suffix)).toBeLessThanOrEqual(255);
          expect(objectOfFile(name + suffix)?.name).toBe(name);
        }
        expect(name).not.toMatch(/[/\0]/);
      },
    ),
  );
});
