import type { VolumeEvent } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import fc from 'fast-check';
import { SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import { keyText } from '../tables/table';
import { FactRows } from './fact-rows';
import { foldCommits, wantRows } from './registry';

/** Any sequence of facts about a few volumes and a few entries, sensible or not: projections are total. */
const small = fc.integer({ min: 1, max: 4 });
/** Snapshots, attachments and transfers bear numbers of their own, so that facts of several volumes meet in one of them. */
const volumeEvents = fc.tuple(small, small).chain(([volume, other]) => {
  const event = fc.constantFrom(
    sample.requested(volume),
    sample.placed(),
    sample.rescheduled(),
    sample.provisioned(),
    sample.createFailed(),
    sample.deletionRequested,
    sample.deletionFailed,
    sample.deleted,
    ...changeEvents(other),
  );
  return fc
    .array(event, { minLength: 1, maxLength: 3 })
    .map((events) => (log: SampleLog) => log.add('volume', sample.volumeId(volume), ...events));
});

function changeEvents(other: number): VolumeEvent[] {
  const [snapshotId, attachmentId] = [sample.snapshotId(other), sample.attachmentId(other)];
  return [
    sample.fact('VolumeExtensionRequested', { fromGib: 10, toGib: 10 + other }),
    sample.fact('VolumeExtended', { toGib: 10 + other }),
    sample.fact('VolumeExtensionFailed', { failure: sample.failure() }),
    sample.fact('VolumeRetyped', { volumeType: sample.volumeType(other) }),
    sample.fact('VolumeStatusReset', { status: 'error' }),
    sample.fact('VolumeUnmanaged', {}),
    sample.fact('VolumeRevertRequested', { snapshotId }),
    sample.fact('VolumeReverted', { snapshotId }),
    sample.snapshotRequested(other),
    sample.snapshotRequested(other, { projectId: 'other' as never }),
    sample.fact('SnapshotCreated', { snapshotId }),
    sample.fact('SnapshotCreateFailed', { snapshotId, failure: sample.failure() }),
    sample.fact('SnapshotDeleted', { snapshotId }),
    sample.transferCreated(other),
    sample.transferCreated(other, true),
    sample.transferAccepted(other),
    sample.fact('VolumeTransferDeleted', { transferId: sample.transferId(other) }),
    sample.attachmentReserved(other),
    sample.connectRequested(other),
    sample.connected(other),
    sample.completed(other),
    sample.disconnectRequested(other, other > 1),
    sample.fact('VolumeAttachmentDisconnected', { attachmentId }),
    sample.fact('VolumeAttachmentConnectFailed', { attachmentId, failure: sample.failure() }),
    sample.fact('VolumeReserved', {}),
    sample.fact('VolumeDetachBegun', {}),
  ];
}

const cacheEvents = fc
  .tuple(small, small, fc.constantFrom(sample.poolA, sample.poolB))
  .chain(([generation, volume, pool]) =>
    fc
      .constantFrom(
        sample.fillStarted(generation),
        sample.created(generation, 3),
        sample.fillFailed(generation),
        sample.joined(generation, volume),
        sample.leased(generation, volume),
        sample.released(generation, volume, 1),
        sample.hit(generation, volume),
        sample.miss(generation, volume),
        sample.evicted(generation),
        sample.reaped(generation),
        ...stewardship(generation),
      )
      .map((event) => (log: SampleLog) => log.add('image-cache', pool, event)),
  );
function stewardship(ordinal: number) {
  return [
    sample.suspended(ordinal),
    sample.resumed(ordinal),
    sample.pinned(ordinal),
    sample.unpinned(ordinal),
    sample.switchedOff(),
    sample.switchedOn,
    sample.asked(ordinal),
    sample.prefetchRequested(ordinal),
    sample.prefetchCancelled(ordinal),
    sample.prefetchEnded(ordinal),
    sample.fillStarted(ordinal, { prefetchId: sample.prefetchId(ordinal) }),
    sample.dependantsCounted(ordinal, 3),
    sample.sizeCorrected(ordinal, 4),
  ];
}

const policies = fc
  .tuple(small, fc.constantFrom(sample.policyDefined(), sample.policyDefined({ keep: 2 }), sample.policyRemoved))
  .map(
    ([policy, event]) =>
      (log: SampleLog) =>
        log.add('cache-policy', sample.policyId(policy), event),
  );
const settings = fc
  .constantFrom(sample.settingsReported([sample.poolA, sample.poolB]), sample.serviceDisabled(), sample.serviceEnabled)
  .map((event) => (log: SampleLog) => log.add('service', 'store-01@fast', event));
const logs = fc
  .array(fc.oneof({ arbitrary: volumeEvents, weight: 3 }, { arbitrary: cacheEvents, weight: 3 }, settings, policies), {
    maxLength: 80,
  })
  .map((steps) => steps.reduce((log, step) => step(log), requestedVolumes()).commits);

/** Most volumes are there from the start, with a snapshot and an offer, so that most facts find what they are about. */
function requestedVolumes(): SampleLog {
  const log = new SampleLog();
  for (const volume of [1, 2, 3]) {
    const snapshot = sample.snapshotRequested(volume, { projectId: (volume === 2 ? 'third' : 'demo') as never });
    log.add('volume', sample.volumeId(volume), sample.requested(volume), snapshot);
    log.add('volume', sample.volumeId(volume), sample.transferCreated(volume, volume === 3));
  }
  return log;
}

/** Tables in memory, read and written as PostgreSQL's are: by key. */
class Tables {
  private readonly stored = new Map<string, Map<string, object>>();

  load(rows: FactRows, commits: readonly Commit[]): void {
    for (let missing = true; missing;) {
      missing = false;
      wantRows(rows, commits);
      for (const set of rows.sets) {
        const keys = set.takeWanted();
        missing ||= keys.length > 0;
        const found = keys.flatMap((key: object) => this.of(set.table.name).get(keyText(set.table, key)) ?? []);
        set.learn(keys, found);
      }
    }
  }

  write(rows: FactRows): void {
    for (const set of rows.sets) {
      const { upserts, deletions } = set.takeChanges();
      for (const row of upserts) this.of(set.table.name).set(keyText(set.table, row), row);
      for (const key of deletions) this.of(set.table.name).delete(keyText(set.table, key));
    }
  }

  contents(): unknown {
    const tables = [...this.stored].map(([name, rows]) => [name, Object.fromEntries([...rows].sort())]);
    return Object.fromEntries(tables.filter(([, rows]) => Object.keys(rows as object).length > 0));
  }

  private of(name: string): Map<string, object> {
    const rows = this.stored.get(name) ?? new Map<string, object>();
    this.stored.set(name, rows);
    return rows;
  }
}

function project(batches: readonly (readonly Commit[])[], rowsMax: number): unknown {
  const tables = new Tables();
  const rows = new FactRows({ whole: false });
  for (const batch of batches) {
    tables.load(rows, batch);
    foldCommits(rows, batch);
    tables.write(rows);
    for (const set of rows.sets) set.trim(rowsMax);
  }
  return tables.contents();
}

function cut(commits: readonly Commit[], sizes: readonly number[]): Commit[][] {
  const batches: Commit[][] = [];
  for (let at = 0, turn = 0; at < commits.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    batches.push(commits.slice(at, at + size));
    at += size;
  }
  return batches;
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('batches of any size, with any rows kept in memory, end in the same rows', () => {
  fc.assert(
    fc.property(logs, sizes, fc.integer({ min: 0, max: 5 }), (commits, cuts, rowsMax) => {
      expect(project(cut(commits, cuts), rowsMax)).toEqual(project([commits], 1_000));
    }),
  );
});

const rowsOf = (commits: readonly Commit[]): FactRows => {
  const rows = new FactRows({ whole: true });
  foldCommits(rows, commits);
  return rows;
};
const gibOf = (rows: readonly { readonly sizeGib: number }[]) => rows.reduce((sum, { sizeGib }) => sum + sizeGib, 0);

test('what a pool holds is what its entries add up to', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const rows = rowsOf(commits);
      for (const pool of rows.cachePools.values()) {
        const entries = rows.cacheEntries.values().filter((entry) => entry.pool === pool.pool);
        const inStatus = (...statuses: string[]) => gibOf(entries.filter(({ status }) => statuses.includes(status)));
        expect([pool.sizeGib, pool.retiredGib]).toEqual([inStatus('filling', 'ready'), inStatus('retired')]);
      }
    }),
  );
});

