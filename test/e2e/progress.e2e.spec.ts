import { randomBytes } from 'node:crypto';
import { eventually } from '@hearth/testing';
import { ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(300_000);

const mib = 1024 * 1024;

let images: ImageServer;
let stack: TestStack;
/** Types of the outward events about fills, in the order in which a live subscriber saw them. */
const seen: string[] = [];

beforeAll(async () => {
  images = await ImageServer.start();
  stack = await startTestStack({ imageServiceUrl: images.url, env: { HEARTH_GLANCE_STALL_TIMEOUT_MS: '60000' } });
  for (const subject of ['hearth.events.>', 'hearth.live.>']) {
    const subscription = stack.watch.connection.subscribe(subject);
    void (async () => {
      for await (const message of subscription) {
        const type = message.subject.split('.').slice(2).join('.');
        if (type.startsWith('image_volume_cache.fill') || type.startsWith('volume.download')) seen.push(type);
      }
    })();
  }
});
afterAll(async () => {
  await stack?.stop();
  await images?.stop();
});

interface Progress {
  readonly percent: number;
  readonly bytes_done: number;
  readonly bytes_total: number;
  readonly phase: string;
}
async function progressOf(id: string): Promise<Progress | null | undefined> {
  const volume = (await stack.api.show(id)) as unknown as Record<string, Progress | null | undefined>;
  return volume['hearth:progress'];
}

test('a running fill tells its percent in every volume that waits for it, and as live events; nothing of it is left', async () => {
  const bytes = randomBytes(8 * mib);
  const imageRef = images.add({ bytes, flaw: { kind: 'waits', afterBytes: 4 * mib } });
  const { id: filling } = await stack.api.create({ size: 1, imageRef });
  const { id: joining } = await stack.api.create({ size: 1, imageRef });
  for (const id of [filling, joining]) {
    const half = () => progressOf(id).then((found) => (found?.percent === 50 ? found : undefined));
    const progress = await eventually(half, { what: `volume ${id} at half its way`, timeoutMs: 30_000 });
    expect(progress).toEqual({ percent: 50, bytes_done: 4 * mib, bytes_total: 8 * mib, phase: 'download' });
  }
  await eventually(() => seen.includes('image_volume_cache.fill.progress'), { what: 'a live event' });
  images.release(imageRef);
  for (const id of [filling, joining]) {
    await stack.watch.untilEnd(id, 60_000);
    expect(await progressOf(id)).toBeFalsy();
  }
  await eventually(() => seen.includes('image_volume_cache.fill.end'), { what: 'the event of the end' });
  expect([...new Set(seen)]).toEqual([
    'image_volume_cache.fill.start',
    'image_volume_cache.fill.progress',
    'image_volume_cache.fill.end',
  ]);
});
