import { admin, forbidden, member, noRow, reader, rows, stranger, type Subject, text } from './step';
import { becomes, isGone } from './world';

const connector =
  '--connect --initiator iqn.1993-08.org.debian:01:peer --ip 127.0.0.1 --host peer --platform x86_64 --os-type linux ' +
  '--mountpoint /dev/vdb';

const attachments: Subject = {
  title: 'attachments',
  microversion: '3.70',
  steps: [
    member('volume create --size 1 disk', {
      notes: { disk: 'id' },
      then: becomes('/volumes/{disk}', { volume: { status: 'available' } }),
    }),
    member('volume attachment create disk vm', {
      microversion: '3.26',
      fails: /--os-volume-api-version 3.27 or greater is required/,
    }),
    member('volume attachment create disk vm', {
      says: { ID: text, 'Volume ID': text, Status: 'reserved', Properties: {} },
      notes: { attachment: 'ID' },
      then: becomes('/volumes/{disk}', { volume: { status: 'reserved' } }),
    }),
    member('volume attachment create disk other-vm', { fails: /Invalid volume: .*\(HTTP 400\)/ }),
    member('volume attachment create disk nosuch', { fails: /No server with a name or ID of 'nosuch' exists/ }),
    reader('volume attachment create disk vm', { fails: forbidden('volume:attachment_create') }),
    member('volume attachment create nosuch vm', { fails: /No volume with a name or ID of 'nosuch' exists/ }),
    member('volume attachment set --initiator iqn.x --ip 127.0.0.1 --host peer --mountpoint /dev/vdb {attachment}', {
      says: { ID: text, Properties: { driver_volume_type: text } },
      then: becomes('/volumes/{disk}', { volume: { status: 'attaching' } }),
    }),
    reader('volume attachment set --host peer {attachment}', { fails: forbidden('volume:attachment_update') }),
    member('volume attachment complete {attachment}', {
      then: becomes('/volumes/{disk}', {
        volume: { status: 'in-use', attachments: [{ server_id: text, host_name: 'peer', device: '/dev/vdb' }] },
      }),
    }),
    member('volume list --name disk', {
      says: [expect.objectContaining({ Status: 'in-use', 'Attached to': [expect.objectContaining({ device: text })] })],
    }),
    member('volume attachment list', { says: rows({ ID: text, 'Server ID': text, Status: 'attached' }) }),
    member('volume attachment list --volume-id {disk}', { says: rows({ Status: 'attached' }) }),
    member('volume attachment list --status reserved', { says: noRow({ Status: 'attached' }) }),
    stranger('volume attachment list', { says: [] }),
    admin('volume attachment list --all-projects', { says: rows({ Status: 'attached' }) }),
    admin('volume attachment list --project other', { says: [] }),
    member('volume attachment show {attachment}', {
      says: { ID: text, 'Volume ID': text, 'Instance ID': text, Status: 'attached', 'Attach Mode': 'rw' },
    }),
    stranger('volume attachment show {attachment}', { fails: /could not be found.*\(HTTP 404\)/ }),
    member('volume delete disk', { fails: /must not be migrating, attached.*\(HTTP 400\)/s }),
    member('volume snapshot create --volume disk hot', { microversion: '3.65', fails: /\(HTTP 400\)/ }),
    member('volume snapshot create --volume disk --force hot', {
      microversion: '3.65',
      notes: { hot: 'id' },
      then: becomes('/snapshots/{hot}', { snapshot: { status: 'available' } }),
    }),
    member('volume set --size 2 disk', {
      then: becomes('/volumes/{disk}', { volume: { status: 'in-use', size: 2 } }),
    }),
    member('volume snapshot delete hot', { then: isGone('/snapshots/{hot}') }),
    reader('volume attachment delete {attachment}', { fails: forbidden('volume:attachment_delete') }),
    stranger('volume attachment delete {attachment}', { fails: /\(HTTP 404\)/ }),
    // Nobody may pull a disk from under a server: that is for the compute service, which comes with a token of its own.
    member('volume attachment delete {attachment}', {
      fails: /\(HTTP 409\)/,
      then: async (world) => {
        const asked = await world.ask('DELETE', '/attachments/{attachment}', { as: 'member', byService: true });
        expect(asked.status).toBe(200);
        await becomes('/volumes/{disk}', { volume: { status: 'available', attachments: [] } })(world);
      },
    }),
    member('volume attachment show {attachment}', { fails: /\(HTTP 404\)/ }),
    member('volume attachment complete {attachment}', { fails: /\(HTTP 404\)/ }),
  ],
};

const connectingAtOnce: Subject = {
  title: 'attachments that connect at once, and those of nobody',
  microversion: '3.70',
  steps: [
    member(`volume attachment create ${connector} --mode ro disk {server}`, {
      says: { 'Instance ID': text, Properties: { driver_volume_type: text } },
      notes: { connected: 'ID' },
      then: becomes('/volumes/{disk}', { volume: { status: 'attaching' } }),
    }),
    member('volume set --size 3 disk', {
      microversion: '3.41',
      fails: /must be available before size can be extended/,
    }),
    member('volume attachment complete {connected}', {
      then: becomes('/attachments/{connected}', { attachment: { status: 'attached', attach_mode: 'ro' } }),
    }),
    admin('volume attachment delete {connected}', {
      fails: /\(HTTP 409\)/,
      then: async (world) => {
        await world.ask('DELETE', '/attachments/{connected}', { byService: true });
        await becomes('/volumes/{disk}', { volume: { status: 'available' } })(world);
      },
    }),
    member('volume attachment create disk vm', {
      notes: { reserved: 'ID' },
      then: becomes('/volumes/{disk}', { volume: { status: 'reserved' } }),
    }),
    // What was only reserved has no connection to lose.
    member('volume attachment delete {reserved}', {
      then: becomes('/volumes/{disk}', { volume: { status: 'available' } }),
    }),
    member('volume delete disk', { then: isGone('/volumes/{disk}') }),
  ],
};

export const attachmentSubjects: readonly Subject[] = [attachments, connectingAtOnce];
