import { commitBytesMax, encodeEvent, volumeContract, type VolumeEvent } from '@hearth/contracts';
import { fold, isRefusal } from '@hearth/kernel';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  attachmentReserved,
  exampleRequest,
  failed,
  made,
  requested,
  snapshotCreated,
  snapshotRequested,
} from './volume.examples';
import { owedSteps } from './volume.next-step';
import { attachmentsMax, type Volume } from './volume.state';

const { userId } = exampleRequest;
const numbered = (kind: string, at: number) => `${kind}000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
const times = <One>(count: number, one: (at: number) => One) => Array.from({ length: count }, (_, at) => one(at));

/** What goes around the events of a commit: ids, an instant, a trace. */
const envelopeBytesMax = 1_024;

function decided(command: VolumeCommand, state: Volume): { readonly bytes: number; readonly state: Volume } {
  const decision = volumeDecider.decide(command, state);
  if (isRefusal(decision)) throw new Error(`${command.do} was refused: ${decision.refused}`);
  const stored = decision.map((event) => encodeEvent(volumeContract, event));
  return { bytes: Buffer.byteLength(JSON.stringify(stored)), state: fold(volumeDecider, decision, state) };
}

const snapshotted = times(10_000, (at) => [snapshotRequested(numbered('5a', at)), snapshotCreated(numbered('5a', at))]);

const fits = ({ bytes }: { readonly bytes: number }) => expect(bytes).toBeLessThan(commitBytesMax - envelopeBytesMax);

describe('of a volume with 10,000 snapshots', () => {
  const volume = fold(volumeDecider, [...made(), ...snapshotted.flat()]);
  const asked = decided({ do: 'DeleteVolume', userId, cascade: true }, volume);
  const snapshotsOf = ({ state }: { readonly state: Volume }) =>
    'snapshots' in state ? [...state.snapshots.values()].map(({ status, work }) => ({ status, work })) : [];

  test('a deletion of all fits into a commit, and all of them go with the volume', () => {
    fits(asked);
    expect(snapshotsOf(asked)).toEqual(times(10_000, () => ({ status: 'deleting', work: 'delete' })));
    expect(owedSteps(asked.state)).toEqual([
      expect.objectContaining({ do: 'delete-from-pool', snapshots: times(10_000, (at) => numbered('5a', at)) }),
    ]);
  });
  test('so does the end of it', () => {
    const ended = decided({ do: 'RecordDeleted' }, asked.state);
    fits(ended);
    expect(ended.state.status).toBe('deleted');
  });
  test('so does its failure, and all may be asked for again', () => {
    const failure = decided({ do: 'RecordDeletionFailure', failure: failed('backend.failed') }, asked.state);
    fits(failure);
    expect(snapshotsOf(failure)).toEqual(times(10_000, () => ({ status: 'error_deleting', work: undefined })));
    fits(decided({ do: 'DeleteVolume', userId, cascade: true }, failure.state));
  });
  test('so does a transfer of all of them', () => {
    const transfer = { id: numbered('7f', 1), name: null, salt: 's', keyHash: 'h', noSnapshots: false };
    const offered = decided({ do: 'CreateTransfer', transfer }, volume);
    const taken = { projectId: 'other' as never, userId, transferId: transfer.id, keyHash: 'h' };
    fits(decided({ do: 'AcceptTransfer', ...taken }, offered.state));
  });
});

describe('of a volume with as many attachments as it may have', () => {
  const all = (one: (id: string) => readonly VolumeEvent[]) =>
    fold(volumeDecider, [
      ...made({ multiattach: true }),
      ...times(attachmentsMax, (at) => one(numbered('a7', at))).flat(),
    ]);
  const inUse = all((id) => attached(id));
  const reserved = all((id) => [attachmentReserved(id)]);

  test('an administrator’s word that it is detached fits into a commit', () =>
    fits(decided({ do: 'ResetStatus', status: 'available', attachStatus: 'detached' }, inUse)));
  test('so does a forced deletion', () => fits(decided({ do: 'DeleteVolume', userId, force: true }, reserved)));
  test('another one is refused, whichever way it is asked for', () => {
    const attachmentId = numbered('a8', 1);
    const server = { instanceId: 'another', hostName: null, mountpoint: null, mode: 'rw' } as const;
    const refused = { refused: 'volume.attachments_full', data: { max: attachmentsMax } };
    const asked: readonly VolumeCommand[] = [
      { do: 'ReserveAttachment', attachmentId, instanceId: null, mode: null, connector: null },
      { do: 'LegacyConnect', attachmentId, connector: { host: 'another' } },
      { do: 'LegacyAttach', attachmentId, ...server },
    ];
    for (const command of asked) expect(volumeDecider.decide(command, inUse)).toEqual(refused);
  });
});

test('of ten thousand pools those are named that a commit has room for', () => {
  const rejected = times(10_000, (at) => ({
    pool: `store-${at}@fast#default` as never,
    reason: `only ${at} GiB free of the ${at} GiB that are asked for`,
  }));
  const failure = { ...failed('placement.no_valid_backend'), detail: rejected.map(({ reason }) => reason).join('; ') };
  const waiting = fold(volumeDecider, [requested()]);
  fits(decided({ do: 'RecordPlacementFailure', failure, rejected }, waiting));
  const placement = { pool: 'store-0@fast#default' as never, availabilityZone: 'nova', rejected };
  fits(decided({ do: 'RecordPlacement', ...placement }, waiting));
});

test('what an operator is told of a failure ends where a commit would', () => {
  const failure = { ...failed('backend.failed'), detail: 'x'.repeat(commitBytesMax) };
  const deleting = decided({ do: 'DeleteVolume', userId }, fold(volumeDecider, made())).state;
  const said = volumeDecider.decide({ do: 'RecordDeletionFailure', failure }, deleting);
  expect(said).toEqual([
    { type: 'VolumeDeletionFailed', data: { failure: { ...failure, detail: expect.stringMatching(/^x+…$/) } } },
  ]);
  fits(decided({ do: 'RecordDeletionFailure', failure }, deleting));
});
