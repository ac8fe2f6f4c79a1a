import { deflateRawSync } from 'node:zlib';
import { chop, decodeChunks, decodeStored, toDisk } from '../testing/decoding';
import { buildHeader, buildImage, type ClusterSpec, type ImageSpec } from '../testing/qcow2.builder';
import { decodeQcow2File } from './file.decoder';
import { Qcow2StreamDecoder } from './stream.decoder';
import { prepareUnpacking } from './unpack';

const cluster = 4096;
const filled = (value: number) => Buffer.alloc(cluster, value);
const data = (at: number, value: number): ClusterSpec => ({ at, holds: 'data', bytes: filled(value) });

function image(clusters: readonly ClusterSpec[], spec: Partial<ImageSpec> = {}): Buffer {
  return buildImage({ clusterBits: 12, virtualSize: 8n << 20n, clusters, ...spec });
}

const decode = (file: Buffer, fileSizeBytes?: number) =>
  decodeChunks(new Qcow2StreamDecoder({ fileSizeBytes }), [file]);

/** Where the entry of the guest's cluster of that number lies, in a file whose first L2 table is at cluster 4. */
const entryAt = (index: number) => 4 * cluster + 8 * index;

/** What a header says of clusters compressed with zstd. */
const zstd = { incompatibleFeatures: 8n, compressionType: 1 };

beforeAll(prepareUnpacking);

/** Both decoders fail on the file, for the same reason. */
async function expectFailure(file: Buffer, code: string, detail: RegExp): Promise<void> {
  const problem = { code, detail: expect.stringMatching(detail) };
  expect(decode(file).last).toEqual({ status: 'failed', problem });
  expect((await decodeStored(file)).result).toEqual({ status: 'failed', problem });
}

test('clusters that lie side by side come out as one region, a view on the chunk', () => {
  const file = image([data(3, 1), data(4, 2), data(5, 3), data(9, 4)]);
  const { regions } = decode(file);
  expect(regions.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
    [3 * cluster, 3 * cluster],
    [9 * cluster, cluster],
  ]);
  expect(regions.every(({ bytes }) => bytes.buffer === file.buffer)).toBe(true);
});

test('clusters of zeros are never emitted, allocated or not', () => {
  const file = image([{ at: 0, holds: 'zeros' }, { at: 1, holds: 'allocated-zeros' }, data(2, 7)]);
  expect(decode(file).regions.map(({ offset }) => offset)).toEqual([2 * cluster]);
});

test('the last cluster is cut at the end of the disk, compressed or not', async () => {
  const virtualSize = BigInt(2 * cluster + 512);
  for (const last of [data(2, 9), { at: 2, holds: 'deflated', bytes: filled(9) } as const]) {
    const { result, regions } = await decodeStored(image([last], { virtualSize }));
    expect(result).toEqual({ status: 'finished', virtualSizeBytes: Number(virtualSize) });
    expect(regions).toEqual([{ offset: 2 * cluster, bytes: Buffer.alloc(512, 9) }]);
    expect(decode(image([last], { virtualSize })).regions).toEqual(regions);
  }
});

test('a disk of no bytes has no tables and no data', async () => {
  const file = buildHeader({ virtualSize: 0n, l1Entries: 0 });
  expect(decode(file).last).toEqual({ status: 'finished', regions: [], virtualSizeBytes: 0 });
  expect((await decodeStored(file)).result).toEqual({ status: 'finished', virtualSizeBytes: 0 });
});

test('a cluster of the file that is mapped twice is read twice', async () => {
  const file = image([data(0, 5), { at: 1, holds: 'zeros' }]);
  file.copy(file, entryAt(1), entryAt(0), entryAt(0) + 8);
  expect(decode(file).regions.map(({ offset }) => offset)).toEqual([0, cluster]);
  expect(toDisk((await decodeStored(file)).regions, 8 << 20).subarray(0, 2 * cluster)).toEqual(
    Buffer.alloc(2 * cluster, 5),
  );
});

describe('a file whose tables come after its data', () => {
  const clusters = Array.from({ length: 500 }, (_, index) => data(index, 1 + (index % 250)));
  const file = image(clusters, { tables: 'after-data' });

  test('asks to be spooled, and keeps asking', () => {
    const decoder = new Qcow2StreamDecoder();
    const step = decoder.push(file);
    expect(step).toEqual({
      status: 'needs-spool',
      reason: expect.stringContaining('comes before the table that maps it'),
    });
    expect(decoder.push(file)).toBe(step);
    expect(decoder.end()).toBe(step);
  });

  test('is decoded by random access', async () => {
    const { result, regions } = await decodeStored(file);
    expect(result.status).toBe('finished');
    const expected = Buffer.concat(clusters.map(({ at }) => filled(1 + (at % 250))));
    expect(
      toDisk(regions, 8 << 20)
        .subarray(0, expected.length)
        .equals(expected),
    ).toBe(true);
  });

  test('is decoded in one pass when the data is still at hand', () => {
    const small = image([data(0, 1), data(1, 2)], { tables: 'after-data' });
    expect(toDisk(decode(small).regions, 8 << 20).subarray(0, 2 * cluster)).toEqual(
      Buffer.concat([filled(1), filled(2)]),
    );
  });
});

test('an L1 table far behind the header asks for a spool as soon as the header is read', () => {
  const header = buildHeader({ l1Offset: 65n << 20n });
  expect(new Qcow2StreamDecoder().push(header)).toMatchObject({ status: 'needs-spool' });
});

