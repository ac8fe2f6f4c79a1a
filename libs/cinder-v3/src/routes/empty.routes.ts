import { z } from 'zod';
import { createBackupSchema, importBackupSchema } from '../absent/create-backup.request';
import type { Policy } from '../policy/policies';
import { pageParameters, text, withCount } from './parameters';
import { defineRoutes, type Parameter, type Parity } from './route';

/** Of what there is none, how it is asked for. */
interface Empty<Operation extends string> {
  readonly operation: Operation;
  /** Behind the project. */
  readonly path: string;
  /** The key of the list. */
  readonly key: string;
  readonly policy: Policy;
  readonly since?: number;
  readonly parity: Parity;
}

function list<const Operation extends string>({ key, path, ...route }: Empty<Operation>) {
  const title = `${key.split(/[_-]/).map(capitalised).join('')}${path.endsWith('/detail') ? 'InDetail' : ''}`;
  const counted = key === 'backups' ? { count: z.literal(0).optional() } : {};
  return {
    ...route,
    method: 'GET',
    path: `/v3/{project_id}/${path}`,
    projectOptional: true,
    summary: `List ${key.replaceAll(/[_-]/g, ' ')}: there are none.`,
    parameters: [...pageParameters('Items'), ...(furtherParameters[key] ?? [])],
    success: { status: 200, schema: z.strictObject({ [key]: z.array(z.never()), ...counted }).meta({ title }) },
    refusals: [400],
  } as const;
}

function show<const Operation extends string>({ key, path, ...route }: Empty<Operation>) {
  return {
    ...route,
    method: 'GET',
    path: `/v3/{project_id}/${path}`,
    projectOptional: true,
    summary: `Show one of the ${key.replaceAll(/[_-]/g, ' ')}: there are none.`,
    policyAfterLookup: true,
    success: { status: 200 },
  } as const;
}

const furtherParameters: Readonly<Record<string, readonly Parameter[]>> = {
  backups: [withCount],
  'manageable-snapshots': [
    text('host', 'host@backend#pool; the pool may be left out where a backend has one.'),
    text('cluster', 'From 3.17; there are none.'),
  ],
};

const capitalised = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

const noSnapshots = {
  different: 'Always empty: backends tell of no snapshots that the API did not make.',
} as const;
const noBackups = { different: 'Always empty: no backups are made.' } as const;
const noBackup = { different: 'Always 404: no backups are made.' } as const;
const noGroups = { different: 'Always empty: volumes are not grouped.' } as const;
const noGroup = { different: 'Always 404: volumes are not grouped.' } as const;

const backups = { key: 'backups', policy: 'backup:get_all', parity: noBackups } as const;
const manageable = {
  key: 'manageable-snapshots',
  policy: 'snapshot_extension:list_manageable',
  parity: noSnapshots,
} as const;
const groups = { key: 'groups', since: 13, policy: 'group:get_all', parity: noGroups } as const;
const groupTypes = { key: 'group_types', since: 11, policy: 'hearth:group_types' } as const;
const groupSnapshots = { key: 'group_snapshots', since: 14, parity: noGroups } as const;
const consistencyGroups = { key: 'consistencygroups', parity: noGroups } as const;
const consistencySnapshots = { key: 'cgsnapshots', parity: noGroups } as const;
const allSnapshots = 'group:get_all_group_snapshots';

/** Backups, groups and snapshots to take over: Hearth has none, and answers as a Cinder that has none. */
export const emptyRoutes = defineRoutes([
  list({ ...manageable, operation: 'manageableSnapshots.list', path: 'manageable_snapshots', since: 8 }),
  list({ ...manageable, operation: 'manageableSnapshots.listDetail', path: 'manageable_snapshots/detail', since: 8 }),
  list({ ...manageable, operation: 'osSnapshotManage.list', path: 'os-snapshot-manage' }),
  list({ ...manageable, operation: 'osSnapshotManage.listDetail', path: 'os-snapshot-manage/detail' }),
  list({ ...backups, operation: 'backups.list', path: 'backups' }),
  list({ ...backups, operation: 'backups.listDetail', path: 'backups/detail' }),
  show({ ...backups, operation: 'backups.show', path: 'backups/{backup_id}', policy: 'backup:get', parity: noBackup }),
  {
    operation: 'backups.create',
    method: 'POST',
    path: '/v3/{project_id}/backups',
    projectOptional: true,
    summary: 'Back a volume up: refused, as there is no service for it.',
    policy: 'backup:create',
    policyAfterLookup: true,
    body: { title: 'CreateBackup', schema: createBackupSchema },
    success: { status: 202 },
    parity: { different: 'Refused at once with 503; Cinder accepts, and the backup ends in error.' },
  },
  {
    operation: 'backups.import',
    method: 'POST',
    path: '/v3/{project_id}/backups/import_record',
    projectOptional: true,
    summary: 'Import a backup: refused, as there is no service for it.',
    policy: 'backup:backup-import',
    body: { title: 'ImportBackup', schema: importBackupSchema },
    success: { status: 201 },
    parity: { different: 'Always 503, as of a Cinder without the backup service.' },
  },
  list({ ...groups, operation: 'groups.list', path: 'groups' }),
  list({ ...groups, operation: 'groups.listDetail', path: 'groups/detail' }),
  show({ ...groups, operation: 'groups.show', path: 'groups/{group_id}', policy: 'group:get', parity: noGroup }),
  list({ ...groupTypes, operation: 'groupTypes.list', path: 'group_types', parity: noGroups }),
  show({ ...groupTypes, operation: 'groupTypes.show', path: 'group_types/{group_type_id}', parity: noGroup }),
  list({ ...groupSnapshots, operation: 'groupSnapshots.list', path: 'group_snapshots', policy: allSnapshots }),
  list({
    ...groupSnapshots,
    operation: 'groupSnapshots.listDetail',
    path: 'group_snapshots/detail',
    policy: allSnapshots,
  }),
  show({
    ...groupSnapshots,
    operation: 'groupSnapshots.show',
    path: 'group_snapshots/{group_snapshot_id}',
    policy: 'group:get_group_snapshot',
    parity: noGroup,
  }),
  list({
    ...consistencyGroups,
    operation: 'consistencyGroups.list',
    path: 'consistencygroups',
    policy: 'group:get_all',
  }),
  list({
    ...consistencyGroups,
    operation: 'consistencyGroups.listDetail',
    path: 'consistencygroups/detail',
    policy: 'group:get_all',
  }),
  show({
    ...consistencyGroups,
    operation: 'consistencyGroups.show',
    path: 'consistencygroups/{group_id}',
    policy: 'group:get',
    parity: noGroup,
  }),
  list({ ...consistencySnapshots, operation: 'cgsnapshots.list', path: 'cgsnapshots', policy: allSnapshots }),
  list({
    ...consistencySnapshots,
    operation: 'cgsnapshots.listDetail',
    path: 'cgsnapshots/detail',
    policy: allSnapshots,
  }),
  show({
    ...consistencySnapshots,
    operation: 'cgsnapshots.show',
    path: 'cgsnapshots/{cgsnapshot_id}',
    policy: 'group:get_group_snapshot',
    parity: noGroup,
  }),
]);
