import { mapCommand, parseBlocks } from './block-map';

const entry = (start: number, length: number, rest: object = {}) => ({
  start,
  length,
  depth: 0,
  present: true,
  zero: false,
  data: true,
  offset: start,
  ...rest,
});
const json = (...entries: object[]) => JSON.stringify(entries);

test('formats are given, and files are the ones that are held', () => {
  const held = (descriptor: number) => `/proc/${process.pid}/fd/${descriptor}`;
  const map = ['qemu-img', 'map', '--output=json', '--start-offset=4096', '--max-length=8192'];
  expect(mapCommand({ format: 'raw', own: 7 }, 4096, 8192)).toEqual([...map, '-U', '-f', 'raw', held(7)]);
  expect(mapCommand({ format: 'overlay', own: 7, base: 8 }, 4096, 8192)).toEqual([
    ...map,
    '--image-opts',
    `driver=qcow2,file.driver=file,file.filename=${held(7)},` +
      `backing.driver=raw,backing.file.driver=file,backing.file.filename=${held(8)}`,
  ]);
});

test('blocks are zeros, data of a file, or something that a plain read does not reach', () => {
  const found = parseBlocks(
    json(
      entry(100, 10),
      entry(110, 10, { depth: 1, offset: 5 }),
      entry(120, 10, { zero: true, data: false }),
      entry(130, 10, { zero: true, data: true }),
      entry(140, 10, { offset: undefined, compressed: true }),
      entry(150, 10, { depth: 2 }),
      entry(160, 10, { zero: false, data: false }),
    ),
    100,
    170,
  );
  expect(found.map(({ stored }) => stored)).toEqual([
    { depth: 0, offset: 100 },
    { depth: 1, offset: 5 },
    'zeros',
    'zeros',
    'unreadable',
    'unreadable',
    'unreadable',
  ]);
  expect(found.map(({ start, length }) => [start, length])).toEqual(
    [100, 110, 120, 130, 140, 150, 160].map((s) => [s, 10]),
  );
});

test('what lies past the end is cut off, and empty entries are passed over', () => {
  const found = parseBlocks(json(entry(0, 0), entry(0, 512), entry(512, 512)), 0, 700);
  expect(found.map(({ start, length }) => [start, length])).toEqual([[0, 512], [512, 188]]); // prettier-ignore
});

test.each([
  ['no JSON', 'map failed'],
  ['not a list', '{}'],
  ['without an end', json(entry(0, 10))],
  ['with a gap', json(entry(0, 10), entry(20, 80))],
  ['with an overlap', json(entry(0, 60), entry(50, 50))],
  ['that begins too late', json(entry(10, 90))],
  ['with a negative place', json(entry(0, 100, { offset: -1 }))],
  ['with a length that no number holds', `[{"start":0,"length":1e30,"depth":0,"zero":true,"data":false}]`],
  ['with text for a flag', json(entry(0, 100, { zero: 'no' }))],
  ['empty', '[]'],
])('a map %s is refused', (_, text) => {
  expect(() => parseBlocks(text, 0, 100)).toThrow(Error);
});
