import { admin, cinder, forbidden, member, reader, rows, stranger, type Subject, text } from './step';
import { becomes, isGone } from './world';

const quotas: Subject = {
  title: 'quotas and limits',
  microversion: '3.70',
  steps: [
    admin('quota set --volumes 1 --gigabytes 3 --snapshots 5 --per-volume-gigabytes 2 other'),
    admin('quota show other', {
      says: { volumes: 1, gigabytes: 3, snapshots: 5, 'per-volume-gigabytes': 2, project_name: 'other' },
    }),
    stranger('quota show', { says: { volumes: 1, gigabytes: 3 } }),
    member('quota show {project other}', { fails: /HTTP 403|Forbidden|No project with a name or ID/ }),
    admin('quota show --default other', { says: { volumes: expect.any(Number) as unknown } }),
    admin('quota list --volume', { says: rows({ Volumes: 1, Gigabytes: 3, Snapshots: 5 }) }),
    member('quota set --volumes 100 {project demo}', { fails: forbidden('volume_extension:quotas:update') }),
    admin('quota set --volumes -2 other', { fails: /\(HTTP 400\)/ }),
    stranger('volume create --size 1 only', {
      notes: { only: 'id' },
      then: becomes('/volumes/{only}', { volume: { status: 'available' } }),
    }),
    stranger('volume create --size 1 one-more', {
      fails: /VolumeLimitExceeded: Maximum number of volumes allowed \(1\) exceeded for quota 'volumes'\. \(HTTP 413\)/,
    }),
    admin('quota set --volumes 5 other'),
    stranger('volume create --size 3 too-large', { fails: /\(HTTP 413\)/ }),
    admin('quota set --per-volume-gigabytes 100 other'),
    stranger('volume create --size 3 too-much', {
      fails: /Requested 3G, quota is 3G and 1G has been consumed\. \(HTTP 413\)/,
    }),
    stranger('volume set --size 9 only', {
      fails: /Requested 8G, quota is 3G and 1G has been consumed\. \(HTTP 413\)/,
    }),
    stranger('limits show --absolute', {
      says: rows(
        { Name: 'maxTotalVolumes', Value: 5 },
        { Name: 'totalVolumesUsed', Value: 1 },
        { Name: 'totalGigabytesUsed', Value: 1 },
        { Name: 'maxTotalSnapshots', Value: 5 },
      ),
    }),
    stranger('limits show --rate', { says: [] }),
    admin('quota set --volume-type platinum --volumes 0 other'),
    stranger('volume create --size 1 --type platinum none', { fails: /volumes_platinum.*\(HTTP 413\)/ }),
    cinder.admin('quota-usage {project other}', { prints: /volumes\s+\|\s+1\s+\|/ }),
    cinder.admin('quota-delete {project other}', {
      then: async (world) => {
        const { body } = await world.ask('GET', '/os-quota-sets/{project other}');
        expect(body).not.toHaveProperty('quota_set.volumes', 5);
      },
    }),
    cinder.member('quota-delete {project demo}', { fails: forbidden('volume_extension:quotas:delete') }),
    admin('quota set --class --volumes 1000 default'),
    admin('quota show --class default', { says: { volumes: 1000 } }),
    admin('quota show --default other', { says: { volumes: 1000 } }),
    member('quota set --class --volumes 1 default', { fails: forbidden('volume_extension:quota_classes:update') }),
    reader('quota show', { says: { volumes: 1000 } }),
    stranger('volume delete only', { then: isGone('/volumes/{only}') }),
  ],
};

