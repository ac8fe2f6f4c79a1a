import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const pool = sample.poolA;
const ready = () =>
  new SampleLog()
    .add('image-cache', pool, sample.fillStarted(1, { projectId: 'demo' as never }))
    .add('image-cache', pool, sample.created(1));
const entryOf = (log: SampleLog) => given(log).cacheEntries.get({ pool, generation: 1 })!;
const statesOf = (log: SampleLog) => given(log).cacheEntryStates.values();

describe('states of an entry', () => {
  test('follow one another without a gap', () => {
    const log = ready()
      .add('image-cache', pool, sample.suspended(1))
      .add('image-cache', pool, sample.resumed(1))
      .add('image-cache', pool, sample.evicted(1))
      .add('image-cache', pool, sample.reaped(1));
    expect(statesOf(log)).toMatchObject([
      { status: 'filling', validFrom: momentOf(1), validTo: momentOf(2), projectId: 'demo' },
      { status: 'ready', suspended: null, validFrom: momentOf(2), validTo: momentOf(3) },
      { status: 'ready', suspended: 'deactivated', validFrom: momentOf(3), validTo: momentOf(4) },
      { status: 'ready', suspended: null, validFrom: momentOf(4), validTo: momentOf(5) },
      { status: 'retired', validFrom: momentOf(5), validTo: momentOf(6) },
    ]);
  });

  test('a use changes nothing about them', () => {
    const log = ready().add('image-cache', pool, sample.leased(1, 2)).add('image-cache', pool, sample.hit(1, 2));
    expect(statesOf(log)).toHaveLength(2);
  });

  test('two changes of one commit leave the later one', () => {
    const log = ready().add('image-cache', pool, sample.verifyFailed(1), sample.evicted(1, 'verify-failed'));
    expect(statesOf(log).map(({ status, validTo }) => [status, validTo])).toEqual([
      ['filling', momentOf(2)],
      ['ready', momentOf(3)],
      ['retired', null],
    ]);
  });
});

test('an entry tells for whom it was filled, why it serves nobody, who gave it up and by which policy', () => {
  const log = ready().add('image-cache', pool, sample.suspended(1));
  expect(entryOf(log)).toMatchObject({ projectId: 'demo', suspended: 'deactivated', suspendedAt: momentOf(3) });
  const evict = sample.evicted(1, 'limit');
  if (evict.type !== 'evict') throw new Error('the sample is no evict');
  const by = sample.operator;
  log.add('image-cache', pool, { type: 'evict', data: { ...evict.data, policy: 'sieve', by } });
  expect(entryOf(log)).toMatchObject({ status: 'retired', retiredBy: by, retirePolicy: 'sieve' });
});

test('an entry is used by volumes until they are deleted', () => {
  const made = ready()
    .add('volume', sample.volumeId(5), sample.requested(5), sample.placed())
    .add('volume', sample.volumeId(5), sample.provisioned());
  expect(entryOf(made)).toMatchObject({ usedBy: 1 });
  expect(entryOf(made.add('volume', sample.volumeId(5), sample.deletionRequested, sample.deleted)).usedBy).toBe(0);
});

test('what the backend counts is told apart from what the log counts', () => {
  const log = ready().add('image-cache', pool, sample.dependantsCounted(1, 7));
  expect(entryOf(log)).toMatchObject({ usedBy: 0, dependants: 7, dependantsAt: momentOf(3) });
});

test('uses count the hits of their entry, also where several share a commit', () => {
  const log = ready()
    .add('image-cache', pool, sample.miss(1, 1))
    .add('image-cache', pool, sample.hit(1, 2), sample.hit(1, 3, true), sample.miss(1, 4))
    .add('image-cache', pool, sample.hit(1, 5));
  const uses = given(log).cacheUses.values();
  const places = uses.map(({ volumeId, entryHits, sequence, ordinal }) => [volumeId, entryHits, sequence, ordinal]);
  expect(places.sort()).toEqual([
    [sample.volumeId(1), 0, 3, 0],
    [sample.volumeId(2), 1, 4, 0],
    [sample.volumeId(3), 2, 4, 1],
    [sample.volumeId(4), 2, 4, 2],
    [sample.volumeId(5), 3, 5, 0],
  ]);
});

test('P10: what a create did stays told after its volume is given another image', () => {
  const log = ready().add('image-cache', pool, sample.miss(1, 1));
  const before = given(log).cacheUses.values();
  const after = given(log.add('image-cache', pool, sample.hit(1, 1))).cacheUses.values();
  expect(after.map(({ outcome, sequence }) => [outcome, sequence])).toEqual([
    ['miss', 3],
    ['hit', 4],
  ]);
  expect(after).toEqual(expect.arrayContaining(before));
});

