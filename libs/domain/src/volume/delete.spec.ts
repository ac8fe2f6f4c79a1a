import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  attachmentReserved,
  exampleAttachmentId,
  exampleRequest,
  made,
  otherPool,
  placed,
  requested,
  statusReset,
  transferCreated,
} from './volume.examples';

const { userId } = exampleRequest;
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);

describe('force', () => {
  const force: VolumeCommand = { do: 'DeleteVolume', userId, force: true };
  test('deletes what is being made: at once where no pool has it, from the pool otherwise', () => {
    given(volumeDecider, [requested()]).when(force).thenTypes('VolumeDeletionRequested', 'VolumeDeleted');
    given(volumeDecider, [requested(), placed(otherPool)])
      .when(force)
      .thenTypes('VolumeDeletionRequested');
  });
  test('takes reservations and offers with it, and nothing that is connected', () => {
    volume(attachmentReserved()).when(force).thenTypes('VolumeAttachmentRemoved', 'VolumeDeletionRequested');
    volume(transferCreated()).when(force).thenTypes('VolumeTransferDeleted', 'VolumeDeletionRequested');
    volume(...attached(), statusReset('error'))
      .when(force)
      .thenRefused('volume.is_attached');
  });
});

test('a volume of which an administrator says that it is attached is not deleted', () =>
  volume({ type: 'VolumeStatusReset', data: { attachStatus: 'attached' } })
    .when({ do: 'DeleteVolume', userId })
    .thenRefused('volume.is_attached'));

test('a volume whose host still ends a connection is not deleted', () =>
  volume(...attached(), {
    type: 'VolumeAttachmentDisconnectRequested',
    data: { attachmentId: exampleAttachmentId, remove: true },
  })
    .when({ do: 'DeleteVolume', userId })
    .thenRefused('volume.busy'));

test('with an administrator’s word that it is detached it is, whatever its host still ends', () =>
  volume(
    ...attached(),
    { type: 'VolumeAttachmentDisconnectRequested', data: { attachmentId: exampleAttachmentId, remove: true } },
    { type: 'VolumeStatusReset', data: { status: 'available', attachStatus: 'detached' } },
  )
    .when({ do: 'DeleteVolume', userId })
    .thenTypes('VolumeAttachmentRemoved', 'VolumeDeletionRequested'));

test('an encrypted volume is not let go of, for its key would be lost', () =>
  given(volumeDecider, made({ encryptionKeyId: 'key-1' }))
    .when({ do: 'Unmanage' })
    .thenRefused('volume.encrypted'));
