import type { VolumeEvent } from '@hearth/contracts';
import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';

const lived = (...events: VolumeEvent[]) =>
  events.reduce<SampleLog>(
    (log, event) => log.add('volume', sample.volumeId(1), event),
    new SampleLog().add('volume', sample.volumeId(1), sample.requested(1), sample.placed(), sample.provisioned()),
  );
const rowsOf = (...events: VolumeEvent[]) => given(lived(...events)).attachments.values();
const attachmentId = sample.attachmentId(1);
const reserved = sample.attachmentReserved(1);
const attached = [reserved, sample.connectRequested(1), sample.connected(1), sample.completed(1)];
const disconnected = sample.fact('VolumeAttachmentDisconnected', { attachmentId });

test('a reservation names the server, the volume and its project', () => {
  expect(rowsOf(reserved)).toMatchObject([
    {
      ...{ id: attachmentId, volumeId: sample.volumeId(1), projectId: 'demo', instanceId: sample.serverId(1) },
      ...{ status: 'reserved', mode: 'rw', legacy: false, connection: null, attachedAt: null, createdAt: momentOf(2) },
    },
  ]);
});

test('a connected one says how the volume is reached and from where, an attached one since when', () => {
  const where = { hostName: 'compute-01', mountpoint: '/dev/vdb' };
  expect(rowsOf(...attached.slice(0, 2))).toMatchObject([{ status: 'attaching', connection: null, ...where }]);
  expect(rowsOf(...attached.slice(0, 3))).toMatchObject([
    { status: 'attaching', connection: sample.connection, attachedAt: null },
  ]);
  expect(rowsOf(...attached)).toMatchObject([{ status: 'attached', attachedAt: momentOf(5), ...where }]);
});

test('what os-attach names takes the place of what was known', () => {
  const named = { attachmentId, instanceId: sample.serverId(2), hostName: 'other', mountpoint: '/dev/vdc' };
  expect(rowsOf(reserved, sample.fact('VolumeAttachmentCompleted', named))).toMatchObject([
    { status: 'attached', instanceId: sample.serverId(2), hostName: 'other', mountpoint: '/dev/vdc' },
  ]);
});

test('failures show, and leave nothing that is not there', () => {
  const connectFailed = sample.fact('VolumeAttachmentConnectFailed', { attachmentId, failure: sample.failure() });
  expect(rowsOf(reserved, sample.connectRequested(1), connectFailed)).toMatchObject([
    { status: 'error_attaching', connection: null },
  ]);
  const disconnectFailed = sample.fact('VolumeAttachmentDisconnectFailed', { attachmentId, failure: sample.failure() });
  expect(rowsOf(...attached, sample.disconnectRequested(1), disconnectFailed)).toMatchObject([
    { status: 'error_detaching', leaving: false, connection: sample.connection },
  ]);
});

test('one that leaves is there until the host has disconnected it', () => {
  const leaving = given(lived(...attached, sample.disconnectRequested(1)));
  expect(leaving.attachments.values()).toMatchObject([{ status: 'attached', leaving: true }]);
  const gone = given(lived(...attached, sample.disconnectRequested(1), disconnected));
  expect(gone.attachments.values()).toEqual([]);
  expect(gone.volumes.values()).toMatchObject([{ attachments: [], attachStatus: 'detached', status: 'available' }]);
});

test('os-terminate_connection leaves the attachment, without its connection', () => {
  expect(rowsOf(...attached, sample.disconnectRequested(1, false), disconnected)).toMatchObject([
    { status: 'attached', connection: null, connector: null },
  ]);
});

test('one that was never connected goes at once', () => {
  expect(rowsOf(reserved, sample.fact('VolumeAttachmentRemoved', { attachmentId }))).toEqual([]);
});

test('the volume carries its attachments in order, and is attached while one of them is', () => {
  const { volumes } = given(lived(...attached, sample.attachmentReserved(2, 2)));
  expect(volumes.values()).toMatchObject([
    { attachStatus: 'attached', attachments: [{ id: attachmentId }, { id: sample.attachmentId(2) }] },
  ]);
});