describe('the journal', () => {
  test('has every event that operators ask for, with image, actor and request', () => {
    const log = ready()
      .add('image-cache', pool, sample.pinned(1, 'golden'))
      .add('image-cache', pool, sample.leased(1, 2));
    const events = given(log).cacheEvents.values();
    expect(events).toMatchObject([
      { sequence: 1, type: 'fill-started', generation: 1, imageId: sample.imageId(1), by: null, requestId: 'req-1' },
      { sequence: 2, type: 'create', generation: 1, imageId: sample.imageId(1) },
      { sequence: 3, type: 'pinned', generation: null, imageId: sample.imageId(1), by: sample.operator },
    ]);
  });

  test('names the image of an event that names its entry alone', () => {
    const events = given(ready().add('image-cache', pool, sample.reaped(1))).cacheEvents.values();
    expect(events.at(-1)).toMatchObject({ type: 'reaped', imageId: sample.imageId(1) });
  });

  test('has settings where they changed, not each time that a host starts', () => {
    const report = sample.settingsReported([pool]);
    if (report.type !== 'CacheSettingsReported') throw new Error('the sample is no report');
    const other = { ...report, data: { ...report.data, cache: { ...report.data.cache, maxCount: 6 } } };
    const log = new SampleLog();
    for (const event of [report, report, other]) log.add('service', 'store-01@fast', event);
    expect(given(log).cacheEvents.values()).toMatchObject([
      { type: 'settings-reported', pool, sequence: 1, data: { maxCount: 5 } },
      { type: 'settings-reported', pool, sequence: 3, data: { maxCount: 6 } },
    ]);
  });

  test('has the time of the log, whatever the clocks of those who write', () => {
    const log = ready();
    log.commits[0] = { ...log.commits[0]!, recordedAt: '2031-01-01T00:00:00.000Z' };
    log.commits[1] = { ...log.commits[1]!, recordedAt: '2020-01-01T00:00:00.000Z' };
    expect(
      given(log)
        .cacheEvents.values()
        .map(({ at }) => at),
    ).toEqual([momentOf(1), momentOf(2)]);
    expect(entryOf(log)).toMatchObject({ lastUsedAt: momentOf(2), readyAt: momentOf(2), stateSince: momentOf(2) });
  });

  test.each([
    ['a commit of a backend', 'store-02@fast'],
    ['a commit of a volume', null],
  ])('goes on where the clock of the log goes back, or stands still, after %s', (_what, service) => {
    const log = service
      ? new SampleLog().add('service', service, sample.settingsReported([sample.poolB]))
      : new SampleLog().add('volume', sample.volumeId(7), sample.requested(7));
    log.add('image-cache', pool, sample.fillStarted(1)).add('image-cache', pool, sample.created(1));
    log.commits[1] = { ...log.commits[1]!, storedAt: '2020-01-01T00:00:00.000Z' };
    log.commits[2] = { ...log.commits[2]!, storedAt: momentOf(1) };
    const laterBy = (ms: number) => new Date(Date.parse(momentOf(1)) + ms).toISOString();
    expect(
      given(log)
        .cacheEvents.values()
        .map(({ at }) => at),
    ).toEqual([...(service ? [momentOf(1)] : []), laterBy(1), laterBy(2)]);
    expect(given(log).logClock.values()).toEqual([{ name: 'facts', at: laterBy(2) }]);
  });
});

test('pins are there until they are taken away', () => {
  const log = new SampleLog().add('image-cache', pool, sample.pinned(1, 'golden'), sample.pinned(2));
  expect(given(log).cachePins.values()).toMatchObject([
    { imageId: sample.imageId(1), note: 'golden', pinnedBy: sample.operator, pinnedAt: momentOf(1) },
    { imageId: sample.imageId(2), note: null },
  ]);
  log.add('image-cache', pool, sample.unpinned(1));
  expect(given(log).cachePins.values()).toMatchObject([{ imageId: sample.imageId(2) }]);
});

test('a pool tells that it is switched off, by whom, and that it is on again', () => {
  const log = ready().add('image-cache', pool, sample.switchedOff('stay'));
  const poolRow = () => given(log).cachePools.get({ pool });
  expect(poolRow()).toMatchObject({ offReady: 'stay', offAt: momentOf(3), offBy: sample.operator });
  log.add('image-cache', pool, sample.switchedOn);
  expect(poolRow()).toMatchObject({ offReady: null, offAt: null, offBy: null });
});

test('a pool tells all settings that its host reported', () => {
  const log = new SampleLog().add('service', 'store-01@fast', sample.settingsReported([pool]));
  expect(given(log).cachePools.get({ pool })?.settings).toMatchObject({ state: 'enabled', maxSizeGib: 100 });
});

