import { qcow2Corpus } from '@hearth/image-format/testing';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { FillHouse, MiB, qemuImg, run, sha512 } from '../testing/fill-house';
import type { FillStep } from './fill-work';

let house: FillHouse;
beforeEach(async () => (house = await FillHouse.open()));
afterEach(() => house.close());

describe('P3: the bytes of the object are those of the image', () => {
  test('raw', async () => {
    const raw = await house.rawDisk();
    house.bytes = await readFile(raw);
    const written = await house.write();
    await house.expectBytes(house.bytes);
    expect(written).toMatchObject({
      virtualSizeBytes: 8 * MiB,
      digest: `sha512:${sha512(house.bytes)}`,
      verifiedBy: 'os_hash',
      bytesDownloaded: 8 * MiB,
      bytesWritten: 5 * MiB,
    });
    expect(house.asked).toBe(1);
  });

  test.each(['just behind', 'ahead'])(
    'qcow2 of which one cluster, %s of its tables, is the whole disk',
    async (place) => {
      const file = qcow2Corpus().find(({ name }) => name.startsWith('tables that map one') && name.includes(place));
      house.bytes = file?.bytes ?? house.bytes;
      await house.write({ diskFormat: 'qcow2' });
      await house.expectBytes(Buffer.alloc(2 * MiB, 0x41));
    },
  );

  test.each([
    ['plain', []],
    ['compressed', ['-c']],
    ['compressed with zstd', ['-c', '-o', 'compression_type=zstd']],
    ['compressed with zstd in large clusters', ['-c', '-o', 'compression_type=zstd,cluster_size=2M']],
    ['of version 2', ['-o', 'compat=0.10']],
    ['with clusters of 512 bytes', ['-o', 'cluster_size=512']],
    ['with clusters of 2 MiB', ['-o', 'cluster_size=2M']],
  ])('qcow2 %s, in one pass', async (_, options) => {
    const raw = await house.rawDisk();
    house.bytes = await house.qcow2Of(raw, ...options);
    const written = await house.write({ diskFormat: 'qcow2' });
    await house.expectBytes(await readFile(raw));
    expect(written.virtualSizeBytes).toBe(8 * MiB);
    expect(house.asked).toBe(1);
  });

  test('an image with a checksum only is compared with that, one with no hash with nothing', async () => {
    house.bytes = randomBytes(MiB);
    const checksum = createHash('md5').update(house.bytes).digest('hex');
    const plain = { osHashAlgo: null, osHashValue: null };
    expect((await house.write({ ...plain, checksum })).verifiedBy).toBe('checksum');
    const unverified = await house.write(plain);
    expect(unverified).toMatchObject({ verifiedBy: 'none', digest: `sha512:${sha512(house.bytes)}` });
  });
});

describe('qcow2 whose tables come after its data', () => {
  let path: string;
  beforeEach(async () => {
    await house.qcow2Of(await house.rawDisk());
    path = house.at('disk.qcow2');
    await qemuImg('snapshot', '-c', 'one', path);
    await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 1M', path]);
    house.bytes = await readFile(path);
  });

  test('is stored first, and nothing of it stays', async () => {
    const written = await house.write({ diskFormat: 'qcow2' });
    await qemuImg('convert', '-f', 'qcow2', '-O', 'raw', path, `${path}.raw`);
    await house.expectBytes(await readFile(`${path}.raw`));
    expect(written).toMatchObject({ verifiedBy: 'os_hash', digest: `sha512:${sha512(house.bytes)}` });
    expect(house.asked).toBe(2);
    expect(await readdir(house.at('scratch'))).toEqual([]);
  });

  test('tells how far it is also when all of it has come: what is fetched again, and what is decoded', async () => {
    const steps: FillStep[] = [];
    const written = await house.write({ diskFormat: 'qcow2' }, { onStep: (step) => void steps.push(step) });
    const downloads = steps.filter(({ phase }) => phase === 'download');
    const later = steps.slice(downloads.length);
    expect(written.bytesDownloaded).toBeGreaterThan(house.bytes.length);
    expect(downloads.at(-1)).toMatchObject({
      bytesDone: written.bytesDownloaded,
      bytesTotal: written.bytesDownloaded,
    });
    expect(later.every(({ phase }) => phase === 'convert')).toBe(true);
    const decodedBytes = later.map(({ bytesDone }) => bytesDone);
    expect(decodedBytes).toEqual([...decodedBytes].sort((one, other) => one - other));
    expect(decodedBytes.length).toBeGreaterThan(2);
    expect(later.at(-1)).toEqual({ phase: 'convert', bytesDone: 8 * MiB, bytesTotal: 8 * MiB });
  });

  test('is given up when its second download brings other bytes than the first, hash or no hash', async () => {
    const other = Buffer.from(house.bytes);
    other.writeUInt8(other.readUInt8(70_000) ^ 1, 70_000);
    house.answer = (_, response) => {
      house.answer = (__, second) => void second.end(other);
      response.end(house.bytes);
    };
    const image = { diskFormat: 'qcow2', osHashAlgo: null, osHashValue: null };
    await house.expectFailure(
      house.write(image),
      'image.download_failed',
      /changed while they were fetched a second time/,
    );
  });
});
