import { labelOf, type Volume } from '@hearth/domain';
import { anyLife, exampleRequest, momentsOf } from '@hearth/domain/testing';
import { given, SampleLog } from '@hearth/read-model/testing';
import fc from 'fast-check';
import { attachmentStatus } from '../attachments/attachment-status';

// Rows are made from facts without asking the decider: what they say of a volume is what the decider knows of it, after any decision.

const id = exampleRequest.volumeId;

/** What a volume's state says that its row says too. */
function known(volume: Volume) {
  if (volume.status === 'absent') return undefined;
  if (volume.status === 'deleted') return { status: 'deleted' };
  const { projectId, userId, name, description, sizeGib, metadata, imageMetadata, bootable, volumeType } =
    volume.details;
  const { readOnly, multiattach } = volume.details;
  const inUse = volume.status === 'provisioned' ? volume : undefined;
  const attachments = [...(inUse?.attachments.values() ?? [])];
  return {
    status: labelOf(volume),
    ...{ projectId, userId, name, description, sizeGib, metadata, imageMetadata, bootable, readOnly, multiattach },
    volumeTypeId: volumeType.id,
    extendingToGib: inUse?.work?.do === 'extend' ? inUse.work.toGib : null,
    attachStatus: inUse?.attachStatus ?? (attachments.some(({ completed }) => completed) ? 'attached' : 'detached'),
    migrationStatus: inUse?.migrationStatus ?? null,
    transfer: inUse?.transfer?.id ?? null,
    held: inUse?.held ?? null,
    attachments: attachments.map(({ status: _status, leaving, ...attachment }) => ({
      ...attachment,
      leaving: leaving !== false,
    })),
    snapshots: Object.fromEntries(
      [...('snapshots' in volume ? volume.snapshots.values() : [])].map((snapshot) => [
        snapshot.id,
        [snapshot.status, snapshot.projectId, snapshot.name, snapshot.description, snapshot.metadata, snapshot.sizeGib],
      ]),
    ),
  };
}

/** The same of the rows that a log leads to. */
function shown(log: SampleLog) {
  const rows = given(log);
  const row = rows.volumes.get({ id });
  if (!row) return undefined;
  if (row.deletedAt !== null) return { status: row.status };
  const { projectId, userId, name, description, sizeGib, metadata, imageMetadata, bootable, multiattach } = row;
  const there = rows.snapshots.values().filter(({ deletedAt }) => deletedAt === null);
  return {
    ...{ status: row.status, projectId, userId, name, description, sizeGib, metadata, imageMetadata, bootable },
    ...{ readOnly: row.readOnly, multiattach, volumeTypeId: row.volumeTypeId },
    ...{ extendingToGib: row.extendingToGib, attachStatus: row.attachStatus, migrationStatus: row.migrationStatus },
    ...{ transfer: row.transfer?.id ?? null, held: row.held },
    attachments: row.attachments.map(
      ({ status: _status, createdAt: _created, updatedAt: _updated, attachedAt: _attached, ...attachment }) =>
        attachment,
    ),
    snapshots: Object.fromEntries(
      there.map((snapshot) => [
        snapshot.id,
        [snapshot.status, snapshot.projectId, snapshot.name, snapshot.description, snapshot.metadata, snapshot.sizeGib],
      ]),
    ),
  };
}

test('after any decision the rows say of a volume what the decider knows of it', () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      const log = new SampleLog();
      if (life.start.length > 0) log.add('volume', id, ...life.start);
      for (const { events, after } of momentsOf(life)) {
        if (events.length === 0) continue;
        log.add('volume', id, ...events);
        expect(shown(log)).toEqual(known(after));
      }
    }),
    { numRuns: 200 },
  );
});

test('an attachment bears Cinder’s word for what the decider knows of it', () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      const log = new SampleLog();
      if (life.start.length > 0) log.add('volume', id, ...life.start);
      const moments = momentsOf(life);
      for (const { events } of moments) if (events.length > 0) log.add('volume', id, ...events);
      const end = moments.at(-1)?.after;
      if (end?.status !== 'provisioned') return;
      const words = given(log)
        .attachments.values()
        .map((row) => [row.id, row.status]);
      const expected = [...end.attachments.values()].map((one) => [one.id, attachmentStatus(one)]);
      expect(Object.fromEntries(words)).toEqual(Object.fromEntries(expected));
    }),
    { numRuns: 200 },
  );
});
