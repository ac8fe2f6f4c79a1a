import fc from 'fast-check';
import { anyLog } from '../testing/any-log';
import { rowsOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

// Rows that tell of the same thing tell the same.

const gibOf = (rows: readonly { readonly sizeGib: number }[]) => rows.reduce((sum, { sizeGib }) => sum + sizeGib, 0);

test('what a pool holds is what its entries add up to', () => {
  fc.assert(
    fc.property(anyLog, (commits) => {
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
    fc.property(anyLog, (commits) => {
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
    fc.property(anyLog, (commits) => {
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
    fc.property(anyLog, (commits) => {
      const rows = rowsOf(commits);
      for (const { id: volumeId, snapshotIds } of rows.volumes.values()) {
        const own = rows.snapshots.values().filter((row) => row.volumeId === volumeId && row.deletedAt === null);
        for (const { id } of own) expect(snapshotIds).toContain(id);
      }
    }),
  );
});

test('an entry is used by the volumes that were made from it and are there', () => {
  fc.assert(
    fc.property(anyLog, (commits) => {
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
