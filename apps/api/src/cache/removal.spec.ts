import { type ImageCache, type ImageCacheCommand, imageCacheDecider, planPrune } from '@hearth/domain';
import { beginFill, cachePool, claim, complete, imageOf, pin, settle, suspend } from '@hearth/domain/testing';
import { InMemoryEventStore, InMemorySnapshotStore, runCommand } from '@hearth/event-sourcing';
import type { CachePoolView } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { removeFrom, type RemovalPlan } from './removal';
import { cleaning, pruning } from './removal-plans';

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
  const remove = async (what: RemovalPlan, meanwhile: ImageCacheCommand[]) => {
    const plan: RemovalPlan = async (cache, pool) => {
      const planned = [...(await what(cache, pool))];
      await happen(...meanwhile);
      return planned;
    };
    const call = { caller: { userId: 'root', projectId: 'operators' }, requestId: 'req-1' } as unknown as CallContext;
    const [removal] = await removeFrom(services, pools, plan, { max: 100, dryRun: false }, call);
    return { gone: removal!.entries.map(({ generation }) => generation), skipped: removal!.skipped };
  };
  const clear = (meanwhile: ImageCacheCommand[] = [], pinned = false) =>
    remove((cache: ImageCache) => planPrune(cache, { kind: 'all', pinned }, now), meanwhile);
  const clean = (meanwhile: ImageCacheCommand[] = []) => remove(cleaning, meanwhile);
  const prune = (count: number, meanwhile: ImageCacheCommand[] = []) => {
    const none = { sizeGib: undefined, olderThanSeconds: undefined, unusedForSeconds: undefined };
    return remove(pruning(services, { targets: { ...none, count } }, now), meanwhile);
  };
  return { clear, clean, prune, happen };
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

describe('what serves nobody, for its image is gone', () => {
  const gone = [suspend(1, 'deleted'), suspend(2, 'deleted')];

  test('is cleaned away', async () => {
    const { clean, happen } = await given();
    await happen(...gone);
    expect(await clean()).toEqual({ gone: [1, 2], skipped: 0 });
  });

  test('stays when its image came back meanwhile', async () => {
    const { clean, happen } = await given();
    await happen(...gone);
    const back: ImageCacheCommand = { do: 'ResumeImage', imageId: imageOf(1).id, at: now };
    expect(await clean([back])).toEqual({ gone: [2], skipped: 1 });
  });

  test('stays when that is only deactivated by now', async () => {
    const { clean, happen } = await given();
    await happen(...gone);
    expect(await clean([suspend(1, 'deactivated')])).toEqual({ gone: [2], skipped: 1 });
  });
});

describe('what a prune gives up as used least recently', () => {
  test('goes', async () => expect(await (await given()).prune(1)).toEqual({ gone: [1], skipped: 0 }));

  test('stays when it was used meanwhile', async () => {
    const { prune } = await given();
    expect(await prune(1, [claim(9, 1), settle(9)])).toEqual({ gone: [], skipped: 1 });
  });
});
