import { absentRoutes, pathsOf, routes } from './route-table';

/** What Cinder 21 routes below `/v3/{project_id}` (its v3 router and extensions), by the methods of its controllers. */
const cinder = `
volumes: GET POST
volumes/detail: GET
volumes/summary: GET
volumes/{}: GET PUT DELETE
volumes/{}/action: POST
volumes/{}/metadata: GET POST PUT
volumes/{}/metadata/{}: GET PUT DELETE
volumes/{}/encryption: GET
volumes/{}/encryption/{}: GET
manageable_volumes: GET POST
manageable_volumes/detail: GET
os-volume-manage: GET POST
os-volume-manage/detail: GET
snapshots: GET POST
snapshots/detail: GET
snapshots/{}: GET PUT DELETE
snapshots/{}/action: POST
snapshots/{}/metadata: GET POST PUT
snapshots/{}/metadata/{}: GET PUT DELETE
manageable_snapshots: GET POST
manageable_snapshots/detail: GET
os-snapshot-manage: GET POST
os-snapshot-manage/detail: GET
attachments: GET POST
attachments/detail: GET
attachments/{}: GET PUT DELETE
attachments/{}/action: POST
os-volume-transfer: GET POST
os-volume-transfer/detail: GET
os-volume-transfer/{}: GET DELETE
os-volume-transfer/{}/accept: POST
volume-transfers: GET POST
volume-transfers/detail: GET
volume-transfers/{}: GET DELETE
volume-transfers/{}/accept: POST
messages: GET
messages/{}: GET DELETE
types: GET POST
types/{}: GET PUT DELETE
types/{}/action: POST
types/{}/extra_specs: GET POST
types/{}/extra_specs/{}: GET PUT DELETE
types/{}/os-volume-type-access: GET
types/{}/encryption: GET POST
types/{}/encryption/{}: GET PUT DELETE
default-types: GET
default-types/{}: GET PUT DELETE
qos-specs: GET POST
qos-specs/{}: GET PUT DELETE
qos-specs/{}/associations: GET
qos-specs/{}/associate: GET
qos-specs/{}/disassociate: GET
qos-specs/{}/disassociate_all: GET
qos-specs/{}/delete_keys: PUT
os-quota-sets/{}: GET PUT DELETE
os-quota-sets/{}/defaults: GET
os-quota-class-sets/{}: GET PUT
limits: GET
resource_filters: GET
os-services: GET
os-services/enable: PUT
os-services/disable: PUT
os-services/disable-log-reason: PUT
os-services/freeze: PUT
os-services/thaw: PUT
os-services/failover: PUT
os-services/failover_host: PUT
os-services/get-log: PUT
os-services/set-log: PUT
os-hosts: GET
os-hosts/{}: GET PUT
os-hosts/{}/startup: GET
os-hosts/{}/shutdown: GET
os-hosts/{}/reboot: GET
os-availability-zone: GET
scheduler-stats/get_pools: GET
capabilities/{}: GET
extensions: GET
extensions/{}: GET
clusters: GET
clusters/detail: GET
clusters/{}: GET
clusters/enable: PUT
clusters/disable: PUT
workers/cleanup: POST
backups: GET POST
backups/detail: GET
backups/import_record: POST
backups/{}: GET PUT DELETE
backups/{}/restore: POST
backups/{}/export_record: GET
backups/{}/action: POST
groups: GET POST
groups/detail: GET
groups/action: POST
groups/{}: GET PUT
groups/{}/action: POST
group_types: GET POST
group_types/{}: GET PUT DELETE
group_types/{}/group_specs: GET POST
group_types/{}/group_specs/{}: GET PUT DELETE
group_snapshots: GET POST
group_snapshots/detail: GET
group_snapshots/{}: GET DELETE
group_snapshots/{}/action: POST
consistencygroups: GET POST
consistencygroups/detail: GET
consistencygroups/create_from_src: POST
consistencygroups/{}: GET
consistencygroups/{}/update: PUT
consistencygroups/{}/delete: POST
cgsnapshots: GET POST
cgsnapshots/detail: GET
cgsnapshots/{}: GET DELETE`;

const ofCinder = cinder
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [path = '', methods = ''] = line.split(': ');
    return methods.split(' ').map((method) => `${method} ${path}`);
  });

const prefix = '/v3/{project_id}/';
const named = (method: string, path: string) => `${method} ${path.slice(prefix.length).replaceAll(/\{\w+\}/g, '{}')}`;
const served = routes.flatMap((route) => pathsOf(route).map((path) => named(route.method, path)));
const absent = absentRoutes.map(({ method, path }) => named(method, path));

test.each(ofCinder)('%s is served, or absent for a reason, and not both', (route) => {
  expect([served.includes(route), absent.includes(route)].filter(Boolean)).toHaveLength(1);
});

test('nothing is absent that Cinder does not have', () => {
  expect(absent.filter((route) => !ofCinder.includes(route))).toEqual([]);
});

test('every absence has its reason', () => {
  expect(absentRoutes.filter(({ reason }) => !reason.endsWith('.'))).toEqual([]);
});

test('a route that is said to be as in Cinder is one of its routes', () => {
  const below = routes.filter(({ path, parity }) => path.startsWith(prefix) && parity !== 'own');
  const kept = below.map(({ method, path }) => named(method, path));
  expect(kept.filter((route) => !ofCinder.includes(route) && route !== 'GET types/default')).toEqual([]);
});
