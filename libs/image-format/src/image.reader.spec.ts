import type { DecodedRegion } from './decoder';
import { ImageReader } from './image.reader';
import { buildDisk } from './testing/disk.builder';
import { chop } from './testing/decoding';
import { buildIso } from './testing/iso.builder';
import { buildLuks } from './testing/luks.builder';
import { buildImage } from './testing/qcow2.builder';
import { buildVdi } from './testing/vdi.builder';
import { buildFixedVhd } from './testing/vhd.builder';
import { buildFooterVmdk } from './testing/vmdk.builder';

const bytes = Buffer.alloc(4096, 0x42);
const qcow2 = buildImage({ clusterBits: 12, virtualSize: 1n << 20n, clusters: [{ at: 7, holds: 'data', bytes }] });

const bytesOf = (region: DecodedRegion) => ('packed' in region ? region.packed : region.bytes);

test('a raw image passes through unchanged, and its size is known at the end', () => {
  const file = Buffer.from('x'.repeat(100_000));
  const reader = new ImageReader({ declared: 'raw' });
  const steps = [...chop(file, [5000]).map((chunk) => reader.push(chunk)), reader.end()];
  const regions = steps.flatMap((step) => ('regions' in step ? step.regions : []));
  expect(Buffer.concat(regions.map(bytesOf)).equals(file)).toBe(true);
  expect(regions.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, index) => index * 5000));
  expect(steps.at(-1)).toMatchObject({ status: 'finished', virtualSizeBytes: 100_000 });
});

test('nothing comes out before the file has been accepted', () => {
  const reader = new ImageReader({ declared: 'raw' });
  expect(reader.push(Buffer.alloc(34_815, 1))).toEqual({ status: 'decoding', regions: [] });
  expect(reader.verdict).toBeUndefined();
  expect(reader.push(Buffer.alloc(1, 1))).toMatchObject({ regions: [{ offset: 0 }, { offset: 34_815 }] });
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
  expect(reader.push(Buffer.concat([qcow2, Buffer.alloc(34_816)]))).toMatchObject(refused);
  expect(reader.push(qcow2)).toMatchObject(refused);
  expect(reader.end()).toMatchObject(refused);
});

test.each([
  ['a disc', 'iso', buildIso()],
  ['an encrypted disk', 'luks', buildLuks()],
] as const)('%s passes through unchanged, in chunks of any size', (_name, declared, file) => {
  for (const sizes of [[4096], [1, 700, 100_000]]) {
    const reader = new ImageReader({ declared });
    const steps = [...chop(file, sizes).map((chunk) => reader.push(chunk)), reader.end()];
    const regions = steps.flatMap((step) => ('regions' in step ? step.regions : []));
    const disk = Buffer.concat(regions.map((region) => ('bytes' in region ? region.bytes : Buffer.alloc(0))));
    expect(disk.equals(file)).toBe(true);
    expect(steps.at(-1)).toMatchObject({ status: 'finished', virtualSizeBytes: file.length });
  }
});

describe('an image of a format that is converted', () => {
  const vmdk = buildFooterVmdk({ grains: new Map([[0, Buffer.alloc(65_536, 3)]]) });

  test('asks to be stored as soon as it is recognised, and has its verdict at the end', () => {
    const reader = new ImageReader({ declared: 'vmdk' });
    expect(reader.push(vmdk.subarray(0, 34_000))).toEqual({ status: 'decoding', regions: [] });
    const asked = reader.push(vmdk.subarray(34_000, 40_000));
    expect(asked).toEqual({ status: 'needs-spool', reason: expect.stringContaining('vmdk') as string });
    expect(reader.verdict).toBeUndefined();
    expect(reader.push(vmdk.subarray(40_000))).toEqual(asked);
    expect(reader.end()).toEqual(asked);
    expect(reader.verdict).toMatchObject({ kind: 'accepted', format: 'vmdk' });
    expect(reader.virtualSizeBytes).toBe(8 << 20);
  });

  test('asks to be stored at its end, if it is shorter than the signatures', () => {
    const reader = new ImageReader({ declared: 'vdi' });
    expect(reader.push(buildVdi())).toEqual({ status: 'decoding', regions: [] });
    expect(reader.end().status).toBe('needs-spool');
    expect(reader.verdict).toMatchObject({ kind: 'accepted', format: 'vdi' });
  });

  test('may be refused after all', () => {
    const reader = new ImageReader({ declared: 'vmdk' });
    expect(reader.push(vmdk.subarray(0, 40_000)).status).toBe('needs-spool');
    expect(reader.push(vmdk.subarray(40_000, -512)).status).toBe('needs-spool');
    expect(reader.end()).toMatchObject({ status: 'refused', verdict: { failures: [{ check: 'footer' }] } });
    expect(reader.push(vmdk)).toMatchObject({ status: 'refused' });
  });

  test('is asked for where only the declaration tells a fixed VHD from raw bytes', () => {
    const file = buildFixedVhd(Buffer.alloc(100_000));
    const reader = new ImageReader({ declared: 'vhd' });
    expect(reader.push(file).status).toBe('needs-spool');
    reader.end();
    expect(reader.verdict).toMatchObject({ kind: 'accepted', format: 'vhd', virtualSizeBytes: 99_840 });
  });
});

test('a mismatch that the operator has switched off has the bytes pass as they are', () => {
  const reader = new ImageReader({ declared: 'raw', ignoredChecks: ['format-mismatch'] });
  const file = Buffer.concat([qcow2, buildDisk()]);
  expect(reader.push(file)).toMatchObject({ status: 'decoding', regions: [{ offset: 0, bytes: file }] });
  expect(reader.verdict).toMatchObject({ kind: 'accepted', format: 'raw', ignored: [{ check: 'format-mismatch' }] });
});
