import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FillHouse, MiB } from '../testing/fill-house';

let house: FillHouse;
beforeEach(async () => (house = await FillHouse.open()));
afterEach(() => house.close());

/** Collects garbage, so that what is counted afterwards is what is held. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a large sparse image holds no more memory than a small one', async () => {
  const block = Buffer.alloc(MiB);
  const total = 1024;
  house.answer = (_, response) => {
    response.writeHead(200, { 'content-length': total * MiB });
    const send = (left: number): void => {
      if (left === 0) return void response.end();
      response.write(block, () => send(left - 1));
    };
    send(total);
  };
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let [peakBytes, looks] = [0, 0];
  const image = { sizeBytes: total * MiB, osHashAlgo: null, osHashValue: null, checksum: null };
  const written = await house.write(image, {
    onStep: ({ bytesDone }) => {
      if (bytesDone < looks * 64 * MiB) return;
      looks += 1;
      collectGarbage();
      peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - before);
    },
  });
  expect(written).toMatchObject({ bytesDownloaded: total * MiB, bytesWritten: 0 });
  expect(looks).toBe(17);
  expect(peakBytes).toBeLessThan(32 * MiB);
}, 60_000);
