import type { OpenImage } from '@hearth/driver-api';
import { exampleImage } from '@hearth/domain/testing';
import { temporaryDirectory } from '@hearth/testing';
import { createHash, randomUUID } from 'node:crypto';
import { openFillTools } from './fill-tools';
import { VerifiedPlaces, verifyImageAt } from './verify-place';

const signal = new AbortController().signal;
let tools: Awaited<ReturnType<typeof openFillTools>>;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory('verify');
  tools = await openFillTools({
    source: { open: () => Promise.reject(new Error('nobody is to ask the image service')) },
    ...{ scratchDirectory: directory.path, keyManager: false, log: { info: () => undefined, warn: () => undefined } },
    conversionConfinement: 'user',
  });
});
afterAll(async () => {
  await tools?.close();
  await directory?.remove();
});

function placeOf(bytes: Buffer, version = '1'): OpenImage & { reads: number } {
  return {
    ...{ sizeBytes: bytes.length, version, reads: 0 },
    async read(offset, target) {
      this.reads += 1;
      bytes.copy(target, 0, offset, offset + target.length);
    },
    cloneTo: () => Promise.reject(new Error('nobody is to clone')),
    close: () => Promise.resolve(),
  };
}

const imageOf = (bytes: Buffer) => ({
  ...{ ...exampleImage, id: randomUUID(), diskFormat: 'raw', containerFormat: 'bare', properties: {} },
  ...{ sizeBytes: bytes.length, virtualSizeBytes: null, osHashAlgo: 'sha512' },
  osHashValue: createHash('sha512').update(bytes).digest('hex'),
});
const disk = Buffer.alloc(3 * 2 ** 20 + 512, 'a disk with bytes ');

test('what lies there is read once from end to end, and has the evidence of a fill', async () => {
  const found = await verifyImageAt({ image: imageOf(disk), place: placeOf(disk), signal }, tools);
  expect(found).toMatchObject({ verifiedBy: 'os_hash', signature: 'unchecked', virtualSizeBytes: disk.length });
  expect(found.digest).toBe(`sha512:${imageOf(disk).osHashValue}`);
});

test('other bytes are refused, and so is a disk of another format than the image says', async () => {
  const place = placeOf(Buffer.from(disk).fill('x', 2 ** 20, 2 ** 20 + 1));
  await expect(verifyImageAt({ image: imageOf(disk), place, signal }, tools)).rejects.toMatchObject({
    failure: { code: 'image.hash_mismatch' },
  });
  const qcow2 = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.alloc(2 ** 20)]);
  await expect(verifyImageAt({ image: imageOf(qcow2), place: placeOf(qcow2), signal }, tools)).rejects.toMatchObject({
    failure: { code: 'image.unacceptable' },
  });
});

test('each state of a place is read once, however many ask; another state again, and what is wrong every time', async () => {
  let looks = 0;
  const places = new VerifiedPlaces((at) => {
    looks += 1;
    return verifyImageAt(at, tools);
  });
  const image = imageOf(disk);
  await Promise.all(Array.from({ length: 10 }, () => places.look({ image, place: placeOf(disk), signal })));
  expect(looks).toBe(1);
  await places.look({ image, place: placeOf(disk, '2'), signal });
  expect(looks).toBe(2);
  const bad = placeOf(Buffer.alloc(disk.length), '3');
  for (let look = 1; look <= 2; look += 1) {
    await expect(places.look({ image, place: bad, signal })).rejects.toThrow();
  }
  expect(looks).toBe(4);
});
