import type { VolumeEvent } from '@hearth/contracts';
import { given } from '@hearth/testing';
import { attachmentsByStatus, failedTo } from '../testing/attachments-by-status';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  attachmentReserved,
  connectRequested,
  disconnectRequested,
  exampleAttachmentId,
  exampleConnection,
  exampleConnector,
  exampleInstanceId,
  failed,
  made,
} from './volume.examples';
import { owedSteps } from './volume.next-step';

const attachmentId = exampleAttachmentId;
const otherId = 'a7000000-0000-4000-8000-000000000002';
const otherServer = '11111111-2222-4333-8444-000000000002';
const volume = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made(), ...events]);
const shared = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made({ multiattach: true }), ...events]);
const readOnly: VolumeEvent = { type: 'VolumeReadOnlySet', data: { readOnly: true } };
const disconnected: VolumeEvent = { type: 'VolumeAttachmentDisconnected', data: { attachmentId } };
const connect: VolumeCommand = { do: 'ConnectAttachment', attachmentId, connector: exampleConnector };
const complete: VolumeCommand = { do: 'CompleteAttachment', attachmentId };
const remove: VolumeCommand = { do: 'RemoveAttachment', attachmentId };
const reserve = (patch: Partial<Extract<VolumeCommand, { do: 'ReserveAttachment' }>> = {}): VolumeCommand => ({
  do: 'ReserveAttachment',
  attachmentId: otherId,
  instanceId: otherServer,
  mode: null,
  connector: null,
  ...patch,
});

test('an attachment is connected in the decision that reserves it, if the connector is there', () =>
  volume()
    .when(reserve({ connector: exampleConnector }))
    .thenTypes('VolumeAttachmentReserved', 'VolumeAttachmentConnectRequested'));

test('what is owed for attachments comes before all else, in the order in which they were reserved', () => {
  const { state } = shared(
    attachmentReserved(attachmentId),
    attachmentReserved(otherId, otherServer),
    connectRequested(otherId),
    connectRequested(attachmentId),
  );
  expect(owedSteps(state)).toMatchObject([
    { do: 'connect', attachment: { id: attachmentId } },
    { do: 'connect', attachment: { id: otherId } },
  ]);
});

describe('several attachments', () => {
  test('are for volumes that may have them', () =>
    volume(...attached())
      .when(reserve())
      .thenRefused('volume.not_multiattach'));
  test('may be on several servers, and the volume is in use until the last one goes', () => {
    shared(...attached())
      .when(reserve())
      .thenTypes('VolumeAttachmentReserved');
    const both = [...attached(), ...attached(otherId, otherServer)];
    expect(shared(...both, disconnectRequested(), disconnected).state).toMatchObject({ label: 'in-use' });
  });
  test('of one server are what a live migration makes, on any volume', () =>
    volume(...attached())
      .when(reserve({ instanceId: exampleInstanceId }))
      .thenTypes('VolumeAttachmentReserved'));
  test('cannot be told apart by the host if server and connector are the same', () =>
    shared(...attached())
      .when(reserve({ instanceId: exampleInstanceId, connector: exampleConnector }))
      .thenRefused('attachment.exists'));
  test('cannot have one id', () =>
    shared(...attached())
      .when(reserve({ attachmentId }))
      .thenRefused('attachment.exists'));
});

describe('the mode of an attachment', () => {
  const reservedAs = (mode: 'rw' | 'ro' | null): VolumeEvent => ({
    type: 'VolumeAttachmentReserved',
    data: { attachmentId, instanceId: null, mode },
  });
  const connectAs = (mode: unknown): VolumeCommand => ({ ...connect, connector: { ...exampleConnector, mode } });
  const modes = (command: VolumeCommand, ...events: VolumeEvent[]) => {
    const { decision } = volume(...events).when(command);
    return (decision as readonly VolumeEvent[]).map(({ data }) => 'mode' in data && data.mode);
  };

  test('is not known until it is connected, unless it was asked for', () => {
    expect(modes(reserve())).toEqual([null]);
    expect(modes(reserve({ mode: 'ro' }))).toEqual(['ro']);
    expect(modes(reserve({ connector: { mode: 'ro' } }))).toEqual([null, 'ro']);
  });
  test.each([
    [null, 'ro', 'ro'],
    [null, 'rw', 'rw'],
    [null, null, 'rw'],
    ['rw', 'ro', 'rw'],
    ['ro', 'rw', 'ro'],
  ] as const)('reserved %s and connected %s is %s', (reserved, connecting, mode) => {
    expect(modes(connectAs(connecting), reservedAs(reserved))).toEqual([mode]);
    expect(modes(reserve({ mode: reserved, connector: { mode: connecting } })).at(-1)).toBe(mode);
  });
  test('is ro, whatever is asked, where the volume is read-only', () => {
    expect(modes(reserve({ mode: 'rw', connector: { mode: 'rw' } }), readOnly)).toEqual(['ro', 'ro']);
    expect(modes(connectAs('rw'), reservedAs(null), readOnly)).toEqual(['ro']);
  });
});

