import type { VolumeEvent } from '@hearth/contracts';
import { fold, isRefusal } from '@hearth/kernel';
import fc from 'fast-check';
import type { VolumeCommand } from '../volume/volume.commands';
import { volumeDecider } from '../volume/volume.decide';
import {
  examplePool,
  exampleSnapshotId,
  exampleUpload,
  failed,
  made,
  placed,
  requested,
  snapshotCreated,
  snapshotRequested,
  statusReset,
} from '../volume/volume.examples';
import { nextStep, type owedSteps } from '../volume/volume.next-step';
import type { Volume } from '../volume/volume.state';
import { anyVolumeCommand } from './any-volume-command';

/** What is done to a volume: a command, or what is owed next is done, or fails. */
export type Deed = VolumeCommand | 'done' | 'failed';

export interface Life {
  readonly start: readonly VolumeEvent[];
  readonly deeds: readonly Deed[];
}

/** One decision of a life: refused commands are none. */
export interface Moment {
  readonly before: Volume;
  readonly events: readonly VolumeEvent[];
  readonly after: Volume;
}

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: anyVolumeCommand },
  { weight: 3, arbitrary: fc.constant<Deed>('done') },
  { weight: 1, arbitrary: fc.constant<Deed>('failed') },
);

const reverting: readonly VolumeEvent[] = [
  ...made(),
  snapshotRequested(),
  snapshotCreated(),
  { type: 'VolumeRevertRequested', data: { snapshotId: exampleSnapshotId } },
];
const uploadGivenUp: readonly VolumeEvent[] = [
  ...made(),
  { type: 'VolumeUploadRequested', data: exampleUpload },
  statusReset('available'),
];

/** From nothing, or from a volume that was made, so that what follows is met as often as what goes before. */
export const anyLife: fc.Arbitrary<Life> = fc.record({
  start: fc.constantFrom<readonly VolumeEvent[]>(
    [],
    [requested(), placed()],
    made(),
    made({ multiattach: true }),
    made(),
    reverting,
    uploadGivenUp,
  ),
  deeds: fc.array(deed, { maxLength: 60, size: 'max' }),
});

/** No administrator sets anything to what it is not. */
export const anyLifeWithoutResets: fc.Arbitrary<Life> = anyLife.map(({ start, deeds }) => ({
  start,
  deeds: deeds.filter((one) => typeof one === 'string' || !/^Reset/.test(one.do)),
}));

export function momentsOf({ start, deeds }: Life): readonly Moment[] {
  let state = fold(volumeDecider, start);
  return deeds.flatMap((one) => {
    const command = typeof one === 'string' ? nextReport(state, one === 'done') : one;
    const decision = command ? volumeDecider.decide(command, state) : [];
    if (isRefusal(decision)) return [];
    const moment = { before: state, events: decision, after: fold(volumeDecider, decision, state) };
    state = moment.after;
    return [moment];
  });
}

export function endOf(life: Life): Volume {
  return momentsOf(life).at(-1)?.after ?? fold(volumeDecider, life.start);
}

function nextReport(volume: Volume, succeeds: boolean): VolumeCommand | undefined {
  const step = nextStep(volume);
  return step.do === 'nothing' ? undefined : reportOf(step, succeeds);
}

type Owed = ReturnType<typeof owedSteps>[number];

/** The report of who has done, or could not do, what is owed. */
export function reportOf(step: Owed, succeeds: boolean): VolumeCommand {
  const failure = failed('backend.failed');
  switch (step.do) {
    case 'place':
      return succeeds
        ? { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] }
        : { do: 'RecordPlacementFailure', failure, rejected: [] };
    case 'create-blank':
    case 'create-from-image':
    case 'create-from-source':
      return succeeds
        ? { do: 'RecordProvisioned', pool: step.pool, bootable: false, imageMetadata: {}, decision: null }
        : { do: 'RecordCreateFailure', pool: step.pool, failure, decision: null };
    case 'delete-from-pool':
      return succeeds ? { do: 'RecordDeleted' } : { do: 'RecordDeletionFailure', failure };
    case 'connect':
    case 'disconnect':
      return attachmentReportOf(step, succeeds);
    case 'create-snapshot':
      return succeeds
        ? { do: 'RecordSnapshotCreated', snapshotId: step.snapshot.id }
        : { do: 'RecordSnapshotFailure', snapshotId: step.snapshot.id, failure };
    case 'delete-snapshot':
      return succeeds
        ? { do: 'RecordSnapshotDeleted', snapshotId: step.snapshot.id }
        : { do: 'RecordSnapshotDeletionFailure', snapshotId: step.snapshot.id, failure };
    case 'extend':
      return succeeds
        ? { do: 'RecordExtended', toGib: step.toGib }
        : { do: 'RecordExtensionFailure', toGib: step.toGib, failure };
    case 'revert':
      return succeeds
        ? { do: 'RecordReverted', snapshotId: step.snapshotId }
        : { do: 'RecordRevertFailure', snapshotId: step.snapshotId, failure };
    case 'upload':
      return succeeds
        ? { do: 'RecordUploaded', imageId: step.upload.imageId, method: 'upload', bytesUploaded: 1 }
        : { do: 'RecordUploadFailure', imageId: step.upload.imageId, failure };
    case 'settle-upload':
      return { do: 'RecordUploadSettled', imageId: step.imageId };
    case 'reimage':
      return succeeds
        ? { do: 'RecordReimaged', imageId: step.image.id, imageMetadata: {}, decision: null }
        : { do: 'RecordReimageFailure', imageId: step.image.id, failure };
  }
}

function attachmentReportOf(
  { do: what, attachment }: Extract<Owed, { do: 'connect' | 'disconnect' }>,
  succeeds: boolean,
): VolumeCommand {
  const failure = failed('backend.failed');
  const { id: attachmentId } = attachment;
  if (what === 'connect') {
    return succeeds
      ? { do: 'RecordConnected', attachmentId, connection: { driverVolumeType: 'local', data: {} } }
      : { do: 'RecordConnectFailure', attachmentId, failure };
  }
  return succeeds
    ? { do: 'RecordDisconnected', attachmentId }
    : { do: 'RecordDisconnectFailure', attachmentId, failure };
}