test('a project uses what its volumes and snapshots add up to, in all and of each type', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const rows = rowsOf(commits);
      const volumes = rows.volumes.values().filter(({ deletedAt }) => deletedAt === null);
      const snapshots = rows.snapshots.values().filter(({ deletedAt }) => deletedAt === null);
      const sumOf = (belongs: (row: { projectId: string; volumeTypeId: string | null }) => boolean) => {
        const sized = volumes.filter(belongs).map((row) => ({ sizeGib: row.extendingToGib ?? row.sizeGib }));
        const taken = snapshots.filter(belongs);
        return {
          ...{ volumes: sized.length, gigabytes: gibOf(sized) },
          ...{ snapshots: taken.length, snapshotGigabytes: gibOf(taken) },
        };
      };
      for (const { projectId, ...usage } of rows.projectUsage.values()) {
        expect(usage).toEqual(sumOf((row) => row.projectId === projectId));
      }
      for (const { projectId, volumeTypeId, ...usage } of rows.projectTypeUsage.values()) {
        expect(usage).toEqual(sumOf((row) => row.projectId === projectId && row.volumeTypeId === volumeTypeId));
      }
      const projects = new Set([...volumes, ...snapshots].map(({ projectId }) => projectId));
      const counted = new Set(rows.projectUsage.values().map(({ projectId }) => projectId));
      expect([...projects].filter((projectId) => !counted.has(projectId))).toEqual([]);
    }),
  );
});

