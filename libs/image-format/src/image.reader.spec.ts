import type { DecodedRegion } from './decoder';
import { ImageReader } from './image.reader';
import { chop } from './testing/decoding';
import { buildImage } from './testing/qcow2.builder';

const bytes = Buffer.alloc(4096, 0x42);
const qcow2 = buildImage({ clusterBits: 12, virtualSize: 1n << 20n, clusters: [{ at: 7, holds: 'data', bytes }] });

const bytesOf = (region: DecodedRegion) => ('packed' in region ? region.packed : region.bytes);

test('a raw image passes through unchanged, and its size is known at the end', () => {
  const file = Buffer.from('x'.repeat(100_000));
  const reader = new ImageReader({ declared: 'raw' });
  const steps = [...chop(file, [1000]).map((chunk) => reader.push(chunk)), reader.end()];
  const regions = steps.flatMap((step) => ('regions' in step ? step.regions : []));
  expect(Buffer.concat(regions.map(bytesOf)).equals(file)).toBe(true);
  expect(regions.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, index) => index * 1000));
  expect(steps.at(-1)).toMatchObject({ status: 'finished', virtualSizeBytes: 100_000 });
});

test('nothing comes out before the file has been accepted', () => {
  const reader = new ImageReader({ declared: 'raw' });
  expect(reader.push(Buffer.alloc(32_773, 1))).toEqual({ status: 'decoding', regions: [] });
  expect(reader.verdict).toBeUndefined();
  expect(reader.push(Buffer.alloc(1, 1))).toMatchObject({ regions: [{ offset: 0 }, { offset: 32_773 }] });
  expect(reader.verdict?.kind).toBe('accepted');
});

test('a raw image shorter than the signatures comes out at the end', () => {
  const reader = new ImageReader({ declared: 'raw' });
  reader.push(Buffer.from('tiny'));
  expect(reader.end()).toEqual({
    status: 'finished',
    virtualSizeBytes: 4,
    regions: [{ offset: 0, bytes: Buffer.from('tiny') }],
  });
});

test('a qcow2 image comes out decoded', () => {
  const reader = new ImageReader({ declared: 'qcow2', fileSizeBytes: qcow2.length });
  const steps = [...chop(qcow2, [100]).map((chunk) => reader.push(chunk)), reader.end()];
  const regions = steps.flatMap((step) => ('regions' in step ? step.regions : []));
  expect(regions[0]?.offset).toBe(7 * 4096);
  expect(Buffer.concat(regions.map(bytesOf))).toEqual(bytes);
  expect(reader.virtualSizeBytes).toBe(1 << 20);
});

test('an image that is not what it was declared is refused, and stays so', () => {
  const reader = new ImageReader({ declared: 'raw' });
  const refused = { status: 'refused', verdict: { failures: [{ check: 'format-mismatch' }] } };
  expect(reader.push(qcow2)).toMatchObject(refused);
  expect(reader.push(qcow2)).toMatchObject(refused);
  expect(reader.end()).toMatchObject(refused);
});
