import type { VolumeEvent } from '@hearth/contracts';
import fc from 'fast-check';
import { SampleLog } from './given';
import * as sample from './sample-events';

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
/** Any sequence of facts about a few volumes and a few entries, sensible or not: projections are total. */
export const anyLog = fc
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
