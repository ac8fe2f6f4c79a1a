import { imageCacheDecider } from '@hearth/domain';
import { InMemoryEventStore, InMemorySnapshotStore, runCommand } from '@hearth/event-sourcing';
import { createLog } from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { openViews } from './views';

const pool = 'store-01@fast#here';
const at = '2026-01-02T03:04:05.678Z';

test('when a policy last asked for an image is known after a restart, too, though nobody waits for that prefetch any more', async () => {
  const store = new InMemoryEventStore();
  const log = createLog({ name: 'test', level: 'fatal', format: 'json' });
  const options = { store, snapshots: new InMemorySnapshotStore(), nowMs: () => Date.parse(at), log };
  const environment = { store, now: () => at, newId: randomUUID };
  const [policyId, prefetchId, imageId] = [randomUUID(), randomUUID(), randomUUID()];
  const stream = { category: 'image-cache', id: pool } as const;
  const about = { prefetchId, imageId, by: { policyId }, at, deadline: null, pin: false };
  await runCommand(environment, imageCacheDecider, stream, { do: 'RequestPrefetch', ...about });
  const failure = { code: 'image.not_found', reason: 'There is no such image.' } as const;
  const end = { prefetchId, outcome: 'error', generation: null, failure, at } as const;
  await runCommand(environment, imageCacheDecider, stream, { do: 'EndPrefetch', ...end });
  for (const life of ['first', 'second', 'third']) {
    const views = await openViews(options);
    expect([life, views.recentPrefetches.atMs(policyId, pool, imageId)]).toEqual([life, Date.parse(at)]);
    await views.close();
  }
});
