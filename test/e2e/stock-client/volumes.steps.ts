import { admin, forbidden, member, noRow, reader, rows, stranger, type Subject, text } from './step';
import { becomes, isGone } from './world';

const available = { volume: { status: 'available' } };

/** What most people do most of the time, with the client as it is installed. */
const plainDay: Subject = {
  title: 'volumes, with the client as it is installed',
  microversion: 'default',
  steps: [
    member('volume create --size 1 --description first --property k1=v1 plain', {
      says: {
        ...{ name: 'plain', description: 'first', size: 1, status: 'creating', properties: { k1: 'v1' } },
        ...{ bootable: 'false', encrypted: false, multiattach: false, availability_zone: 'nova', attachments: [] },
        ...{ id: text, user_id: text, created_at: text, snapshot_id: null, source_volid: null },
      },
      notes: { plain: 'id' },
      then: becomes('/volumes/{plain}', available),
    }),
    member('volume list', { says: rows({ ID: text, Name: 'plain', Status: 'available', Size: 1, 'Attached to': [] }) }),
    reader('volume list', { says: rows({ Name: 'plain' }) }),
    stranger('volume list', { says: noRow({ Name: 'plain' }) }),
    member('volume show plain', { says: { name: 'plain', properties: { k1: 'v1' } } }),
    member('volume show {plain}', { says: { name: 'plain' } }),
    reader('volume show plain', { says: { name: 'plain' } }),
    stranger('volume show {plain}', { fails: /No volume with a name or ID of '.*' exists/ }),
    member('volume set --name renamed --description second plain', {
      then: becomes('/volumes/{plain}', { volume: { name: 'renamed', description: 'second' } }),
    }),
    member('volume delete renamed', { then: isGone('/volumes/{plain}') }),
    member('volume delete renamed', { fails: /No volume with a name or ID of 'renamed' exists/ }),
  ],
};

const creating: Subject = {
  title: 'making volumes',
  microversion: '3.70',
  steps: [
    member('volume create --size 1 --availability-zone nova data', {
      says: { name: 'data', size: 1, status: 'creating', group_id: null, service_uuid: null },
      notes: { data: 'id' },
      then: becomes('/volumes/{data}', available),
    }),
    member('volume create --size 1 --image tiny system', {
      says: { name: 'system', size: 1 },
      notes: { system: 'id' },
      then: becomes('/volumes/{system}', { volume: { status: 'available', bootable: 'true' } }),
    }),
    member('volume show system', { says: { volume_image_metadata: { image_name: 'tiny' }, bootable: 'true' } }),
    member('volume create --size 2 --image tiny --read-only --non-bootable larger', {
      notes: { larger: 'id' },
      then: becomes('/volumes/{larger}', { volume: { status: 'available', size: 2 } }),
    }),
    member('volume create --source data copied', {
      says: { size: 1, source_volid: text },
      notes: { copied: 'id' },
      then: becomes('/volumes/{copied}', available),
    }),
    member('volume create --source system --size 2 grown', {
      notes: { grown: 'id' },
      then: becomes('/volumes/{grown}', { volume: { status: 'available', size: 2, bootable: 'true' } }),
    }),
    member('volume create --size 1 --hint different_host={data} hinted', {
      notes: { hinted: 'id' },
      then: becomes('/volumes/{hinted}', available),
    }),
    member('volume create none', { fails: /--size is a required option/ }),
    member('volume create --size 0 none', { fails: /Value: 0\. 0 is less than the minimum of 1 \(HTTP 400\)/ }),
    member('volume create --size 1 --availability-zone nowhere none', {
      fails: /Availability zone 'nowhere' is invalid\. \(HTTP 400\)/,
    }),
    member('volume create --size 1 --type nosuch none', {
      fails: /Volume type with name nosuch could not be found\. \(HTTP 404\)/,
    }),
    member('volume create --size 1 --image nosuch none', { fails: /No Image found for nosuch/ }),
    member('volume create --size 1 --image large none', {
      fails: /Volume size 1GB cannot be smaller than the image minDisk size 5GB\. \(HTTP 400\)/,
    }),
    member('volume create --size 1 --image queued none', { fails: /Image .* is not active\. \(HTTP 400\)/ }),
    member('volume create --size 1 --source nosuch none', { fails: /No volume with a name or ID of 'nosuch' exists/ }),
    reader('volume create --size 1 none', { fails: forbidden('volume:create') }),
    member('volume list --name none', { says: [] }),
  ],
};

const listing: Subject = {
  title: 'lists of volumes',
  microversion: '3.70',
  steps: [
    member('volume list --long', {
      says: rows({ Name: 'data', Type: text, Bootable: 'false', Properties: {} }, { Name: 'system', Bootable: 'true' }),
    }),
    member('volume list --name data', { says: [expect.objectContaining({ Name: 'data' })] }),
    member('volume list --status error', { says: [] }),
    member('volume list --limit 1', { says: [expect.objectContaining({ Name: 'hinted' })] }),
    member('volume list --limit 1 --marker {hinted}', { says: [expect.objectContaining({ Name: 'grown' })] }),
    member('volume list --marker {server}', { fails: /marker .*could not be found|HTTP 404/ }),
    member('volume list --all-projects --name data', { says: [expect.objectContaining({ Name: 'data' })] }),
    stranger('volume list --all-projects', { says: noRow({ Name: 'data' }) }),
    admin('volume list --all-projects', { says: rows({ Name: 'data' }) }),
    admin('volume list --project other', { says: [] }),
    admin('volume list --user member --name data', { says: [expect.objectContaining({ Name: 'data' })] }),
    admin('volume list --user reader', { says: [] }),
    member('block storage resource filter list', {
      says: rows({ Resource: 'volume', Filters: expect.arrayContaining(['name', 'status']) }),
    }),
    // The next two fail in the client, whatever the server answers.
    member('block storage resource filter show volume', { fails: /'ListWithMeta' object is not an iterator/ }),
    member('block storage resource filter show nosuch', { fails: /No resource filter with a name of .* exists/ }),
  ],
};