const services: Subject = {
  title: 'services, pools and zones',
  microversion: '3.70',
  steps: [
    admin('volume service list', {
      says: rows(
        { Binary: 'cinder-volume', Host: 'store-01@file', Zone: 'nova', Status: 'enabled', State: 'up' },
        { Binary: 'cinder-scheduler', Status: 'enabled', State: 'up', 'Updated At': text },
      ),
    }),
    admin('volume service list --service cinder-volume --host store-01@file --long', {
      says: [expect.objectContaining({ Host: 'store-01@file', 'Disabled Reason': null })],
    }),
    admin('volume service list --host nosuch', { says: [] }),
    member('volume service list', { fails: forbidden('volume_extension:services:index') }),
    member('volume service set --disable store-01@file cinder-volume', {
      fails: forbidden('volume_extension:services:update'),
    }),
    admin('volume service set --disable nosuch cinder-volume', { fails: /\(HTTP 404\)/ }),
    admin('volume service set --disable-reason no store-01@file cinder-volume', {
      fails: /Cannot specify option --disable-reason without --disable/,
    }),
    admin('volume service set --disable --disable-reason repairs store-01@file cinder-volume'),
    admin('volume service list --long --service cinder-volume', {
      says: rows({ Host: 'store-01@file', Status: 'disabled', State: 'up', 'Disabled Reason': 'repairs' }),
    }),
    // A host that is disabled gets no work, and there is no other.
    member('volume create --size 1 homeless', {
      notes: { homeless: 'id' },
      then: becomes('/volumes/{homeless}', { volume: { status: 'error' } }),
    }),
    admin('volume service set --enable store-01@file cinder-volume'),
    admin('volume service list --service cinder-volume', { says: rows({ Status: 'enabled' }) }),
    admin('volume service set --disable store-01@file cinder-volume'),
    admin('volume service set --enable store-01@file cinder-volume'),
    member('volume create --size 1 housed', {
      notes: { housed: 'id' },
      then: becomes('/volumes/{housed}', { volume: { status: 'available' } }),
    }),
    member('volume delete homeless housed', { then: isGone('/volumes/{housed}') }),
    member('availability zone list --volume', { says: [{ 'Zone Name': 'nova', 'Zone Status': 'available' }] }),
    cinder.admin('get-pools --detail', { prints: /store-01@file#.*total_capacity_gb/s }),
    cinder.admin('get-capabilities store-01@file', { prints: /OS::Storage::Capabilities::store-01@file/ }),
    cinder.member('get-pools', { fails: forbidden('scheduler_extension:scheduler_stats:get_pools') }),
    cinder.member('get-capabilities store-01@file', { fails: forbidden('volume_extension:capabilities') }),
    cinder.admin('service-list', { prints: /cinder-volume/ }),
    cinder.member('summary', { prints: /total_count/ }),
    cinder.member('absolute-limits', { prints: /maxTotalVolumes/ }),
    cinder.member('list-filters', { prints: /volume/ }),
  ],
};

const managing: Subject = {
  title: 'volumes that others have made',
  microversion: '3.70',
  steps: [
    member('volume create --size 1 kept-bytes', {
      notes: { 'kept bytes': 'id' },
      then: async (world) => {
        await becomes('/volumes/{kept bytes}', { volume: { status: 'available' } })(world);
        const { body } = await world.ask('GET', '/volumes/{kept bytes}');
        world.names.set('pool', (body as { volume: Record<string, string> }).volume['os-vol-host-attr:host']!);
      },
    }),
    cinder.member('unmanage {kept bytes}', { fails: forbidden('volume_extension:volume_unmanage') }),
    cinder.admin('unmanage {kept bytes}', { then: isGone('/volumes/{kept bytes}') }),
    cinder.admin('manageable-list {pool}', { prints: /volume-/ }),
    cinder.admin('manage --name found {pool} volume-{kept bytes}', {
      then: async (world) => {
        await becomes('/volumes?name=found', { volumes: [{ name: 'found' }] })(world);
        const { body } = await world.ask('GET', '/volumes?name=found');
        world.names.set('found', (body as { volumes: { id: string }[] }).volumes[0]!.id);
        await becomes('/volumes/{found}', { volume: { status: 'available', size: 1 } })(world);
      },
    }),
    cinder.member('manage --name found {pool} nosuch', { fails: forbidden('volume_extension:volume_manage') }),
    cinder.admin('reset-state --state error {found}', {
      then: becomes('/volumes/{found}', { volume: { status: 'error' } }),
    }),
    cinder.admin('reset-state --state available {found}', {
      then: becomes('/volumes/{found}', { volume: { status: 'available' } }),
    }),
    cinder.admin('reimage {found} {tiny}', {
      then: becomes('/volumes/{found}', { volume: { status: 'available' } }),
    }),
    admin('volume delete found', { then: isGone('/volumes/{found}') }),
  ],
};

export const operatorSubjects: readonly Subject[] = [quotas, services, managing];