describe('without the word of a service', () => {
  const cut: VolumeCommand = { ...remove, unlessUsed: true };
  const nobodys = attached().map((event) =>
    event.type === 'VolumeAttachmentReserved' ? { ...event, data: { ...event.data, instanceId: null } } : event,
  );

  test.each(['connected', 'attached', 'error_detaching'] as const)('what a server has %s stays', (status) =>
    volume(...attachmentsByStatus[status])
      .when(cut)
      .thenRefused('attachment.used_by_server'),
  );
  test.each([
    ['was only reserved', attachmentsByStatus.reserved, 'VolumeAttachmentRemoved'],
    ['is not connected yet', attachmentsByStatus.connecting, 'VolumeAttachmentDisconnectRequested'],
    ['could not be connected', attachmentsByStatus.error_attaching, 'VolumeAttachmentDisconnectRequested'],
    ['names no server', nobodys, 'VolumeAttachmentDisconnectRequested'],
  ])('what %s may be removed', (_what, events, type) =>
    volume(...events)
      .when(cut)
      .thenTypes(type),
  );
  test('what is on its way out goes on its way', () =>
    volume(...attachmentsByStatus.disconnecting)
      .when(cut)
      .thenNothing());
  test('the server is named', () =>
    expect(volume(...attachmentsByStatus.attached).when(cut).decision).toMatchObject({
      data: { instanceId: exampleInstanceId },
    }));
});

test('an attachment that nobody knows is not found', () => {
  for (const command of [connect, complete, remove]) volume().when(command).thenRefused('attachment.not_found');
});

test('a report about an attachment that has gone changes nothing', () => {
  volume().when({ do: 'RecordDisconnected', attachmentId }).thenNothing();
  volume()
    .when({ do: 'RecordConnected', attachmentId, connection: exampleConnection })
    .thenRefused('volume.work_ended');
});

test('an attachment of a volume that is set to error can be removed', () =>
  volume(...attached(), { type: 'VolumeStatusReset', data: { status: 'error' } })
    .when(remove)
    .thenTypes('VolumeAttachmentDisconnectRequested'));

test('with the status reset to detached go all attachments', () => {
  const { decision } = shared(...attached(), attachmentReserved(otherId, otherServer)).when({
    do: 'ResetStatus',
    status: 'available',
    attachStatus: 'detached',
  });
  expect(decision).toEqual([
    { type: 'VolumeAttachmentDisconnectRequested', data: { attachmentId, remove: true, anyway: true } },
    { type: 'VolumeAttachmentRemoved', data: { attachmentId: otherId } },
    { type: 'VolumeStatusReset', data: { status: 'available', attachStatus: 'detached' } },
  ]);
});

describe('an attachment that its host cannot disconnect', () => {
  const failure = failed('backend.failed');
  const cannot: VolumeCommand = { do: 'RecordDisconnectFailure', attachmentId, failure };
  const reset: VolumeCommand = { do: 'ResetStatus', attachStatus: 'detached' };
  const byWord: VolumeEvent = {
    type: 'VolumeAttachmentDisconnectRequested',
    data: { attachmentId, remove: true, anyway: true },
  };

  test('stays in error for who asked for it, and can be asked for again', () => {
    const stuck = volume(...attached(), disconnectRequested(), failedTo('Disconnect'));
    expect(stuck.state).toMatchObject({
      attachments: new Map([[attachmentId, expect.objectContaining({ leaving: false })]]),
    });
    stuck.when(remove).thenTypes('VolumeAttachmentDisconnectRequested');
  });
  test.each([
    ['is connected', attached()],
    ['is in error_attaching', [attachmentReserved(), connectRequested(), failedTo('Connect')]],
    ['is in error_detaching', [...attached(), disconnectRequested(), failedTo('Disconnect')]],
    ['is being disconnected for a client', [...attached(), disconnectRequested()]],
  ])('goes by an administrator’s word, where it %s', (_how, before) => {
    const asked = volume(...before).when(reset);
    expect(asked.decision).toContainEqual(byWord);
    const told = volume(...before, byWord, { type: 'VolumeStatusReset', data: { attachStatus: 'detached' } });
    told.when(reset).thenNothing();
    told.when(cannot).thenTypes('VolumeAttachmentDisconnectFailed', 'VolumeAttachmentRemoved');
    const removed: VolumeEvent = { type: 'VolumeAttachmentRemoved', data: { attachmentId } };
    expect(volume(...before, byWord, failedTo('Disconnect'), removed).state).toMatchObject({
      label: 'available',
      attachments: new Map(),
    });
  });
});

test('a completed attachment says where it is', () => {
  const { state } = volume(...attached());
  expect('attachments' in state && state.attachments.get(attachmentId)).toMatchObject({
    hostName: exampleConnector.host,
    connection: exampleConnection,
    completed: true,
  });
});