describe('a prefetch', () => {
  const requested = () => new SampleLog().add('image-cache', pool, sample.prefetchRequested(1));
  const rowOf = (log: SampleLog) => given(log).cachePrefetches.get({ id: sample.prefetchId(1) });
  const begin = sample.fillStarted(1, { volumeId: null, prefetchId: sample.prefetchId(1) });

  test('waits, runs and ends', () => {
    const log = requested();
    expect(rowOf(log)).toMatchObject({
      ...{ pool, imageId: sample.imageId(1), imageName: 'image 1', status: 'queued', pin: true },
      ...{ requestedBy: sample.operator, deadline: '2026-03-02T00:00:00.000Z', endedAt: null },
    });
    log.add('image-cache', pool, begin);
    expect(rowOf(log)).toMatchObject({ status: 'running', generation: 1 });
    log.add('image-cache', pool, sample.created(1), sample.prefetchEnded(1));
    expect(rowOf(log)).toMatchObject({ status: 'cached', generation: 1, endedAt: momentOf(3) });
    expect(rowOf(log.add('image-cache', pool, sample.prefetchCancelled(1)))).toMatchObject({ cancelledAt: null });
  });

  test('says that it is being cancelled while its fill still runs', () => {
    const log = requested().add('image-cache', pool, begin).add('image-cache', pool, sample.prefetchCancelled(1));
    expect(rowOf(log)).toMatchObject({ status: 'running', cancelledAt: momentOf(3) });
  });
});

test('a policy is as it was defined last, and stays to be explained when it is removed', () => {
  const id = sample.policyId(1);
  const log = new SampleLog().add('cache-policy', id, sample.policyDefined());
  log.add('cache-policy', id, sample.policyDefined({ keep: 3 }));
  const rowOf = () => given(log).cachePolicies.get({ id });
  expect(rowOf()).toMatchObject({ keep: 3, createdAt: momentOf(1), updatedAt: momentOf(2), removedAt: null });
  log.add('cache-policy', id, sample.policyRemoved);
  log.add('cache-policy', id, sample.policyDefined());
  expect(rowOf()).toMatchObject({ keep: 3, removedAt: momentOf(3) });
});

describe('the decision of a create', () => {
  const image = sample.image(1);
  const volume = sample.volumeId(5);
  const asked = () => ready().add('volume', volume, sample.requested(5, { image }), sample.placed());
  const decisionOf = (log: SampleLog) => given(log).cacheDecisions.values();
  const provisioned = (patch: object) => {
    const event = sample.provisioned();
    if (event.type !== 'VolumeProvisioned') throw new Error('the sample is no end');
    return { ...event, data: { ...event.data, decision: { ...sample.decision, ...patch } } };
  };

  test('that was a hit says what the copy spared', () => {
    expect(decisionOf(asked().add('volume', volume, provisioned({})))).toEqual([
      {
        ...{ volumeId: volume, decidedAt: momentOf(4), pool, imageId: sample.imageId(1), projectId: 'demo' },
        ...{ outcome: 'hit', strategy: 'cache', reason: 'cached', failed: false, generation: 1 },
        ...{ content: 'content-1', copyGib: 2, bytesDownloaded: 0, bytesWritten: 0, durationMs: 1.5 },
        ...{ refillBytes: 1000, refillMs: 12.5, savedBytes: 1000, savedMs: 11 },
      },
    ]);
  });

  test('that joined a fill spared bytes, and no time', () => {
    const [row] = decisionOf(asked().add('volume', volume, provisioned({ outcome: 'joined' })));
    expect(row).toMatchObject({ outcome: 'joined', savedBytes: 1000, savedMs: 0 });
  });

  test('that went past the cache spared nothing, and tells what it cost', () => {
    const bypass = { outcome: 'bypass', strategy: 'download', reason: 'cache-disabled', entry: null };
    const moved = { bytesDownloaded: 700, bytesWritten: 600, durationsMs: { download: 4, fill: 5, total: 6 } };
    const [row] = decisionOf(asked().add('volume', volume, provisioned({ ...bypass, ...moved })));
    expect(row).toMatchObject({
      ...{ outcome: 'bypass', pool, content: null, copyGib: null, generation: null, durationMs: 6 },
      ...{ refillBytes: 700, refillMs: 6, savedBytes: 0, savedMs: 0 },
    });
  });

  test('that failed spared nothing', () => {
    const [row] = decisionOf(asked().add('volume', volume, sample.createFailed()));
    expect(row).toMatchObject({ failed: true, savedBytes: 0, savedMs: 0 });
  });

  test('of a blank volume there is none', () => {
    const log = ready().add('volume', volume, sample.requested(5), sample.placed());
    expect(decisionOf(log.add('volume', volume, sample.provisioned()))).toEqual([]);
  });
});
