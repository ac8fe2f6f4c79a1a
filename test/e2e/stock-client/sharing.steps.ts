import { admin, forbidden, member, reader, rows, stranger, type Subject, text } from './step';
import { becomes, imageBecomes, isGone } from './world';

const transfers: Subject = {
  title: 'transfers',
  microversion: '3.70',
  steps: [
    member('volume create --size 1 gift', {
      notes: { gift: 'id' },
      then: becomes('/volumes/{gift}', { volume: { status: 'available' } }),
    }),
    member('volume transfer request create --name offer gift', {
      says: { id: text, name: 'offer', volume_id: text, auth_key: text },
      notes: { offer: 'id', key: 'auth_key' },
      then: becomes('/volumes/{gift}', { volume: { status: 'awaiting-transfer' } }),
    }),
    member('volume transfer request create gift', { fails: /\(HTTP 400\)/ }),
    member('volume delete gift', { fails: /\(HTTP 400\)/ }),
    reader('volume transfer request create gift', { fails: forbidden('volume:create_transfer') }),
    member('volume transfer request list', { says: rows({ ID: text, Name: 'offer', Volume: text }) }),
    stranger('volume transfer request list', { says: [] }),
    admin('volume transfer request list --all-projects', { says: rows({ Name: 'offer' }) }),
    member('volume transfer request show offer', { says: { name: 'offer', volume_id: text } }),
    stranger('volume transfer request show {offer}', { fails: /No volumetransfer with a name or ID of/ }),
    stranger('volume transfer request accept --auth-key wrong {offer}', { fails: /\(HTTP 400\)/ }),
    stranger('volume transfer request accept --auth-key {key} {offer}', {
      says: { id: text, name: 'offer', volume_id: text },
      then: async (world) => {
        await becomes('/volumes/{gift}', { volume: { status: 'available' } })(world);
        const owned = { volume: { 'os-vol-tenant-attr:tenant_id': world.spelled('{project other}') } };
        await becomes('/volumes/{gift}', owned)(world);
      },
    }),
    member('volume show {gift}', { fails: /No volume with a name or ID of/ }),
    stranger('volume transfer request accept --auth-key {key} {offer}', { fails: /\(HTTP 404\)/ }),
    stranger('volume transfer request create --no-snapshots gift', {
      notes: { second: 'id' },
      then: becomes('/volumes/{gift}', { volume: { status: 'awaiting-transfer' } }),
    }),
    member('volume transfer request delete {second}', { fails: /1 of 1 volume transfer requests failed to delete/ }),
    stranger('volume transfer request delete {second}', {
      then: becomes('/volumes/{gift}', { volume: { status: 'available' } }),
    }),
    stranger('volume delete gift', { then: isGone('/volumes/{gift}') }),
  ],
};

const images: Subject = {
  title: 'images of volumes',
  microversion: '3.70',
  steps: [
    member('image create --volume system --disk-format raw --container-format bare uploaded', {
      says: { status: 'uploading', size: 1, image_id: text, image_name: 'uploaded', disk_format: 'raw' },
      then: async (world) => {
        await imageBecomes('uploaded', { status: 'active', visibility: 'private', size: 2 ** 30 })(world);
        await becomes('/volumes/{system}', { volume: { status: 'available' } })(world);
      },
    }),
    member('image create --volume system --disk-format qcow2 compact', {
      then: imageBecomes('compact', { status: 'active', disk_format: 'qcow2' }),
    }),
    member('volume create --size 1 --image uploaded returned', {
      notes: { returned: 'id' },
      then: becomes('/volumes/{returned}', { volume: { status: 'available', bootable: 'true' } }),
    }),
    reader('image create --volume system no', { fails: forbidden('volume_extension:volume_actions:upload_image') }),
    member('image create --volume nosuch no', { fails: /No volume with a name or ID of 'nosuch' exists/ }),
    member('image create --volume system --public no', { fails: /\(HTTP 403\)/ }),
    member('volume delete returned', { then: isGone('/volumes/{returned}') }),
  ],
};

const messages: Subject = {
  title: 'messages',
  microversion: '3.70',
  steps: [
    member('volume create --size 1 --image bogus failed', {
      notes: { failed: 'id' },
      then: async (world) => {
        await becomes('/volumes/{failed}', { volume: { status: 'error' } })(world);
        const resource = { resource_uuid: world.spelled('{failed}'), resource_type: 'VOLUME', message_level: 'ERROR' };
        const wanted = { messages: expect.arrayContaining([expect.objectContaining(resource)]) as unknown };
        await becomes('/messages', wanted)(world);
        const { body } = await world.ask('GET', '/messages', { as: 'member' });
        const said = (body as { messages: { id: string; resource_uuid: string }[] }).messages;
        world.names.set('message', said.find(({ resource_uuid: id }) => id === resource.resource_uuid)!.id);
      },
    }),
    member('volume message list', {
      says: rows({
        ...{ ID: text, 'Event ID': expect.stringMatching(/^VOLUME_VOLUME_005_0\d\d$/) as unknown },
        ...{ 'Resource Type': 'VOLUME', 'Message Level': 'ERROR', 'User Message': text, 'Request ID': text },
      }),
    }),
    member('volume message list', { microversion: '3.2', fails: /3.3 or greater is required/ }),
    member('volume message list --limit 1', { says: [expect.objectContaining({ ID: text })] }),
    stranger('volume message list', { says: [] }),
    member('volume message show {message}', { says: { id: text, resource_uuid: text, user_message: text } }),
    stranger('volume message show {message}', { fails: /\(HTTP 404\)/ }),
    reader('volume message delete {message}', { fails: /Failed to delete 1 of 1 messages/ }),
    member('volume message delete {message}', { then: isGone('/messages/{message}') }),
    member('volume message show {message}', { fails: /\(HTTP 404\)/ }),
    member('volume message delete {message}', { fails: /Failed to delete 1 of 1 messages/ }),
    member('volume delete failed', { then: isGone('/volumes/{failed}') }),
  ],
};

export const sharingSubjects: readonly Subject[] = [transfers, images, messages];