test('every attachment that a volume carries has its row, with the volume’s project', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const rows = rowsOf(commits);
      for (const { id: volumeId, projectId, attachments } of rows.volumes.values()) {
        const own = rows.attachments.values().filter((row) => row.volumeId === volumeId);
        for (const row of own) {
          expect(row).toEqual({ ...attachments.find(({ id }) => id === row.id), volumeId, projectId });
        }
      }
    }),
  );
});

test('a volume names its snapshots that are there, and no others', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const rows = rowsOf(commits);
      for (const { id: volumeId, snapshotIds } of rows.volumes.values()) {
        const own = rows.snapshots.values().filter((row) => row.volumeId === volumeId && row.deletedAt === null);
        for (const { id } of own) expect(snapshotIds).toContain(id);
      }
    }),
  );
});

test('P10: at every moment an entry is in one state at the most, and its last one is what it is', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const rows = rowsOf(commits);
      for (const entry of rows.cacheEntries.values()) {
        const states = rows.cacheEntryStates
          .values()
          .filter(({ pool, generation }) => pool === entry.pool && generation === entry.generation)
          .sort((one, other) => one.sequence - other.sequence);
        const open = states.filter(({ validTo }) => validTo === null);
        expect(open.map(({ status, sizeGib, suspended }) => ({ status, sizeGib, suspended }))).toEqual(
          entry.status === 'reaped'
            ? []
            : [{ status: entry.status, sizeGib: entry.sizeGib, suspended: entry.suspended }],
        );
        for (const [at, { validFrom, validTo }] of states.entries()) {
          expect(validTo === null || validFrom <= validTo).toBe(true);
          const next = states[at + 1];
          if (next) expect(validTo! <= next.validFrom).toBe(true);
        }
      }
    }),
  );
});

/** The same facts, stored and recorded by clocks that jump: seconds, one for each commit and all over again. */
const bySuchClocks = (commits: readonly Commit[], stored: readonly number[], recorded: readonly number[]): Commit[] => {
  const instant = (seconds: readonly number[], at: number) =>
    new Date(Date.UTC(2026, 0, 2, 3, 4, seconds[at % seconds.length])).toISOString();
  return commits.map((commit, at) => ({
    ...commit,
    storedAt: instant(stored, at),
    recordedAt: instant(recorded, at),
  }));
};
const seconds = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 80 });

test('P10: clocks that differ and go back leave no gap and no overlap', () => {
  fc.assert(
    fc.property(logs, seconds, seconds, (commits, stored, recorded) => {
      for (const { validFrom, validTo } of rowsOf(bySuchClocks(commits, stored, recorded)).cacheEntryStates.values()) {
        expect(validTo === null || validFrom <= validTo).toBe(true);
      }
    }),
  );
});

test('P10: what is told of a moment up to the newest of the log is told for good', () => {
  fc.assert(
    fc.property(logs, seconds, seconds, fc.nat(), (commits, stored, recorded, cutAt) => {
      const log = bySuchClocks(commits, stored, recorded);
      const known = rowsOf(log.slice(0, 1 + (cutAt % log.length)));
      const later = rowsOf(log);
      const newest = known.logClock.get({ name: 'facts' })!.at;
      for (const moment of momentsOf(known)) {
        if (moment <= newest) expect(told(later, moment)).toEqual(told(known, moment));
      }
      expect(momentsOf(known).every((moment) => moment <= newest)).toBe(true);
    }),
  );
});

/** Every moment at which something about a cache changed, and those before and after. */
function momentsOf(rows: FactRows): string[] {
  const changes = rows.cacheEvents.values().map(({ at }) => at);
  const uses = rows.cacheUses.values().map(({ usedAt }) => usedAt);
  return [...new Set([...changes, ...uses, rows.logClock.get({ name: 'facts' })!.at])];
}

/** What the queries of a past moment look at. */
function told(rows: FactRows, moment: string): unknown {
  const states = rows.cacheEntryStates.values().filter(({ validFrom, validTo }) => {
    return validFrom <= moment && (validTo === null || validTo > moment);
  });
  return {
    states: states.map(({ validTo: _validTo, ...state }) => state).sort(byText),
    events: rows.cacheEvents.values().filter(({ at }) => at <= moment),
    uses: rows.cacheUses.values().filter(({ usedAt }) => usedAt <= moment),
  };
}

const byText = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

test('an entry is used by the volumes that were made from it and are there', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const filled = new SampleLog();
      filled.add('image-cache', sample.poolA, sample.fillStarted(1));
      const log = [...filled.commits, ...commits.map((commit) => ({ ...commit, sequence: commit.sequence + 1 }))];
      const rows = rowsOf(log);
      const users = rows.volumes
        .values()
        .filter(({ decision, launchedAt, deletedAt }) => decision?.entry && launchedAt !== null && deletedAt === null);
      expect(rows.cacheEntries.get({ pool: sample.poolA, generation: 1 })?.usedBy).toBe(users.length);
    }),
  );
});
