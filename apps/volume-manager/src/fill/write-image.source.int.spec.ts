import { createHash, randomBytes } from 'node:crypto';
import { FillHouse, MiB, whole } from '../testing/fill-house';

let house: FillHouse;
beforeEach(async () => (house = await FillHouse.open()));
afterEach(() => house.close());

describe('what an image service may do', () => {
  beforeEach(() => (house.bytes = randomBytes(4 * MiB)));

  test('bytes that do not match the hash', () =>
    house.expectFailure(house.write({ osHashValue: '00' }), 'image.hash_mismatch', /do not match its sha512/));
  test('a body that ends early without a length', () => {
    house.answer = (_, response) => void response.writeHead(200).end(house.bytes.subarray(0, MiB));
    return house.expectFailure(house.write(), 'image.download_failed', /ended after 1048576 of 4194304 bytes/);
  });
  test('a connection that is cut', () => {
    house.answer = (_, response) => {
      response.writeHead(200, { 'content-length': house.bytes.length });
      response.write(house.bytes.subarray(0, MiB), () => response.destroy());
    };
    return house.expectFailure(house.write(), 'image.download_failed', /could not be fetched whole/);
  });
  test('a body that stalls', async () => {
    const { bytes } = house;
    await house.close();
    house = await FillHouse.open({ stallTimeoutMs: 500 });
    house.bytes = bytes;
    house.answer = (_, response) => {
      response.writeHead(200, { 'content-length': house.bytes.length });
      response.write(house.bytes.subarray(0, MiB));
    };
    await house.expectFailure(house.write(), 'image.download_failed', /could not be fetched whole/);
  });
  test('a length that is not the one of the record', async () => {
    const image = { sizeBytes: 5 * MiB };
    await house.expectFailure(house.write(image), 'image.download_failed', /has 4194304 bytes, not the 5242880/);
  });
  test('a qcow2 damaged on its way is a matter of the hash, not of the image', async () => {
    house.bytes = await house.qcow2Of(await house.rawDisk());
    const image = house.identity({ diskFormat: 'qcow2' });
    // The second entry of the L1 table, or of the L2 table, now points into the middle of nowhere.
    house.bytes = Buffer.from(house.bytes);
    house.bytes.fill(0x7f, Number(house.bytes.readBigUInt64BE(40)), Number(house.bytes.readBigUInt64BE(40)) + 8);
    await house.expectFailure(house.write(image), 'image.hash_mismatch', /do not match/);
    const unhashed = { osHashAlgo: null, osHashValue: null };
    await house.expectFailure(house.write({ ...image, ...unhashed }), 'image.unacceptable', /cannot be read/);
  });
  test('more bytes than the record names', () => {
    house.answer = (_, response) => void response.writeHead(200).end(house.bytes);
    return house.expectFailure(house.write({ sizeBytes: MiB }), 'image.download_failed', /more bytes than the 1048576/);
  });
  test('no size in the record', async () => {
    await house.expectFailure(house.write({ sizeBytes: 0 }), 'image.unacceptable', /does not say how many bytes/);
    expect(house.asked).toBe(0);
  });
  test.each(['sha3_512', 'blake2b', 'SHA256'])('a hash that is named as in Python: %s', async (name) => {
    const node = { sha3_512: 'sha3-512', blake2b: 'blake2b512', SHA256: 'sha256' }[name]!;
    const osHashValue = createHash(node).update(house.bytes).digest('hex').toUpperCase();
    expect((await house.write({ osHashAlgo: name, osHashValue })).verifiedBy).toBe('os_hash');
  });
  test('a hash that nobody knows', () =>
    house.expectFailure(house.write({ osHashAlgo: 'rot13' }), 'image.unacceptable', /rot13 is not supported/));
  test('no data', () => {
    house.answer = (_, response) => void response.writeHead(204).end();
    return house.expectFailure(house.write(), 'image.download_failed', /has no data/);
  });
  test('an image that is gone', () => {
    house.answer = (_, response) => void response.writeHead(404).end();
    return house.expectFailure(house.write(), 'image.not_found', /no longer exists/);
  });
  test('500 for ever is asked again and then given up', async () => {
    house.answer = (_, response) => void response.writeHead(500).end();
    await house.expectFailure(house.write(), 'image.connection_failed', /does not answer/);
    expect(house.asked).toBe(3);
  });
  test('500 once does not matter', async () => {
    house.answer = (_, response) => {
      house.answer = whole;
      response.writeHead(500).end();
    };
    await house.write();
    await house.expectBytes(house.bytes);
  });
});
