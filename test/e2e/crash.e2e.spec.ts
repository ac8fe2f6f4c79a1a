import { randomBytes } from 'node:crypto';
import { eventually } from '@hearth/testing';
import { cacheEvents } from '../../tools/dev-stack/src/demo/seen';
import { appNames } from '../../tools/dev-stack/src/stack/app-plan';
import { cacheEventsOfLog, objectsOfLog, objectsOnDisk, volumesOfLog } from './disk-and-log';
import { ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(240_000);

const mib = 1024 * 1024;

let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  images = await ImageServer.start();
  // Whole copies take long enough to be interrupted.
  const driverOptions = { cloneMethod: 'copy' };
  stack = await startTestStack({ imageServiceUrl: images.url, driverOptions });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
});

// A test that failed between kill and start must not make the next ones wait for an app that is not there.
beforeEach(async () => {
  for (const app of stack.apps) if (!app.isRunning) await app.start();
});

const ends = (ids: readonly string[]) => Promise.all(ids.map((id) => stack.watch.untilEnd(id, 180_000)));

/** P7 and P14: every create has an end, and the disk holds what the log says and nothing else. */
async function allIsWell(ids: readonly string[]): Promise<void> {
  for (const { event } of await ends(ids)) {
    if ('failure' in event.data) expect(event.data.failure.reason).not.toBe('');
  }
  const volumes = await volumesOfLog(stack);
  expect(
    ids.map((id) => volumes.get(id)?.status).filter((status) => status !== 'provisioned' && status !== 'error'),
  ).toEqual([]);
  await eventually(
    async () => {
      const [disk, log] = await Promise.all([objectsOnDisk(stack.backendDirectory), objectsOfLog(stack)]);
      return disk.join() === log.join();
    },
    { timeoutMs: 60_000, intervalMs: 250, what: 'the disk holding what the log says' },
  );
  for (const id of ids) {
    const shown = await stack.api.settled(id);
    const volume = volumes.get(id);
    expect(shown.status).toBe(volume?.status === 'provisioned' ? volume.label : volume?.status);
  }
}

/** P8: one hit or miss for each create that was served by the cache. */
async function eachIsCountedOnce(ids: readonly string[]): Promise<void> {
  const count = async () => {
    const uses = (await cacheEventsOfLog(stack)).filter(({ type }) => type === 'hit' || type === 'miss');
    return ids.map((id) => uses.filter(({ data }) => 'volumeId' in data && data.volumeId === id).length);
  };
  await eventually(async () => (await count()).every((uses) => uses === 1), {
    ...{ timeoutMs: 60_000, intervalMs: 250 },
    what: 'one hit or miss for each create',
  });
}

describe.each([...appNames])('%s', (name) => {
  test('P7 · I.52: killed during a fill and started again: every volume has its end and nothing is left over', async () => {
    const imageRef = images.add({ bytes: randomBytes(16 * mib), flaw: { kind: 'waits', afterBytes: 4 * mib } });
    const ids = await Promise.all([1, 2].map(async () => (await stack.api.create({ size: 1, imageRef })).id));
    await eventually(() => images.downloadsOf(imageRef) > 0, { timeoutMs: 30_000, what: 'the download' });
    await stack.app(name).kill();
    images.release(imageRef);
    await stack.app(name).start();
    await allIsWell(ids);
    await eachIsCountedOnce(ids);
  });

  test('killed during a clone and started again: every volume has its end and nothing is left over', async () => {
    const imageRef = images.add({ bytes: randomBytes(128 * mib) });
    const first = (await stack.api.create({ size: 1, imageRef })).id;
    await ends([first]);
    const ids = await Promise.all([1, 2, 3].map(async () => (await stack.api.create({ size: 1, imageRef })).id));
    await stack.watch.until(
      (seen) => cacheEvents(seen, 'leased').find(({ data }) => ids.includes(data.volumeId)),
      'a clone that begins',
    );
    await stack.app(name).kill();
    await stack.app(name).start();
    await allIsWell([first, ...ids]);
    await eachIsCountedOnce([first, ...ids]);
  });
});
