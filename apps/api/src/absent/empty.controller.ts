import {
  checkStorable,
  checkWireSchema,
  emptyList,
  FaultError,
  noBackupService,
  notFound,
  parseCreateBackup,
  parseManageableVolumes,
  routeOf,
} from '@hearth/cinder-v3';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { findVolumeRow } from '../volumes/find-volume';
import { poolsOfHost } from '../volumes/manage/pools-of-host';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';

/** Backups, groups and snapshots to take over: there are none. */
@Controller()
export class EmptyController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves(
    'manageableSnapshots.list',
    'manageableSnapshots.listDetail',
    'osSnapshotManage.list',
    'osSnapshotManage.listDetail',
  )
  async manageableSnapshots(@Call() { query, minor }: CallContext) {
    await poolsOfHost(this.services, parseManageableVolumes(query, minor).host);
    return { 'manageable-snapshots': [] };
  }

  @Serves('backups.list', 'backups.listDetail')
  backups(@Call() { query, minor }: CallContext) {
    return emptyList('backups', 'Backup', query, minor);
  }

  @Serves('backups.create')
  async createBackup(@Body() body: unknown, @Call() call: CallContext) {
    const { volumeId } = parseCreateBackup(body ?? {}, call.minor);
    await findVolumeRow(this.services, volumeId, call);
    call.authorise();
    throw noBackupService();
  }

  @Serves('backups.import')
  importBackup(@Body() body: unknown, @Call() { minor }: CallContext) {
    checkWireSchema(body ?? {}, routeOf('backups.import').body!.schema(minor));
    checkStorable(body, 'backup-record');
    throw noBackupService();
  }

  @Serves('backups.show')
  backup(@Param('backup_id') id: string) {
    throw notFound('Backup', id);
  }

  @Serves('groups.list', 'groups.listDetail')
  groups(@Call() { query, minor }: CallContext) {
    return emptyList('groups', 'Group', query, minor);
  }

  @Serves('groups.show', 'consistencyGroups.show')
  group(@Param('group_id') id: string) {
    throw notFound('Group', id);
  }

  @Serves('groupTypes.list')
  groupTypes(@Call() { query, minor }: CallContext) {
    return emptyList('group_types', 'Group type', query, minor);
  }

  @Serves('groupTypes.show')
  groupType(@Param('group_type_id') id: string) {
    if (id !== 'default') throw notFound('Group type', id);
    throw new FaultError({ status: 404, message: 'Default group type can not be found.' });
  }

  @Serves('groupSnapshots.list', 'groupSnapshots.listDetail')
  groupSnapshots(@Call() { query, minor }: CallContext) {
    return emptyList('group_snapshots', 'GroupSnapshot', query, minor);
  }

  @Serves('groupSnapshots.show')
  groupSnapshot(@Param('group_snapshot_id') id: string) {
    throw notFound('GroupSnapshot', id);
  }

  @Serves('consistencyGroups.list', 'consistencyGroups.listDetail')
  consistencyGroups(@Call() { query, minor }: CallContext) {
    return emptyList('consistencygroups', 'Group', query, minor);
  }

  @Serves('cgsnapshots.list', 'cgsnapshots.listDetail')
  consistencySnapshots(@Call() { query, minor }: CallContext) {
    return emptyList('cgsnapshots', 'GroupSnapshot', query, minor);
  }

  @Serves('cgsnapshots.show')
  consistencySnapshot(@Param('cgsnapshot_id') id: string) {
    throw notFound('GroupSnapshot', id);
  }
}
