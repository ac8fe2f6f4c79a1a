import { type ImageCache, type ImageCacheCommand, imageCacheDecider, planPrune } from '@hearth/domain';
import { beginFill, cachePool, complete, pin } from '@hearth/domain/testing';
import { InMemoryEventStore, InMemorySnapshotStore, runCommand } from '@hearth/event-sourcing';
import type { CachePoolView } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { removeFrom } from './removal';

const stream = { category: 'image-cache', id: cachePool } as const;
const now = '2026-01-02T03:04:05.000Z';

/** A pool with two entries, and services that reach it. */
async function given() {
  const store = new InMemoryEventStore();
  const services = {
    ...{ store, snapshots: new InMemorySnapshotStore(), newId: randomUUID, clock: { now: () => Date.parse(now) } },
    projected: async () => undefined,
  } as unknown as VolumeServices;
  const environment = { store, newId: randomUUID, now: () => now };
  const happen = async (...commands: ImageCacheCommand[]) => {
    for (const command of commands) await runCommand(environment, imageCacheDecider, stream, command);
  };
  await happen(beginFill(1, 1), complete(1), beginFill(2, 2), complete(2));
  const pools = [{ pool: cachePool } as unknown as CachePoolView];
  /** `meanwhile`: what others do between the plan and its execution. */
  const clear = async (meanwhile: ImageCacheCommand[] = [], pinned = false) => {
    const plan = async (cache: ImageCache) => {
      const planned = [...planPrune(cache, { kind: 'all', pinned }, now)];
      await happen(...meanwhile);
      return planned;
    };
    const call = { caller: { userId: 'root', projectId: 'operators' }, requestId: 'req-1' } as unknown as CallContext;
    const [removal] = await removeFrom(services, pools, plan, { max: 100, dryRun: false }, call);
    return { gone: removal!.entries.map(({ generation }) => generation), skipped: removal!.skipped };
  };
  return { clear, happen };
}

test('what was planned goes', async () => {
  const { clear } = await given();
  expect(await clear()).toEqual({ gone: [1, 2], skipped: 0 });
});

test('P12: what another administrator pins meanwhile stays', async () => {
  const { clear } = await given();
  expect(await clear([pin(1)])).toEqual({ gone: [2], skipped: 1 });
});

test('what another administrator removed meanwhile is not counted twice', async () => {
  const { clear } = await given();
  const { generation } = complete(1).created;
  expect(await clear([{ do: 'RetireEntry', generation, reason: 'manual' }])).toEqual({ gone: [2], skipped: 1 });
});

test('what was pinned before goes where that was asked for', async () => {
  const { clear, happen } = await given();
  await happen(pin(1));
  expect(await clear([], true)).toEqual({ gone: [1, 2], skipped: 0 });
});
