import type { VolumeEvent } from '@hearth/contracts';
import { fold, isRefusal } from '@hearth/kernel';
import { given } from '@hearth/testing';
import { legacyAttachmentOf } from './legacy-attachment.decide';
import type { VolumeCommand } from './volume.commands';
import { volumeDecider } from './volume.decide';
import {
  attached,
  exampleAttachmentId,
  exampleConnection,
  exampleConnector,
  exampleInstanceId,
  made,
} from './volume.examples';
import type { ProvisionedVolume } from './volume.state';

const attachmentId = exampleAttachmentId;
const connect: VolumeCommand = { do: 'LegacyConnect', attachmentId, connector: exampleConnector };
const connected: VolumeCommand = { do: 'RecordConnected', attachmentId, connection: exampleConnection };
const attach: VolumeCommand = {
  do: 'LegacyAttach',
  attachmentId,
  instanceId: exampleInstanceId,
  hostName: null,
  mountpoint: '/dev/vdc',
  mode: 'rw',
};
const terminate: VolumeCommand = { do: 'LegacyTerminate', connector: exampleConnector };
const disconnected: VolumeCommand = { do: 'RecordDisconnected', attachmentId };
const detach: VolumeCommand = { do: 'LegacyDetach', attachmentId: null };

/** The volume after each of some commands, none of which may be refused. */
function after(...commands: readonly VolumeCommand[]): ProvisionedVolume {
  const end = commands.reduce(
    (state, command) => {
      const decision = volumeDecider.decide(command, state);
      if (isRefusal(decision)) throw new Error(`${command.do}: ${decision.refused}`);
      return fold(volumeDecider, decision, state);
    },
    fold(volumeDecider, made()),
  );
  if (end.status !== 'provisioned') throw new Error(end.status);
  return end;
}

const one = (volume: ProvisionedVolume) => volume.attachments.get(attachmentId);
const shared = (...events: readonly VolumeEvent[]) => given(volumeDecider, [...made({ multiattach: true }), ...events]);

test('the old way in and out: reserve, connect, attach, begin to detach, terminate, detach', () => {
  const steps: readonly (readonly [VolumeCommand, string])[] = [
    [{ do: 'Reserve' }, 'attaching'],
    [connect, 'attaching'],
    [connected, 'attaching'],
    [attach, 'in-use'],
    [{ do: 'BeginDetaching' }, 'detaching'],
    [terminate, 'detaching'],
    [disconnected, 'detaching'],
    [detach, 'available'],
  ];
  steps.forEach(([, label], at) => {
    expect(after(...steps.slice(0, at + 1).map(([command]) => command)).label).toBe(label);
  });
});

test('what is attached without a connection is connected afterwards, and in use all the time', () => {
  const volume = after(attach, connect, connected);
  expect(volume.label).toBe('in-use');
  expect(volume.attachments.size).toBe(1);
  expect(one(volume)).toMatchObject({ status: 'attached', connection: exampleConnection, mountpoint: '/dev/vdc' });
  expect(after(attach, connect).label).toBe('in-use');
});

test('a connection that nobody attached goes with its termination', () => {
  const volume = after(connect, connected, terminate, disconnected);
  expect(volume).toMatchObject({ label: 'available', attachments: new Map() });
});

test('what is attached stays when its connection is terminated', () => {
  const volume = after(attach, connect, connected, terminate, disconnected);
  expect(one(volume)).toMatchObject({ status: 'attached', connection: null });
  expect(volume.label).toBe('in-use');
});

test('to connect with the same connector again asks for nothing, and finds the same connection', () => {
  const volume = after(connect, connected, { ...connect, attachmentId: 'a7000000-0000-4000-8000-000000000002' });
  expect(volume.attachments.size).toBe(1);
  expect(legacyAttachmentOf(volume, exampleConnector)).toMatchObject({
    id: attachmentId,
    connection: exampleConnection,
  });
});

test('another host is not connected to a volume that is not for several', () =>
  given(volumeDecider, [...made(), ...attached()])
    .when(connect)
    .thenRefused('volume.not_multiattach'));

test('what was rolled back is as it was', () => {
  expect(after({ do: 'Reserve' }, { do: 'Unreserve' }).label).toBe('available');
  expect(after(attach, { do: 'BeginDetaching' }, { do: 'RollDetaching' }).label).toBe('in-use');
});

