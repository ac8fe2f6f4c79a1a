import { fold, isRefusal } from '@hearth/kernel';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  exampleAttachmentId,
  exampleRequest,
  exampleSnapshotId,
  exampleUpload,
  made,
} from './volume.examples';

const { projectId, userId } = exampleRequest;
const asked = {
  delete: { do: 'DeleteVolume', userId },
  extend: { do: 'Extend', toGib: 20, inUse: true },
  attach: { do: 'ReserveAttachment', attachmentId: 'a', instanceId: 'i', mode: null, connector: null },
  snapshot: {
    do: 'CreateSnapshot',
    snapshot: { snapshotId: 's', projectId, userId, name: null, description: null, metadata: {} },
    force: true,
  },
  upload: { do: 'Upload', upload: exampleUpload, force: true },
  retype: { do: 'Retype', volumeType: { ...exampleRequest.volumeType, id: 'other' } },
} as const satisfies Record<string, VolumeCommand>;
type Asked = keyof typeof asked;
const all = Object.keys(asked) as Asked[];

/** What may follow upon what, of a volume at rest: a snapshot and another type keep nobody from anything but deletion. */
const mayFollow: Readonly<Record<Asked, readonly Asked[]>> = {
  delete: [],
  extend: [],
  attach: [],
  snapshot: ['extend', 'attach', 'upload', 'retype'],
  upload: [],
  retype: ['delete', 'extend', 'attach', 'snapshot', 'upload'],
};

describe.each(all)('two at once on an available volume, the first to %s', (first) => {
  const once = fold(volumeDecider, made());
  const decision = volumeDecider.decide(asked[first], once);
  if (isRefusal(decision)) throw new Error(decision.refused);
  const then = fold(volumeDecider, decision, once);

  test.each(all.filter((second) => second !== first))('the second to %s', (second) => {
    const answer = volumeDecider.decide(asked[second], then);
    expect(!isRefusal(answer) && answer.length > 0).toBe(mayFollow[first].includes(second));
  });
});

test('a volume in use is extended, snapshot and uploaded as far as that was asked for, and one after the other', () => {
  const inUse = fold(volumeDecider, [...made(), ...attached()]);
  for (const what of ['extend', 'snapshot', 'upload'] as const) {
    expect(isRefusal(volumeDecider.decide(asked[what], inUse))).toBe(false);
  }
  const extending = fold(volumeDecider, volumeDecider.decide(asked.extend, inUse) as never, inUse);
  expect(volumeDecider.decide(asked.upload, extending)).toMatchObject({ refused: 'volume.wrong_status' });
  expect(volumeDecider.decide(asked.snapshot, extending)).toMatchObject({ refused: 'volume.wrong_status' });
});

test('while it is extended its attachment may go, and afterwards it is available', () => {
  const extending = fold(volumeDecider, [
    ...made(),
    ...attached(),
    { type: 'VolumeExtensionRequested', data: { fromGib: 10, toGib: 20 } },
  ]);
  const left = volumeDecider.decide({ do: 'RemoveAttachment', attachmentId: exampleAttachmentId }, extending);
  const state = fold(
    volumeDecider,
    [
      ...(left as never[]),
      { type: 'VolumeAttachmentDisconnected', data: { attachmentId: exampleAttachmentId } } as const,
      { type: 'VolumeExtended', data: { toGib: 20 } } as const,
    ],
    extending,
  );
  expect(state).toMatchObject({ label: 'available', details: { sizeGib: 20 } });
});

test('the snapshot that a volume is put back to cannot be deleted, whoever asks', () => {
  const reverting = fold(volumeDecider, [
    ...made(),
    {
      type: 'SnapshotRequested',
      data: { ...asked.snapshot.snapshot, snapshotId: exampleSnapshotId, sizeGib: 10, force: false },
    },
    { type: 'SnapshotCreated', data: { snapshotId: exampleSnapshotId } },
    { type: 'VolumeRevertRequested', data: { snapshotId: exampleSnapshotId } },
  ]);
  const answer = volumeDecider.decide({ do: 'DeleteSnapshot', snapshotId: exampleSnapshotId, force: true }, reverting);
  expect(answer).toMatchObject({ refused: 'snapshot.wrong_status', data: { status: 'restoring' } });
});
