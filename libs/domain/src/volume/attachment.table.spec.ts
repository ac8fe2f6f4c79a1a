import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import { type AttachmentStatus, attachmentsByStatus } from '../testing/attachments-by-status';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import { exampleAttachmentId, exampleConnection, exampleConnector, failed, made } from './volume.examples';

const attachmentId = exampleAttachmentId;
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const connect: VolumeCommand = { do: 'ConnectAttachment', attachmentId, connector: exampleConnector };
const complete: VolumeCommand = { do: 'CompleteAttachment', attachmentId };
const remove: VolumeCommand = { do: 'RemoveAttachment', attachmentId };
/** What each command and each report leads to, by the status of the attachment: event, nothing, or the refusal. */
const table: readonly (readonly [VolumeCommand, Readonly<Record<AttachmentStatus, string>>])[] = [
  [
    connect,
    {
      reserved: 'VolumeAttachmentConnectRequested',
      connecting: '',
      connected: '',
      attached: '',
      disconnecting: 'attachment.wrong_status',
      error_attaching: 'VolumeAttachmentConnectRequested',
      error_detaching: '',
    },
  ],
  [
    complete,
    {
      reserved: 'attachment.not_connected',
      connecting: 'attachment.not_connected',
      connected: 'VolumeAttachmentCompleted',
      attached: '',
      disconnecting: 'attachment.not_connected',
      error_attaching: 'attachment.not_connected',
      error_detaching: 'attachment.not_connected',
    },
  ],
  [
    remove,
    {
      reserved: 'VolumeAttachmentRemoved',
      connecting: 'VolumeAttachmentDisconnectRequested',
      connected: 'VolumeAttachmentDisconnectRequested',
      attached: 'VolumeAttachmentDisconnectRequested',
      disconnecting: '',
      error_attaching: 'VolumeAttachmentDisconnectRequested',
      error_detaching: 'VolumeAttachmentDisconnectRequested',
    },
  ],
  [
    { do: 'RecordConnected', attachmentId, connection: exampleConnection },
    {
      reserved: 'volume.work_ended',
      connecting: 'VolumeAttachmentConnected',
      connected: '',
      attached: '',
      disconnecting: 'volume.work_ended',
      error_attaching: 'volume.work_ended',
      error_detaching: 'volume.work_ended',
    },
  ],
  [
    { do: 'RecordConnectFailure', attachmentId, failure: failed('backend.failed') },
    {
      reserved: 'volume.work_ended',
      connecting: 'VolumeAttachmentConnectFailed',
      connected: 'volume.work_ended',
      attached: 'volume.work_ended',
      disconnecting: 'volume.work_ended',
      error_attaching: '',
      error_detaching: 'volume.work_ended',
    },
  ],
  [
    { do: 'RecordDisconnected', attachmentId },
    {
      reserved: '',
      connecting: 'volume.work_ended',
      connected: 'volume.work_ended',
      attached: 'volume.work_ended',
      disconnecting: 'VolumeAttachmentDisconnected',
      error_attaching: '',
      error_detaching: 'volume.work_ended',
    },
  ],
  [
    { do: 'RecordDisconnectFailure', attachmentId, failure: failed('backend.failed') },
    {
      reserved: 'volume.work_ended',
      connecting: 'volume.work_ended',
      connected: 'volume.work_ended',
      attached: 'volume.work_ended',
      disconnecting: 'VolumeAttachmentDisconnectFailed',
      error_attaching: 'volume.work_ended',
      error_detaching: '',
    },
  ],
];

describe.each(table)('$do', (command, expected) => {
  test.each(Object.keys(attachmentsByStatus) as AttachmentStatus[])('of an attachment that is %s', (status) => {
    const { decision } = volume(...attachmentsByStatus[status]).when(command);
    const outcome = 'refused' in decision ? decision.refused : decision.map(({ type }) => type).join();
    expect(outcome).toBe(expected[status]);
  });
});

test.each([
  ['reserved', 'reserved'],
  ['connecting', 'attaching'],
  ['connected', 'attaching'],
  ['attached', 'in-use'],
  ['disconnecting', 'detaching'],
  ['error_attaching', 'reserved'],
  ['error_detaching', 'in-use'],
] as const)('with one attachment that is %s the volume is %s', (status, label) => {
  expect(volume(...attachmentsByStatus[status]).state).toMatchObject({ label });
});