const changing: Subject = {
  title: 'changing volumes',
  microversion: '3.70',
  steps: [
    member('volume set --property a=1 --property b=2 data', {
      then: becomes('/volumes/{data}', { volume: { metadata: { a: '1', b: '2' } } }),
    }),
    member('volume unset --property a data', { then: becomes('/volumes/{data}/metadata', { metadata: { b: '2' } }) }),
    member('volume set --no-property --property c=3 data', {
      then: async (world) => {
        expect((await world.ask('GET', '/volumes/{data}/metadata')).body).toEqual({ metadata: { c: '3' } });
      },
    }),
    member('volume set --image-property hw_disk_bus=scsi system', {
      then: becomes('/volumes/{system}', { volume: { volume_image_metadata: { hw_disk_bus: 'scsi' } } }),
    }),
    member('volume unset --image-property hw_disk_bus system', {
      then: async (world) => {
        const { body } = await world.ask('GET', '/volumes/{system}');
        expect(body).not.toHaveProperty('volume.volume_image_metadata.hw_disk_bus');
        expect(body).toHaveProperty('volume.volume_image_metadata.image_name', 'tiny');
      },
    }),
    member('volume set --bootable data', { then: becomes('/volumes/{data}', { volume: { bootable: 'true' } }) }),
    member('volume set --non-bootable data', { then: becomes('/volumes/{data}', { volume: { bootable: 'false' } }) }),
    member('volume set --read-only data', {
      then: becomes('/volumes/{data}', { volume: { metadata: { readonly: 'True' } } }),
    }),
    member('volume set --read-write data', {
      then: becomes('/volumes/{data}', { volume: { metadata: { readonly: 'False' } } }),
    }),
    member('volume set --size 2 data', {
      then: becomes('/volumes/{data}', { volume: { status: 'available', size: 2 } }),
    }),
    member('volume set --size 2 data', { fails: /New size must be greater than 2 GB/ }),
    member('volume set --state error data', {
      fails: forbidden('volume_extension:volume_admin_actions:reset_status'),
    }),
    admin('volume set --state error data', { then: becomes('/volumes/{data}', { volume: { status: 'error' } }) }),
    member('volume set --size 3 data', { fails: /Failed to set volume size: .*\(HTTP 400\)/ }),
    admin('volume set --state available data', { then: becomes('/volumes/{data}', available) }),
    reader('volume set --property r=1 data', { fails: forbidden('volume:create_volume_metadata') }),
    reader('volume set --name mine data', { fails: forbidden('volume:update') }),
    reader('volume unset --property c data', { fails: forbidden('volume:update_volume_metadata') }),
    stranger('volume set --name mine {data}', { fails: /No volume with a name or ID of/ }),
    member('volume migrate --host elsewhere@file#file data', {
      fails: forbidden('volume_extension:volume_admin_actions:migrate_volume'),
    }),
    admin('volume migrate --host elsewhere@file#file data', { fails: /\(HTTP 400\)/ }),
  ],
};

const deleting: Subject = {
  title: 'deleting volumes',
  microversion: '3.70',
  steps: [
    reader('volume delete hinted', { fails: forbidden('volume:delete') }),
    stranger('volume delete {hinted}', { fails: /No volume with a name or ID of/ }),
    member('volume delete --force hinted', {
      fails: forbidden('volume_extension:volume_admin_actions:force_delete'),
    }),
    // Some states are for the work that leads to them.
    admin('volume set --state deleting hinted', { fails: /Cannot reset-state to deleting \(HTTP 400\)/ }),
    admin('volume set --state in-use hinted', { fails: /volume does not have any attachments\. \(HTTP 400\)/ }),
    admin('volume set --state maintenance hinted', {
      then: becomes('/volumes/{hinted}', { volume: { status: 'maintenance' } }),
    }),
    member('volume delete hinted', { fails: /Volume status must be available or error .*\(HTTP 400\)/ }),
    admin('volume delete --force hinted', {
      then: async (world) => {
        await becomes('/volumes?name=hinted', { volumes: [] })(world);
      },
    }),
    admin('volume set --attached copied'),
    member('volume delete copied', { fails: /must not be migrating, attached.*\(HTTP 400\)/s }),
    admin('volume set --detached copied', { then: becomes('/volumes/{copied}', available) }),
    member('volume delete copied nosuch', {
      fails: /1 of 2 volumes failed to delete/,
      then: isGone('/volumes/{copied}'),
    }),
    member('volume delete grown larger', { then: isGone('/volumes/{larger}') }),
  ],
};

export const volumeSubjects: readonly Subject[] = [plainDay, creating, listing, changing, deleting];
