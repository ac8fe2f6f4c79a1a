import type { ImageIdentity } from '@hearth/contracts';
import { exampleImage } from '@hearth/domain/testing';
import { createHash } from 'node:crypto';
import { FillWork, type FillTools } from './fill-work';
import { HashLane } from './hash/hash-lane';

/** A file, and one with the same MD5 in which the highest bit of six bytes is another, by X. Wang and H. Yu (2005). */
const first = Buffer.from(
  [
    'd131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89',
    '55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b',
    'd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0',
    'e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70',
  ].join(''),
  'hex',
);
const twins = [first, first.map((byte, at) => ([19, 45, 59, 83, 109, 123].includes(at) ? byte ^ 0x80 : byte))].map(
  (bytes) => Buffer.from(bytes),
);
const md5 = createHash('md5').update(twins[0]!).digest('hex');

const lanes: HashLane[] = [];
afterEach(() => Promise.all(lanes.splice(0).map((lane) => lane.close())));

/** Work at an image that the image service serves these bytes for. */
function workAt(bytes: Buffer, patch: Partial<ImageIdentity>, contentMd5?: string): FillWork {
  const unhashed = { osHashAlgo: null, osHashValue: null, checksum: null };
  const image = { ...exampleImage, ...unhashed, sizeBytes: bytes.length, ...patch };
  const chunks = () =>
    (async function* () {
      yield Buffer.from(bytes);
    })();
  const open = () => Promise.resolve({ lengthBytes: bytes.length, fromByte: 0, contentMd5, chunks: chunks() });
  const order = { image, signal: new AbortController().signal, unitBytes: 512, virtualSizeBytesMax: 512 };
  const lane = new HashLane();
  lanes.push(lane);
  return new FillWork(
    { ...order, open: () => Promise.reject(new Error('nothing is written')) },
    { source: { open } } as unknown as FillTools,
    lane,
    undefined,
  );
}

test.each([
  ['the checksum', { checksum: md5 }, undefined],
  ['the MD5 beside the bytes', {}, md5],
])(
  'other bytes with the same MD5 are the same to %s, and not to what is told of those that passed',
  async (_, patch, contentMd5) => {
    const passed: unknown[] = [];
    for (const bytes of twins) {
      const work = workAt(bytes, patch, contentMd5);
      for await (const chunk of work.bytes()) expect(chunk.length).toBe(128);
      passed.push(await work.passed());
      expect(await work.proven()).toBe(`md5:${md5}`);
    }
    expect(passed).toEqual(
      twins.map((bytes) => ({ algorithm: 'sha256', digest: createHash('sha256').update(bytes).digest('hex') })),
    );
  },
);

test('a hash that is good enough is computed alone', async () => {
  const osHashValue = createHash('sha3-512').update(twins[0]!).digest('hex');
  const work = workAt(twins[0]!, { osHashAlgo: 'sha3_512', osHashValue });
  for await (const chunk of work.bytes()) expect(chunk.length).toBe(128);
  expect(await work.passed()).toEqual({ algorithm: 'sha3-512', digest: osHashValue });
  expect(await work.proven()).toBe(`sha3-512:${osHashValue}`);
});
