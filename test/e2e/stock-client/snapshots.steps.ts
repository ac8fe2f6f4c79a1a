import { admin, cinder, forbidden, member, noRow, reader, rows, stranger, type Subject, text } from './step';
import { becomes, isGone } from './world';

const available = { snapshot: { status: 'available' } };

const snapshots: Subject = {
  title: 'snapshots',
  // From 3.66 there is no `force: false` any more, which this client sends, or would.
  microversion: '3.65',
  steps: [
    member('volume create --size 1 original', {
      notes: { original: 'id' },
      then: becomes('/volumes/{original}', { volume: { status: 'available' } }),
    }),
    member('volume snapshot create --volume original --description d --property p=q snap', {
      says: { name: 'snap', description: 'd', size: 1, status: 'creating', properties: { p: 'q' }, volume_id: text },
      notes: { snap: 'id' },
      then: becomes('/snapshots/{snap}', available),
    }),
    member('volume snapshot create --volume original no', { microversion: '3.66', fails: /'force' option is invalid/ }),
    member('volume snapshot create --volume nosuch no', { fails: /No volume with a name or ID of 'nosuch' exists/ }),
    reader('volume snapshot create --volume original no', { fails: forbidden('volume:create_snapshot') }),
    // The name of a snapshot is that of its volume where no volume is named.
    member('volume snapshot create original', {
      says: { name: 'original', size: 1 },
      notes: { unnamed: 'id' },
      then: becomes('/snapshots/{unnamed}', available),
    }),
    member('volume snapshot list', {
      says: rows({ ID: text, Name: 'snap', Description: 'd', Status: 'available', Size: 1 }),
    }),
    member('volume snapshot list --long --name snap', {
      says: [expect.objectContaining({ Name: 'snap', Properties: { p: 'q' }, 'Created At': text, Volume: text })],
    }),
    member('volume snapshot list --volume original --status available', { says: rows({ Name: 'snap' }) }),
    member('volume snapshot list --limit 1', { says: [expect.objectContaining({ Name: 'original' })] }),
    member('volume snapshot list --limit 1 --marker {unnamed}', { says: [expect.objectContaining({ Name: 'snap' })] }),
    reader('volume snapshot list', { says: rows({ Name: 'snap' }) }),
    stranger('volume snapshot list --all-projects', { says: noRow({ Name: 'snap' }) }),
    admin('volume snapshot list --all-projects', { says: rows({ Name: 'snap' }) }),
    admin('volume snapshot list --project other', { says: [] }),
    member('volume snapshot show snap', { says: { id: text, name: 'snap', properties: { p: 'q' } } }),
    reader('volume snapshot show {snap}', { says: { name: 'snap' } }),
    stranger('volume snapshot show {snap}', { fails: /No snapshot with a name or ID of '.*' exists/ }),
    member('volume snapshot set --name kept --description e --property r=s snap', {
      then: becomes('/snapshots/{snap}', {
        snapshot: { name: 'kept', description: 'e', metadata: { p: 'q', r: 's' } },
      }),
    }),
    member('volume snapshot unset --property r kept', {
      then: async (world) => {
        expect((await world.ask('GET', '/snapshots/{snap}/metadata')).body).toEqual({ metadata: { p: 'q' } });
      },
    }),
    member('volume snapshot set --no-property kept', {
      then: async (world) => {
        expect((await world.ask('GET', '/snapshots/{snap}/metadata')).body).toEqual({ metadata: {} });
      },
    }),
    reader('volume snapshot set --name mine kept', { fails: forbidden('volume:update_snapshot') }),
    reader('volume snapshot set --property r=s kept', { fails: /\(HTTP 403\)/ }),
    reader('volume snapshot unset --property p kept', { fails: /\(HTTP 403\)/ }),
    member('volume snapshot set --state error kept', {
      fails: forbidden('volume_extension:snapshot_admin_actions:reset_status'),
    }),
    admin('volume snapshot set --state error {snap}', {
      then: becomes('/snapshots/{snap}', { snapshot: { status: 'error' } }),
    }),
    admin('volume snapshot set --state available {snap}', { then: becomes('/snapshots/{snap}', available) }),
    member('volume create --snapshot kept restored', {
      says: { size: 1, snapshot_id: text },
      notes: { restored: 'id' },
      then: becomes('/volumes/{restored}', { volume: { status: 'available', size: 1 } }),
    }),
    member('volume create --snapshot kept --size 2 restored-larger', {
      notes: { 'restored larger': 'id' },
      then: becomes('/volumes/{restored larger}', { volume: { status: 'available', size: 2 } }),
    }),
    member('volume create --snapshot nosuch none', { fails: /No snapshot with a name or ID of 'nosuch' exists/ }),
    member('volume delete original', { fails: /Invalid volume: .*have snapshots.*\(HTTP 400\)/ }),
  ],
};

const reverting: Subject = {
  title: 'reverting a volume to a snapshot',
  microversion: '3.40',
  steps: [
    cinder.member('revert-to-snapshot {snap}', { fails: /\(HTTP 400\)|latest/ }),
    member('volume snapshot delete {unnamed}', { then: isGone('/snapshots/{unnamed}') }),
    cinder.reader('revert-to-snapshot {snap}', { fails: forbidden('volume:revert_to_snapshot') }),
    cinder.member('revert-to-snapshot {snap}', {
      then: async (world) => {
        await becomes('/volumes/{original}', { volume: { status: 'available' } })(world);
        await becomes('/snapshots/{snap}', available)(world);
      },
    }),
  ],
};

const deletingSnapshots: Subject = {
  title: 'deleting snapshots',
  microversion: '3.65',
  steps: [
    reader('volume snapshot delete kept', { fails: forbidden('volume:delete_snapshot') }),
    stranger('volume snapshot delete {snap}', { fails: /No snapshot with a name or ID of/ }),
    member('volume snapshot delete --force kept', {
      fails: forbidden('volume_extension:snapshot_admin_actions:force_delete'),
    }),
    member('volume snapshot delete kept nosuch', {
      fails: /1 of 2 snapshots failed to delete/,
      then: isGone('/snapshots/{snap}'),
    }),
    member('volume snapshot create --volume original last', {
      notes: { last: 'id' },
      then: becomes('/snapshots/{last}', available),
    }),
    admin('volume snapshot set --state error_deleting {last}', {
      then: becomes('/snapshots?name=last', { snapshots: [{ status: 'error_deleting' }] }),
    }),
    admin('volume snapshot delete --force {last}', {
      then: becomes('/snapshots?name=last', { snapshots: [] }),
    }),
    member('volume snapshot create --volume original again', {
      notes: { again: 'id' },
      then: becomes('/snapshots/{again}', available),
    }),
    member('volume delete --purge original', {
      then: async (world) => {
        await isGone('/volumes/{original}')(world);
        await isGone('/snapshots/{again}')(world);
      },
    }),
    // What was made from a snapshot outlives it.
    member('volume show restored', { says: { status: 'available' } }),
    member('volume delete restored restored-larger', { then: isGone('/volumes/{restored larger}') }),
  ],
};

export const snapshotSubjects: readonly Subject[] = [snapshots, reverting, deletingSnapshots];
