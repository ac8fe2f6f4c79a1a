import type { DecodedRegion } from '../decoder';
import { ImageReader, type ReadStep } from '../image.reader';
import { chop, decodeChunks, decodeStored, stepsOf, toDisk } from '../testing/decoding';
import { buildHeader, buildImage } from '../testing/qcow2.builder';
import { qcow2Corpus, type CorpusFile } from '../testing/qcow2-corpus';
import { decodeQcow2File } from './file.decoder';
import { Qcow2StreamDecoder } from './stream.decoder';
import { prepareUnpacking } from './unpack';

beforeAll(prepareUnpacking);

const corpus = qcow2Corpus();
const named = (...outcomes: CorpusFile['expected'][]) =>
  corpus.filter(({ expected }) => outcomes.includes(expected)).map((file) => [file.name, file] as const);

const decode = (bytes: Buffer, sizes: readonly number[], fileSizeBytes?: number) =>
  decodeChunks(new Qcow2StreamDecoder({ fileSizeBytes }), chop(bytes, sizes));

/** Single bytes, where the file is small enough for that to be quick. */
const smallChunks = (bytes: Buffer) => (bytes.length < 64 * 1024 ? [1] : [1, 4095, 7, 20_001]);

/** Beyond it a disk is not compared byte by byte. */
const comparedBytesMax = 64 * 2 ** 20;

