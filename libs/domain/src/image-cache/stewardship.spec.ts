import { type ImageCacheEvent, commitBytesMax, defaultCacheRules } from '@hearth/contracts';
import { isRefusal } from '@hearth/kernel';
import { given } from '@hearth/testing';
import { owedChores } from './chores';
import type { ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import {
  actor,
  beginFill,
  claim,
  complete,
  fail,
  generationOf,
  imageOf,
  minutesLater,
  pin,
  prefetchOf,
  requestPrefetch,
  settle,
  suspend,
  switchOff,
  volumeOf,
} from './image-cache.examples';
import { claimOf, entryOf, type ImageCache } from './image-cache.state';
import { planPrune } from './prune.decide';
import type { PruneRule } from './steward.commands';

/** The facts that a sequence of commands leaves behind; each must be accepted. */
function done(...commands: ImageCacheCommand[]): ImageCacheEvent[] {
  const facts: ImageCacheEvent[] = [];
  let state = imageCacheDecider.initialState;
  for (const command of commands) {
    const decision = imageCacheDecider.decide(command, state);
    if (isRefusal(decision)) throw new Error(`${command.do} refused: ${decision.refused}`);
    facts.push(...decision);
    state = decision.reduce(imageCacheDecider.evolve, state);
  }
  return facts;
}
const after = (...commands: ImageCacheCommand[]) => given(imageCacheDecider, done(...commands));
const cached = (volume: number, image: number): ImageCacheCommand[] => [
  claim(volume, image),
  complete(volume),
  settle(volume),
];
const evicted = (state: { readonly decision: unknown }) =>
  (state.decision as ImageCacheEvent[]).flatMap((event) =>
    event.type === 'evict' ? [[event.data.generation, event.data.reason]] : [],
  );

describe('J.j: an image that cannot be used', () => {
  test('has its entry suspended: it serves nobody, and no other is made', () =>
    after(...cached(1, 1), suspend(1))
      .when(claim(2, 1))
      .thenRefused('image-cache.suspended'));
  test('has it resumed: the same copy serves again', () =>
    after(...cached(1, 1), suspend(1), { do: 'ResumeImage', imageId: imageOf(1).id, at: minutesLater(9) })
      .when(claim(2, 1))
      .thenTypes('leased'));
  test('is suspended once for a cause, and again for a worse one', () => {
    after(...cached(1, 1), suspend(1))
      .when(suspend(1))
      .thenNothing();
    after(...cached(1, 1), suspend(1))
      .when(suspend(1, 'deleted'))
      .thenTypes('suspended');
  });
  test('lets clones that run go on', () => after(claim(1, 1), complete(1), suspend(1)).when(claim(1, 1)).thenNothing());
  test('while it is filled, gives nobody a lease when that ends: filler and joiners hear why', () => {
    const filled = after(claim(1, 1), claim(2, 1), suspend(1)).when(complete(1));
    filled.thenTypes('create', 'released');
    for (const volume of [1, 2]) {
      after(claim(1, 1), claim(2, 1), suspend(1), complete(1))
        .when(claim(volume, 1))
        .thenRefused('image-cache.suspended');
    }
    after(claim(1, 1), suspend(1)).when(claim(3, 1)).thenRefused('image-cache.suspended');
  });
  test('of which there is no entry leaves no fact', () => after().when(suspend(1)).thenNothing());
  test('has no grace while it is only deactivated', () => {
    const late = { now: minutesLater(10_000), graceSeconds: 3_600 };
    const owed = (cause: 'deactivated' | 'deleted') =>
      owedChores(after(...cached(1, 1), suspend(1, cause)).state, () => true, late);
    expect(owed('deactivated')).toEqual([]);
    expect(owed('deleted')).toEqual([{ do: 'expire-grace', count: 1 }]);
  });
});

describe('I.30: the clone limit of an entry', () => {
  const limited = (volume: number) => claim(volume, 1, { cloneLimit: 2 });
  const twoClones = [...cached(1, 1), limited(2), settle(2)];
  test('is not met by the clones that it bears', () =>
    after(...cached(1, 1))
      .when(limited(2))
      .thenTypes('leased'));
  test('I.4 · J.i: opens a successor in place: the create that meets it fills that, and the full entry stays for its dependants', () => {
    const met = after(...twoClones).when(limited(3));
    met.then(
      expect.objectContaining({ data: expect.objectContaining({ generation: 1, reason: 'clone-limit' }) as unknown }),
      expect.objectContaining({ data: expect.objectContaining({ generation: 2, successorOf: 1 }) as unknown }),
    );
    const { state } = after(...twoClones, limited(3), limited(4));
    expect(entryOf(state, generationOf(1))).toMatchObject({ status: 'retired', dependants: 2, reaped: false });
    expect(claimOf(state, volumeOf(4))).toMatchObject({ claim: { generation: 2, stage: 'waiting' } });
  });
  test('counts clones that run', () =>
    after(...cached(1, 1), limited(2))
      .when(limited(3))
      .thenTypes('evict', 'fill-started'));
  test('counts anew from what the backend counted', () =>
    after(...twoClones, {
      do: 'CountDependants',
      counts: [{ generation: generationOf(1), count: 0 }],
      at: minutesLater(1),
    })
      .when(limited(3))
      .thenTypes('leased'));
  test('met by as many joiners as there are opens one successor after another, and all are served', () => {
    const volumes = Array.from({ length: 20 }, (_, at) => at + 1);
    let state = imageCacheDecider.initialState;
    const run = (command: ImageCacheCommand) => {
      const decision = imageCacheDecider.decide(command, state);
      if (isRefusal(decision)) throw new Error(decision.refused);
      state = decision.reduce(imageCacheDecider.evolve, state);
    };
    volumes.forEach((volume) => run(limited(volume)));
    const served = new Set<number>();
    for (let round = 0; served.size < volumes.length; round += 1) {
      if (round > volumes.length) throw new Error('somebody is never served');
      run(complete(state.generations));
      for (const volume of volumes.filter((each) => !served.has(each))) {
        run(limited(volume));
        if (claimOf(state, volumeOf(volume))?.claim.stage !== 'leased') continue;
        run(settle(volume));
        served.add(volume);
      }
    }
    expect([...state.entries.values()].map(({ dependants }) => dependants)).toEqual(Array(10).fill(2));
    expect(state.usage.count).toBe(1);
  });

  const supersede = (volume: number): ImageCacheCommand => ({
    ...claim(volume, 1),
    do: 'SupersedeEntry',
    generation: generationOf(1),
  });
  test('that only the driver knows retires the entry and begins the successor in one decision', () =>
    after(...cached(1, 1), claim(2, 1))
      .when(supersede(2))
      .thenTypes('evict', 'lease-ended', 'fill-started'));
  test('met by two at once: the second joins the fill that the first began', () =>
    after(...cached(1, 1), claim(2, 1), claim(3, 1), supersede(2))
      .when(supersede(3))
      .thenTypes('lease-ended', 'joined'));
  test('with no room for a successor gives the lease back, and the create hears why when it asks', () => {
    const limits = { maxSizeGib: 1, maxCount: 0 };
    const lowered = [...cached(1, 1), claim(2, 1), { ...supersede(2), limits } as ImageCacheCommand];
    expect(
      done(...lowered)
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['evict', 'lease-ended']);
    after(...lowered)
      .when(claim(2, 1, { limits }))
      .thenRefused('image-cache.larger_than_cache');
  });
  test('met by nobody who holds the entry starts nothing', () =>
    after(...cached(1, 1))
      .when(supersede(2))
      .thenTypes('evict'));
});

describe('I.53: admission by the second request', () => {
  const first = (volume: number, minutes = 0) =>
    claim(volume, 1, { admissionWindowSeconds: 3_600, at: minutesLater(minutes) });
  test('notes the first, which is refused when it asks again', () => {
    after().when(first(1)).thenTypes('asked');
    after(first(1)).when(first(1)).thenRefused('image-cache.not_admitted');
  });
  test('makes the entry at the second, within the window', () => {
    after(first(1)).when(first(2, 60)).thenTypes('fill-started');
    after(first(1)).when(first(2, 61)).thenTypes('asked');
  });
  test('counts anew once the entry is gone', () =>
    after(first(1), first(2), complete(1), settle(2), {
      do: 'RetireEntry',
      generation: generationOf(1),
      reason: 'manual',
    })
      .when(first(3))
      .thenTypes('asked'));
  test('does not keep a pinned image waiting', () => after(pin(1)).when(first(1)).thenTypes('fill-started'));
  test('is not asked of who waits for an entry already', () =>
    after(claim(1, 1), claim(2, 1), fail(1, true)).when(first(2)).thenTypes('fill-started'));
});

describe('pins', () => {
  const limits = { maxSizeGib: 0, maxCount: 1 };
  test('P12: a pinned entry makes no room, whoever asks', () => {
    after(...cached(1, 1), pin(1))
      .when(claim(2, 2, { limits }))
      .thenRefused('image-cache.no_room');
    after(...cached(1, 1), pin(1))
      .when({ do: 'TrimToLimits', limits: { ...limits, maxSizeGib: 1 }, evictionsMax: 9 })
      .thenNothing();
  });
  test('are there before the entry', () =>
    after(pin(1), ...cached(1, 1))
      .when(claim(2, 2, { limits }))
      .thenRefused('image-cache.no_room'));
  test('are set once, change their note, and go once', () => {
    after(pin(1)).when(pin(1)).thenNothing();
    after(pin(1))
      .when({ ...pin(1), note: 'golden' })
      .thenTypes('pinned');
    const unpin: ImageCacheCommand = { do: 'UnpinImage', imageId: imageOf(1).id, by: actor, at: minutesLater(1) };
    after(pin(1)).when(unpin).thenTypes('unpinned');
    after().when(unpin).thenNothing();
    after(...cached(1, 1), pin(1), unpin)
      .when(claim(2, 2, { limits }))
      .thenTypes('evict', 'fill-started');
  });
  test('of a policy become a user’s who pins the image too, and those of a user no policy’s', () => {
    const byPolicy = { ...pin(1), by: { policyId: prefetchOf(1) } };
    after(byPolicy).when(byPolicy).thenNothing();
    after(byPolicy).when(pin(1)).thenTypes('pinned');
    after(byPolicy)
      .when(requestPrefetch(1, 1, { pin: true }))
      .thenTypes('prefetch-requested', 'pinned');
    after(pin(1))
      .when({ ...byPolicy, note: 'latest' })
      .thenNothing();
    expect(after(pin(1)).state.pins.get(imageOf(1).id)).toMatchObject({ by: actor });
  });
  test('do not keep an administrator from deleting the entry', () =>
    after(...cached(1, 1), pin(1))
      .when({ do: 'RetireEntry', generation: generationOf(1), reason: 'manual', by: actor, at: minutesLater(1) })
      .then(expect.objectContaining({ data: expect.objectContaining({ reason: 'manual', by: actor }) as unknown })));
});

describe('a cache that is switched off', () => {
  test('serves no new create, makes nothing, and says so', () => {
    after(...cached(1, 1), switchOff('stay'))
      .when(claim(2, 1))
      .thenRefused('image-cache.switched_off');
    after(switchOff('stay')).when(claim(2, 1)).thenRefused('image-cache.switched_off');
    after(switchOff('stay')).when(beginFill(2, 1)).thenRefused('image-cache.switched_off');
    after(switchOff('stay')).when(requestPrefetch(1, 1)).thenRefused('image-cache.switched_off');
  });
  test('serves those who had joined before with what is there', () =>
    after(claim(1, 1), claim(2, 1), switchOff('drain'), complete(1)).when(claim(2, 1)).thenTypes('leased'));
  test('makes nothing for those whose fill has failed', () =>
    after(claim(1, 1), claim(2, 1), switchOff('stay'), fail(1, true))
      .when(claim(2, 1))
      .thenRefused('image-cache.switched_off'));
  test('keeps what is ready, or drains it, pins excepted, as was chosen', () => {
    const two = [...cached(1, 1), ...cached(2, 2), pin(2)];
    const rule: PruneRule = { kind: 'ageing', ...defaultCacheRules };
    const prune: ImageCacheCommand = { do: 'Prune', rule, evictionsMax: 10, at: minutesLater(1) };
    after(...two, switchOff('stay'))
      .when(prune)
      .thenNothing();
    expect(evicted(after(...two, switchOff('drain')).when(prune))).toEqual([[1, 'drained']]);
    expect(owedChores(after(...two, switchOff('drain')).state, () => true)).toEqual([{ do: 'drain', count: 1 }]);
    expect(owedChores(after(...two, switchOff('drain'), prune).state, () => true)).toEqual([
      expect.objectContaining({ do: 'reap' }),
    ]);
  });
  test('is switched on again and serves what stayed', () => {
    const on: ImageCacheCommand = { do: 'SwitchOn', by: actor, at: minutesLater(5) };
    after(...cached(1, 1), switchOff('stay'), on)
      .when(claim(2, 1))
      .thenTypes('leased');
    after().when(on).thenNothing();
    after(switchOff('stay')).when(switchOff('stay')).thenNothing();
    after(switchOff('stay')).when(switchOff('drain')).thenTypes('switched-off');
  });
});

describe('a prefetch', () => {
  const prefetchId = prefetchOf(1);
  const begin = beginFill(9, 1, { prefetchId });
  const cancel: ImageCacheCommand = { do: 'CancelPrefetch', prefetchId, by: actor, at: minutesLater(2) };
  const owed = (state: ImageCache, now = minutesLater(1)) =>
    owedChores(state, () => true, { now, graceSeconds: 0 }).map(({ do: what }) => what);
  test('is recorded once, with its pin; a second one of the image is refused and named', () => {
    after()
      .when(requestPrefetch(1, 1, { pin: true }))
      .thenTypes('prefetch-requested', 'pinned');
    after(requestPrefetch(1, 1)).when(requestPrefetch(1, 1)).thenNothing();
    const { decision } = after(requestPrefetch(1, 1)).when(requestPrefetch(2, 1));
    expect(decision).toMatchObject({ refused: 'image-cache.prefetch_exists', data: { prefetchId } });
  });
  test('of an image that is larger than the cache is refused at once', () =>
    after()
      .when(requestPrefetch(1, 1, { sizeGib: 5, limits: { maxSizeGib: 4, maxCount: 0 } }))
      .thenRefused('image-cache.larger_than_cache'));
  test('is owed its fill, begun once; its end is the end of the fill', () => {
    expect(owed(after(requestPrefetch(1, 1)).state)).toEqual(['run-prefetch']);
    expect(owed(after(requestPrefetch(1, 1), begin).state)).toEqual([]);
    after(requestPrefetch(1, 1), begin).when(complete(1)).thenTypes('create', 'prefetch-ended');
    expect(owed(after(requestPrefetch(1, 1), begin, complete(1)).state)).toEqual([]);
  });
  test('is ended by the fill of a create too', () =>
    after(requestPrefetch(1, 1), claim(1, 1)).when(complete(1)).thenTypes('create', 'leased', 'prefetch-ended'));
  test('finds that there is an entry, and ends as existing', () => {
    after(...cached(1, 1), requestPrefetch(1, 1))
      .when(begin)
      .thenNothing();
    const end = { outcome: 'existing', generation: generationOf(1), failure: null, at: minutesLater(1) } as const;
    after(...cached(1, 1), requestPrefetch(1, 1))
      .when({ do: 'EndPrefetch', prefetchId, ...end })
      .thenTypes('prefetch-ended');
  });
  test('whose fill fails for now is owed another; for good, it has ended with the error', () => {
    expect(owed(after(requestPrefetch(1, 1), begin, fail(1, true)).state)).toContain('run-prefetch');
    after(requestPrefetch(1, 1), begin)
      .when(fail(1, false))
      .then(
        expect.objectContaining({ type: 'fill-failed' }),
        expect.objectContaining({
          data: expect.objectContaining({ outcome: 'error', failure: fail(1, false).failure }) as unknown,
        }),
      );
  });
  test('that is cancelled before its fill has ended with that', () => {
    after(requestPrefetch(1, 1)).when(cancel).thenTypes('prefetch-cancelled', 'prefetch-ended');
    after(requestPrefetch(1, 1), cancel).when(cancel).thenRefused('image-cache.prefetch_not_found');
    after(requestPrefetch(1, 1), cancel).when(begin).thenRefused('image-cache.prefetch_not_found');
  });
  test('that is cancelled while it is filled has its fill given up, if nobody else waits for that', () => {
    const running = [requestPrefetch(1, 1), begin];
    after(...running)
      .when(cancel)
      .thenTypes('prefetch-cancelled');
    expect(owed(after(...running, cancel).state)).toEqual(['stop-prefetch']);
    after(...running, cancel)
      .when(fail(1, false))
      .thenTypes('fill-failed', 'prefetch-ended');
    after(...running, claim(2, 1))
      .when(cancel)
      .thenTypes('prefetch-cancelled', 'prefetch-ended');
    expect(owed(after(...running, claim(2, 1), cancel).state)).toEqual(['check-claim']);
    after(...running, cancel)
      .when(complete(1))
      .thenTypes('create', 'prefetch-ended');
  });
  test('whose deadline has passed is not begun any more', () => {
    const late = after(requestPrefetch(1, 1, { deadline: minutesLater(5) })).state;
    expect(owed(late, minutesLater(4))).toEqual(['run-prefetch']);
    expect(owed(late, minutesLater(5))).toEqual(['expire-prefetch']);
  });
  test('waits for the cache to be switched on', () =>
    expect(owed(after(requestPrefetch(1, 1), switchOff('stay')).state)).toEqual([]));
});

describe('prune', () => {
  const rules: PruneRule = { kind: 'ageing', ...defaultCacheRules };
  const prune = (rule: PruneRule, minutes: number, evictionsMax = 10): ImageCacheCommand => ({
    ...{ do: 'Prune', rule, evictionsMax, at: minutesLater(minutes), by: actor },
  });
  const two = [...cached(1, 1), ...cached(2, 2)];
  test('by age takes what was not used for its time to live', () => {
    const used = [...two, claim(3, 2, { at: minutesLater(50) }), settle(3)];
    expect(evicted(after(...used).when(prune({ ...rules, ttlSeconds: 3_600 }, 70)))).toEqual([[1, 'ttl']]);
  });
  test('by age takes what no volume depends on, where that is to go', () => {
    const counted: ImageCacheCommand = {
      do: 'CountDependants',
      counts: [{ generation: generationOf(1), count: 0 }],
      at: minutesLater(1),
    };
    expect(evicted(after(...two, counted).when(prune({ ...rules, removeUnused: true }, 10_000)))).toEqual([
      [1, 'unused'],
    ]);
  });
  test('by age takes what is past its grace, pinned or not', () =>
    expect(evicted(after(...two, pin(1), suspend(1, 'deleted')).when(prune(rules, 61)))).toEqual([
      [1, 'image-deleted'],
    ]));
  test('takes an older content of an image that was in use when the newer one came', () => {
    const newer = claim(2, 1, { content: 'newer' });
    const both = [claim(1, 1), complete(1), newer, complete(2), settle(2), settle(1)];
    expect(evicted(after(...both).when(prune(rules, 1)))).toEqual([[1, 'stale']]);
    expect(evicted(after(...both).when(prune({ ...rules, keepGenerations: 2 }, 1)))).toEqual([]);
  });
  test('of everything leaves pins, unless it is told to take them, and what is in use', () => {
    const three = [...two, ...cached(3, 3), claim(4, 3), pin(1)];
    expect(evicted(after(...three).when(prune({ kind: 'all', pinned: false }, 1)))).toEqual([[2, 'manual']]);
    expect(evicted(after(...three).when(prune({ kind: 'all', pinned: true }, 1)))).toEqual([
      [1, 'manual'],
      [2, 'manual'],
    ]);
    const image: PruneRule = { kind: 'image', imageId: imageOf(2).id, pinned: false };
    expect(evicted(after(...three).when(prune(image, 1)))).toEqual([[2, 'manual']]);
  });
  test('takes no more than it may, and a dry run tells all of it', () => {
    expect(evicted(after(...two).when(prune({ kind: 'all', pinned: false }, 1, 1)))).toEqual([[1, 'manual']]);
    const planned = [...planPrune(after(...two).state, { kind: 'all', pinned: false }, minutesLater(1))];
    expect(planned.map(({ entry, reason }) => [entry.generation, reason])).toEqual([
      [1, 'manual'],
      [2, 'manual'],
    ]);
  });
  test('of thousands is a commit that can be stored', () => {
    const made = Array.from({ length: 700 }, (_, at) => [beginFill(at + 1, at + 1), complete(at + 1)]).flat();
    const { decision } = after(...made).when(prune({ kind: 'all', pinned: false }, 1, 10_000));
    expect((decision as unknown[]).length).toBe(500);
    expect(JSON.stringify(decision).length).toBeLessThan(commitBytesMax);
  });
});

describe('contents of one image', () => {
  const version = (volume: number, content: string, keepGenerations: number) =>
    claim(volume, 1, { content, limits: { maxSizeGib: 0, maxCount: 0, keepGenerations } });
  const versions = (keep: number) =>
    ['a', 'b', 'c'].flatMap((content, at) => [version(at + 1, content, keep), complete(at + 1), settle(at + 1)]);
  test('stay as many as are to be kept, the newest', () => {
    expect(done(...versions(1)).filter(({ type }) => type === 'evict')).toHaveLength(2);
    const [gone, ...more] = done(...versions(2)).filter(({ type }) => type === 'evict');
    expect(gone).toMatchObject({ data: { generation: 1, reason: 'superseded' } });
    expect(more).toEqual([]);
  });
  test('that are kept serve who asks for them', () =>
    after(...versions(2))
      .when(version(9, 'b', 2))
      .thenTypes('leased'));
});

describe("a project's share", () => {
  const limits = { maxSizeGib: 10, maxCount: 0, projectSharePercent: 40 };
  const by = (project: string, volume: number, sizeGib = 2) =>
    claim(volume, volume, { limits, sizeGib, projectId: project as never });
  const ended = (project: string, volume: number) => [by(project, volume), complete(volume), settle(volume)];
  test('is made by its own entries, the least recently used first, though the cache has room', () =>
    expect(evicted(after(...ended('a', 1), ...ended('b', 2), ...ended('a', 3)).when(by('a', 4)))).toEqual([
      [1, 'lru'],
    ]));
  test('is refused to what does not fit it', () => {
    after()
      .when(by('a', 1, 5))
      .thenRefused('image-cache.project_share');
    after(by('a', 1), by('a', 2)).when(by('a', 3)).thenRefused('image-cache.project_share');
  });
  test('does not concern hits', () =>
    after(...ended('a', 1), ...ended('a', 2))
      .when({ ...by('b', 9), ...{ image: imageOf(1), content: claim(1, 1).content } })
      .thenTypes('leased'));
  test('holds when a fill turns out larger', () =>
    after(...ended('a', 1), by('a', 2))
      .when({ do: 'SizeFill', generation: generationOf(2), sizeGib: 3, limits })
      .thenTypes('evict', 'fill-sized'));
});

describe('the reconcile with the backend', () => {
  const correct = (sizeGib: number, patch = {}): ImageCacheCommand => ({
    ...{ do: 'CorrectSize', generation: generationOf(2), sizeGib, at: minutesLater(1), ...patch },
  });
  const two = [...cached(1, 1), ...cached(2, 2)];
  test('corrects a size and what is counted of it', () => {
    after(...two)
      .when(correct(5))
      .then({ type: 'size-corrected', data: { generation: 2, sizeGib: 5, wasGib: 2, at: minutesLater(1) } });
    expect(after(...two, correct(5)).state.usage).toEqual({ sizeGib: 7, count: 2 });
    after(...two)
      .when(correct(2))
      .thenNothing();
    after(...two)
      .when({ ...correct(5), generation: generationOf(9) } as ImageCacheCommand)
      .thenRefused('image-cache.entry_not_found');
  });
  test('with limits makes them hold in the same decision', () =>
    expect(evicted(after(...two).when(correct(3, { limits: { maxSizeGib: 4, maxCount: 0 } })))).toEqual([
      [1, 'limit'],
    ]));
  test('counts dependants, those that have changed only', () => {
    const count = (...counts: [number, number][]): ImageCacheCommand => ({
      ...{ do: 'CountDependants', at: minutesLater(1) },
      counts: counts.map(([generation, each]) => ({ generation: generationOf(generation), count: each })),
    });
    after(...two)
      .when(count([1, 1], [2, 7], [9, 3]))
      .thenTypes('dependants-counted');
    expect(entryOf(after(...two, count([2, 7])).state, generationOf(2))?.dependants).toBe(7);
    expect(entryOf(after(...two, count([2, 7]), claim(3, 2), settle(3)).state, generationOf(2))?.dependants).toBe(8);
  });
  test('records what was removed and nobody knew', () =>
    after()
      .when({ do: 'RecordOrphan', objectName: 'volume-x', sizeGib: null, at: minutesLater(1) })
      .thenTypes('orphan-removed'));
  test('takes an entry whose object is gone out of service', () =>
    after(...two)
      .when({ do: 'RetireEntry', generation: generationOf(1), reason: 'lost' })
      .thenTypes('evict'));
  test('an entry in use is deleted only where that is meant', () => {
    const retire = (ifIdle: boolean): ImageCacheCommand => ({
      ...{ do: 'RetireEntry', generation: generationOf(1), reason: 'manual', ifIdle },
    });
    after(claim(1, 1), complete(1)).when(retire(true)).thenRefused('image-cache.entry_leased');
    after(claim(1, 1), complete(1)).when(retire(false)).thenTypes('evict');
    after(...two)
      .when(retire(true))
      .thenTypes('evict');
  });
});

test('P1: a create that asks for another image than it holds begins no second fill of that', () =>
  after(claim(1, 1), claim(7, 1), complete(1), claim(2, 1), claim(3, 2))
    .when(claim(7, 2, { cloneLimit: 2 }))
    .thenTypes('evict', 'joined'));

describe('P12: an entry that is to go unless it is pinned', () => {
  const retire: ImageCacheCommand = {
    ...{ do: 'RetireEntry', generation: generationOf(1), reason: 'manual', ifIdle: true, unlessPinned: true },
  };
  test('goes while it is not', () =>
    after(...cached(1, 1))
      .when(retire)
      .thenTypes('evict'));
  test('stays when somebody was quicker with a pin', () =>
    after(...cached(1, 1), pin(1))
      .when(retire)
      .thenNothing());
});

describe('P12: what a policy unpins', () => {
  const policy = (id: number) => ({ policyId: `60000000-0000-4000-8000-00000000000${id}` });
  const at = minutesLater(0);
  const unpinBy = (by: { policyId: string }): ImageCacheCommand => ({
    ...{ do: 'UnpinImage', imageId: imageOf(1).id, by, at },
  });
  test('is its own pin', () =>
    after({ ...pin(1), by: policy(1) })
      .when(unpinBy(policy(1)))
      .thenTypes('unpinned'));
  test('is not the pin of a user who took it over meanwhile, nor that of another policy', () => {
    after({ ...pin(1), by: policy(1) }, pin(1))
      .when(unpinBy(policy(1)))
      .thenNothing();
    after({ ...pin(1), by: policy(2) })
      .when(unpinBy(policy(1)))
      .thenNothing();
  });
});