test('to roll back what was not begun says nothing', () => {
  given(volumeDecider, made()).when({ do: 'Unreserve' }).thenNothing();
  given(volumeDecider, made()).when({ do: 'RollDetaching' }).thenNothing();
  given(volumeDecider, made()).when(detach).thenNothing();
});

test('an administrator’s word is undone as if it had been a reservation', () => {
  const volume = (status: string) => given(volumeDecider, [...made(), { type: 'VolumeStatusReset', data: { status } }]);
  volume('attaching').when({ do: 'Unreserve' }).thenTypes('VolumeUnreserved');
  volume('detaching').when({ do: 'RollDetaching' }).thenTypes('VolumeDetachRolledBack');
  volume('detaching').when(detach).thenTypes('VolumeDetachRolledBack');
});

test('of several attachments the one to detach must be named', () => {
  const both = [...attached(), ...attached('a7000000-0000-4000-8000-000000000002', 'another')];
  shared(...both)
    .when(detach)
    .thenRefused('attachment.ambiguous');
  shared(...both)
    .when({ do: 'ForceDetach', attachmentId })
    .thenTypes('VolumeAttachmentDisconnectRequested');
});

test('a detach does not give back what somebody else reserved', () =>
  shared(...attached(), { type: 'VolumeReserved', data: {} })
    .when(detach)
    .thenTypes('VolumeAttachmentDisconnectRequested'));

test('only who may everything detaches a volume in maintenance', () => {
  const volume = given(volumeDecider, [
    ...made(),
    ...attached(),
    { type: 'VolumeStatusReset', data: { status: 'maintenance' } },
  ]);
  volume.when(detach).thenRefused('volume.wrong_status');
  volume.when({ do: 'ForceDetach', attachmentId: null }).thenTypes('VolumeAttachmentDisconnectRequested');
});

test('a termination where nothing is connected gives back what was reserved for it, and else says nothing', () => {
  expect(after({ do: 'Reserve' }, terminate).label).toBe('available');
  given(volumeDecider, [...made(), ...attached()])
    .when(terminate)
    .thenNothing();
});

test('a termination that comes twice gives nothing back while the host still disconnects', () => {
  const ending = after({ do: 'Reserve' }, connect, connected, terminate);
  expect(ending.label).toBe('attaching');
  expect(volumeDecider.decide(terminate, ending)).toEqual([]);
});

describe('without the word of a service', () => {
  const cuts: readonly VolumeCommand[] = [
    { ...terminate, unlessUsed: true },
    { ...detach, unlessUsed: true },
    { do: 'ForceDetach', attachmentId, unlessUsed: true },
  ];
  const decided = (command: VolumeCommand, state: ProvisionedVolume) => volumeDecider.decide(command, state);

  test.each(cuts)('$do does not take a volume from its server', (command) => {
    const refused = { refused: 'attachment.used_by_server', data: { instanceId: exampleInstanceId } };
    expect(decided(command, after(attach, connect, connected))).toMatchObject(refused);
  });
  test.each(cuts)('$do ends what no server is named for, or what is not connected', (command) => {
    expect(decided(command, after(connect, connected))).toHaveLength(1);
    expect(isRefusal(decided(command, after(attach)))).toBe(false);
  });
  test('nobody guesses which of several is meant, and what is not there cannot be asked about', () => {
    const state = fold(volumeDecider, [
      ...made({ multiattach: true }),
      ...attached(),
      ...attached('a7000000-0000-4000-8000-000000000002', 'another'),
    ]) as ProvisionedVolume;
    const refused = { refused: 'attachment.used_by_server', data: { instanceId: '' } };
    for (const command of cuts.slice(0, 2)) expect(decided(command, state)).toMatchObject(refused);
    expect(decided({ ...detach, attachmentId: 'unknown', unlessUsed: true }, state)).toMatchObject(refused);
  });
  test('a volume that nobody has is let go', () => {
    for (const command of cuts.slice(0, 2)) expect(isRefusal(decided(command, after({ do: 'Reserve' })))).toBe(false);
  });
});

test('a termination that names no host is of every connection; one of another host is of none', () => {
  const volume = given(volumeDecider, made());
  const state = after(connect, connected);
  expect(volumeDecider.decide({ do: 'LegacyTerminate', connector: {} }, state)).toHaveLength(1);
  expect(volumeDecider.decide({ do: 'LegacyTerminate', connector: { host: 'another' } }, state)).toEqual([]);
  volume.when(terminate).thenNothing();
});
