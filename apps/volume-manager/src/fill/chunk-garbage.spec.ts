import { ChunkGarbage } from './chunk-garbage';

const [chunkBytes, mib] = [64 * 1024, 2 ** 20];

test('chunks that were let go of do not pile up', () => {
  const garbage = new ChunkGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let peakBytes = 0;
  for (let passed = 0; passed < 256 * mib; passed += chunkBytes) {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    garbage.passed(chunk.length);
    if (passed % mib === 0) peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - before);
  }
  expect(peakBytes).toBeLessThan(16 * mib);
});
