import { randomBytes } from 'node:crypto';
import { notices, speaksOf } from '../../tools/dev-stack/src/demo/seen';
import { ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';
import { eventually } from '@hearth/testing';

jest.setTimeout(240_000);

const outageMs = 30_000;
const bytes = randomBytes(8 * 1024 * 1024);

let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  images = await ImageServer.start();
  stack = await startTestStack({ imageServiceUrl: images.url });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
});

/** Asks for as long as the outage lasts; every answer but the first few is a 503 in Cinder's form. */
async function askDuringOutage(imageRef: string): Promise<void> {
  const end = performance.now() + outageMs;
  let asked = 0;
  while (performance.now() < end) {
    const answer = await stack.api.send('POST', '/volumes', { body: { volume: { size: 1, imageRef } } });
    expect(await answer.json()).toMatchObject({ serviceUnavailable: { code: 503 } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    asked++;
  }
  expect(asked).toBeGreaterThan(3);
}

/** A create that works again, by itself. */
async function worksAgain(imageRef: string): Promise<void> {
  const created = await eventually(async () => stack.api.create({ size: 1, imageRef }), {
    ...{ timeoutMs: 30_000, intervalMs: 200 },
    what: 'a create being accepted again',
  });
  expect(await stack.api.settled(created.id)).toMatchObject({ status: 'available' });
}

test('NATS away for 30 seconds: requests get 503, a fill under way is finished, work resumes', async () => {
  const imageRef = images.add({ bytes, flaw: { kind: 'waits', afterBytes: 1024 * 1024 } });
  const { id } = await stack.api.create({ size: 1, imageRef });
  await eventually(() => images.downloadsOf(imageRef) > 0);
  await stack.nats.kill();
  images.release(imageRef);
  await askDuringOutage(imageRef);
  await stack.nats.restart();
  const { event } = await stack.watch.untilEnd(id, 120_000);
  expect(event.type).toBe('VolumeProvisioned');
  await worksAgain(imageRef);
});

test('PostgreSQL away for 30 seconds: requests get 503, what was accepted goes on, work resumes', async () => {
  const imageRef = images.add({ bytes, flaw: { kind: 'waits', afterBytes: 1024 * 1024 } });
  const { id } = await stack.api.create({ size: 1, imageRef });
  await eventually(() => images.downloadsOf(imageRef) > 0);
  await stack.postgres.kill();
  images.release(imageRef);
  const { event } = await stack.watch.untilEnd(id, 60_000);
  expect(event.type).toBe('VolumeProvisioned');
  await stack.watch.until(
    (seen) => notices(seen, 'volume.create.end').find((one) => speaksOf(one, [id])),
    'the outward event',
  );
  await askDuringOutage(imageRef);
  await stack.postgres.restart();
  await eventually(async () => (await stack.api.show(id)).status === 'available', {
    ...{ timeoutMs: 60_000, intervalMs: 200 },
    what: 'the volume being shown as available',
  });
  await worksAgain(imageRef);
});