test('no two files of the corpus have the same name', () => {
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

describe.each(named('decodes'))('%s', (_, { bytes, virtualSizeBytes = 0 }) => {
  test('comes out the same in one pass and stored', async () => {
    const streamed = decode(bytes, [bytes.length]);
    expect(streamed.last).toMatchObject({ status: 'finished', virtualSizeBytes });
    const { result, regions } = await decodeStored(bytes);
    expect(result).toEqual({ status: 'finished', virtualSizeBytes });
    if (virtualSizeBytes > comparedBytesMax) expect([regions, streamed.regions]).toEqual([[], []]);
    else expect(toDisk(streamed.regions, virtualSizeBytes).equals(toDisk(regions, virtualSizeBytes))).toBe(true);
  });

  test('comes out the same whatever its chunks, and whether its size is known or not', () => {
    const whole = decode(bytes, [bytes.length]);
    // Each chunk of a cluster that is mapped by many comes out many times.
    const sizes = whole.regions.length < 100 ? smallChunks(bytes) : [1, 1000, 7];
    for (const known of [undefined, bytes.length]) {
      const chopped = decode(bytes, sizes, known);
      expect(chopped.last).toEqual(whole.last);
      if (virtualSizeBytes > comparedBytesMax) continue;
      expect(toDisk(chopped.regions, virtualSizeBytes).equals(toDisk(whole.regions, virtualSizeBytes))).toBe(true);
    }
  });
});

test.each(named('decodes-stored'))('%s: asks to be stored, and comes out then', async (_, { bytes, ...file }) => {
  for (const sizes of [[bytes.length], smallChunks(bytes)]) expect(decode(bytes, sizes).status).toBe('needs-spool');
  const { result } = await decodeStored(bytes);
  expect(result).toEqual({ status: 'finished', virtualSizeBytes: file.virtualSizeBytes });
});

test.each(named('undecodable'))('%s: ends with a problem, never with a disk', async (_, { bytes }) => {
  const { result } = await decodeStored(bytes);
  expect(result).toEqual({ status: 'failed', problem: { code: expect.any(String), detail: expect.any(String) } });
  const whole = decode(bytes, [bytes.length]);
  expect(['failed', 'needs-spool']).toContain(whole.status);
  for (const sizes of [smallChunks(bytes), [4096, 3]]) expect(decode(bytes, sizes).last).toEqual(whole.last);
  expect(decode(bytes, [bytes.length], bytes.length).status).not.toBe('finished');
});

test.each(named('refused'))('%s: the header is not accepted', async (_, { bytes }) => {
  const refused = { status: 'failed', problem: { code: 'header' } };
  expect((await decodeStored(bytes)).result).toMatchObject(refused);
  for (const sizes of [[bytes.length], smallChunks(bytes)]) expect(decode(bytes, sizes).last).toMatchObject(refused);
});

describe('what a small file can cost', () => {
  const bytesOf = (region: DecodedRegion) => ('packed' in region ? region.packed.length : region.bytes.length);

  /** A file of 64 KiB clusters whose L1 table names the same L2 table in all of its 4,194,304 entries. */
  function manyTables(): Buffer {
    const l1Entries = 1 << 22;
    return Buffer.concat([
      buildHeader({ clusterBits: 16, virtualSize: 1n << 51n, l1Entries }),
      Buffer.alloc(2 * 65_536),
      Buffer.alloc(8 * l1Entries, Buffer.from('0000000000010000', 'hex')),
    ]);
  }

  test('an L1 table of 4 million entries for one L2 table is given up before any table is read', async () => {
    const file = manyTables();
    const refused = {
      status: 'failed',
      problem: { code: 'corrupt-table', detail: expect.stringMatching(/byte 65536 more than once/) },
    };
    expect(new Qcow2StreamDecoder().push(file)).toEqual(refused);
    let reads = 0;
    const read = async (offset: number, length: number) => {
      reads += 1;
      return file.subarray(offset, offset + length);
    };
    expect(await decodeQcow2File({ sizeBytes: file.length, read }, () => undefined)).toEqual(refused);
    expect(reads).toBeLessThan(4);
  });

  test('a compressed cluster for every entry of large tables is handed out as views', () => {
    const file = corpus.find(({ name }) => name === 'one compressed cluster for all of a table')?.bytes;
    if (!file) throw new Error('the corpus has lost a file');
    const step = new Qcow2StreamDecoder().push(file);
    if (step.status !== 'decoding') throw new Error(step.status);
    expect(step.regions).toHaveLength(512);
    expect(step.regions.every((region) => 'packed' in region && region.packed.buffer === file.buffer)).toBe(true);
    expect(step.regions.reduce((sum, region) => sum + bytesOf(region), 0)).toBeLessThanOrEqual(512 * 512);
  });

  const clusterSizeBytes = 2 ** 21;
  const tableAt = 4 * clusterSizeBytes;

  /** A file of 2 MiB clusters with one L2 table, of which every entry is the same. */
  function oneEntry(holds: 'data' | 'packed', entry?: bigint): Buffer {
    const bytes = Buffer.alloc(clusterSizeBytes, 1);
    const cluster = holds === 'data' ? { at: 0, holds, bytes } : { at: 0, holds, stream: bytes };
    const file = buildImage({ clusterBits: 21, virtualSize: 1n << 39n, clusters: [cluster] });
    if (entry !== undefined) file.writeBigUInt64BE(entry, tableAt);
    file.fill(file.subarray(tableAt, tableAt + 8), tableAt, tableAt + clusterSizeBytes);
    return file;
  }

  test('a table of 262,144 entries that came in one chunk comes out through the reader, some at a time', () => {
    let regions = 0;
    let end = 0;
    let last: string | undefined;
    for (const step of stepsOf<ReadStep>(new ImageReader({ declared: 'qcow2' }), [oneEntry('data')])) {
      last = step.status;
      if (!('regions' in step)) continue;
      expect(step.regions.length).toBeLessThanOrEqual(1024);
      regions += step.regions.length;
      for (const region of step.regions) end = Math.max(end, region.offset + bytesOf(region));
    }
    expect({ last, regions, end }).toEqual({ last: 'finished', regions: 262_144, end: 2 ** 39 });
  });

  test('a table of one compressed cluster that came in two chunks is not copied for all entries at once', () => {
    // Half of it came with the table, behind which it lies: 1 MiB at 3 MiB behind the table's end.
    const file = oneEntry('packed', (1n << 62n) | (2047n << 49n) | BigInt(5 * clusterSizeBytes));
    const cut = 5.25 * clusterSizeBytes;
    const steps = stepsOf(new Qcow2StreamDecoder(), [file.subarray(0, cut), file.subarray(cut)]);
    let handedOut = 0;
    for (const step of steps) {
      if (!('regions' in step)) throw new Error(step.status);
      expect(step.regions.reduce((sum, region) => sum + bytesOf(region), 0)).toBeLessThan(6 * 2 ** 20);
      handedOut += step.regions.length;
      if (handedOut > 100) return;
    }
    throw new Error('the table is not handed out');
  });

  test('what was pushed is not lost when more of it is not asked for', () => {
    const decoder = new Qcow2StreamDecoder();
    expect(decoder.push(oneEntry('data'))).toMatchObject({ status: 'decoding', more: true });
    expect(() => decoder.push(Buffer.alloc(1))).toThrow(/next\(\) first/);
    expect(() => decoder.end()).toThrow(/next\(\) first/);
    expect(decoder.next()).toMatchObject({ status: 'decoding', more: true });
  });
});