describe('a damaged file fails, naming the place', () => {
  test('when it ends inside the header', () => expectFailure(image([]).subarray(0, 100), 'truncated', /header/));
  test('when it ends inside the L1 table', () =>
    expectFailure(image([]).subarray(0, 3 * cluster + 8), 'truncated', /L1 table .* ends at byte 12296/));
  test('when it ends inside an L2 table', () =>
    expectFailure(image([data(0, 1)]).subarray(0, 5 * cluster - 1), 'truncated', /L2 table at byte 16384/));
  test('when a whole cluster is missing', () =>
    expectFailure(image([data(0, 1)]).subarray(0, 5 * cluster), 'truncated', /data at byte 20480/));
  test('when a compressed cluster is missing', () => {
    const file = image([{ at: 0, holds: 'deflated', bytes: filled(1) }]).subarray(0, 5 * cluster);
    return expectFailure(file, 'truncated', /compressed cluster at byte 20480/);
  });
  test('when a compressed cluster is cut', () => {
    const file = image([{ at: 0, holds: 'deflated', bytes: filled(1) }]).subarray(0, 5 * cluster + 5);
    return expectFailure(file, 'corrupt-data', /byte 20480 \(5 bytes, .*does not unpack/);
  });
  test('when an L1 entry is not on a cluster', () => {
    const file = image([data(0, 1)]);
    file[3 * cluster + 6] = 0x42;
    return expectFailure(file, 'corrupt-table', /L1 table points to byte 16896/);
  });
  test('when an L2 entry is not on a cluster', () => {
    const file = image([data(0, 1)]);
    file[entryAt(0) + 6] = 0x52;
    return expectFailure(file, 'corrupt-table', /L2 table points to byte 20992/);
  });
  test('when a table lies past the end', () => {
    const file = image([data(0, 1)]);
    file[3 * cluster + 3] = 0x7f;
    return expectFailure(file, 'truncated', /L2 table at byte 545460862976/);
  });
  test('when version 2 marks a cluster of zeros', () =>
    expectFailure(image([{ at: 0, holds: 'zeros' }], { version: 2 }), 'corrupt-table', /version 2/));
  test('when its header would not have been accepted', () =>
    expectFailure(image([], { backingFileOffset: 512n }), 'header', /backing file/));
  test('when a cluster of zstd is cut', () => {
    const file = image([{ at: 0, holds: 'deflated', bytes: filled(1) }], zstd).subarray(0, 5 * cluster + 5);
    return expectFailure(file, 'corrupt-data', /byte 20480 .*zstd\) does not unpack/);
  });
});

describe('a compressed cluster', () => {
  const withStream = (stream: Buffer) => {
    const file = Buffer.concat([image([{ at: 0, holds: 'deflated', bytes: filled(1) }]), Buffer.alloc(cluster)]);
    file.fill(0, 5 * cluster);
    stream.copy(file, 5 * cluster);
    return file;
  };
  test('that unpacks to more than a cluster is refused', () =>
    expectFailure(withStream(deflateRawSync(Buffer.alloc(100_000))), 'corrupt-data', /does not unpack to 4096 bytes/));
  test('that unpacks to less is refused', () =>
    expectFailure(withStream(deflateRawSync(Buffer.alloc(4095))), 'corrupt-data', /does not unpack/));
  test('that is no deflate stream is refused', () =>
    expectFailure(withStream(Buffer.alloc(16, 0xff)), 'corrupt-data', /does not unpack/));
});

test('a file known to be longer than what came is truncated', () => {
  const file = image([data(0, 1)]);
  expect(decode(file, file.length + 1).last).toMatchObject({ status: 'failed', problem: { code: 'truncated' } });
});

test('with the size of the file known, what lies outside is found before the end', () => {
  const file = image([data(0, 1)]);
  file[entryAt(0) + 2] = 0x7f;
  expect(new Qcow2StreamDecoder({ fileSizeBytes: file.length }).push(file).status).toBe('failed');
});

test('with the size of the file known, an L1 table outside is found as soon as the header is read', () => {
  const header = buildHeader({ clusterBits: 12, l1Offset: 1n << 20n });
  expect(new Qcow2StreamDecoder({ fileSizeBytes: 40_960 }).push(header)).toMatchObject({
    status: 'failed',
    problem: { code: 'truncated' },
  });
});

test('what the source of bytes throws passes through', async () => {
  const read = () => Promise.reject(new Error('the disk is gone'));
  await expect(decodeQcow2File({ sizeBytes: 4096, read }, () => undefined)).rejects.toThrow('the disk is gone');
});

test('a compressed cluster packed into one begun long before, behind its table, is decoded in one pass', () => {
  // A first L2 table and a compressed cluster, much plain data, then a second table that maps into the first's rest.
  const plain = Array.from({ length: 400 }, (_, index) => data(1 + index, 1 + (index % 200)));
  const file = image([{ at: 0, holds: 'deflated', bytes: filled(201) }, ...plain, data(512, 202)], {
    virtualSize: 8n << 20n,
  });
  const packedAt = 5 * cluster + 2048;
  deflateRawSync(filled(203)).copy(file, packedAt);
  const secondTable = Number(file.readBigUInt64BE(3 * cluster + 8) & 0x00ffffffffffffffn);
  file.writeBigUInt64BE((1n << 62n) | BigInt(packedAt), secondTable + 8);
  for (const chunkBytes of [file.length, 1000, 70_000]) {
    const { regions, last } = decodeChunks(new Qcow2StreamDecoder(), chop(file, [chunkBytes]));
    expect(last.status).toBe('finished');
    expect(toDisk(regions, 8 << 20).subarray(513 * cluster, 514 * cluster)).toEqual(filled(203));
  }
});
