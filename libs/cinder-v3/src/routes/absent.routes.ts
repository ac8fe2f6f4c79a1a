import type { AbsentRoute, Method } from './route';

const noBackups = 'No backups are made, so that there is none to be changed, restored or exported.';
const noGroups = 'Volumes are not grouped, so that there is no group to be changed.';
const noGroupTypes = 'Volumes are not grouped: nothing could be made of a type of groups.';
const noSnapshots = 'Backends tell of no snapshots that the API did not make, so that there is none to take over.';
const noReplication = 'Backends are not replicated, so that there is nothing to freeze or to fail over to.';
const noClusters = 'Several volume-managers of one pool need no cluster.';
const logLevels = "Log levels are part of each process's configuration (HEARTH_LOG_LEVEL).";
const noHosts =
  'Hosts are not started, stopped or changed by way of the API; services are enabled and disabled by os-services.';

type Line = readonly [method: Method, path: string, reason: string];

const lines: readonly Line[] = [
  ['POST', 'manageable_snapshots', noSnapshots],
  ['POST', 'os-snapshot-manage', noSnapshots],
  ['PUT', 'backups/{backup_id}', noBackups],
  ['DELETE', 'backups/{backup_id}', noBackups],
  ['POST', 'backups/{backup_id}/restore', noBackups],
  ['GET', 'backups/{backup_id}/export_record', noBackups],
  ['POST', 'backups/{backup_id}/action', noBackups],
  ['POST', 'groups', noGroups],
  ['PUT', 'groups/{group_id}', noGroups],
  ['POST', 'groups/{group_id}/action', noGroups],
  ['POST', 'groups/action', noGroups],
  ['POST', 'group_types', noGroupTypes],
  ['PUT', 'group_types/{group_type_id}', noGroupTypes],
  ['DELETE', 'group_types/{group_type_id}', noGroupTypes],
  ['GET', 'group_types/{group_type_id}/group_specs', noGroupTypes],
  ['POST', 'group_types/{group_type_id}/group_specs', noGroupTypes],
  ['GET', 'group_types/{group_type_id}/group_specs/{key}', noGroupTypes],
  ['PUT', 'group_types/{group_type_id}/group_specs/{key}', noGroupTypes],
  ['DELETE', 'group_types/{group_type_id}/group_specs/{key}', noGroupTypes],
  ['POST', 'group_snapshots', noGroups],
  ['DELETE', 'group_snapshots/{group_snapshot_id}', noGroups],
  ['POST', 'group_snapshots/{group_snapshot_id}/action', noGroups],
  ['POST', 'consistencygroups', noGroups],
  ['POST', 'consistencygroups/create_from_src', noGroups],
  ['PUT', 'consistencygroups/{group_id}/update', noGroups],
  ['POST', 'consistencygroups/{group_id}/delete', noGroups],
  ['POST', 'cgsnapshots', noGroups],
  ['DELETE', 'cgsnapshots/{cgsnapshot_id}', noGroups],
  ['PUT', 'os-services/freeze', noReplication],
  ['PUT', 'os-services/thaw', noReplication],
  ['PUT', 'os-services/failover', noReplication],
  ['PUT', 'os-services/failover_host', noReplication],
  ['PUT', 'os-services/get-log', logLevels],
  ['PUT', 'os-services/set-log', logLevels],
  ['PUT', 'clusters/enable', noClusters],
  ['PUT', 'clusters/disable', noClusters],
  ['PUT', 'os-hosts/{host_name}', noHosts],
  ['GET', 'os-hosts/{host_name}/startup', noHosts],
  ['GET', 'os-hosts/{host_name}/shutdown', noHosts],
  ['GET', 'os-hosts/{host_name}/reboot', noHosts],
];

/** Cinder's routes that are not served, and why; with those of the route table they are all that Cinder v3 has. */
export const absentRoutes: readonly AbsentRoute[] = lines.map(([method, path, reason]) => ({
  method,
  path: `/v3/{project_id}/${path}`,
  reason,
}));
