import { Body, Controller, Inject, Param, Res } from '@nestjs/common';
import { answerAction, type StatusReply } from '../http/answer-action';
import { Call, type CallContext } from '../http/request-context';
import { runAction } from '../http/run-action';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { deleteSnapshot, updateSnapshot } from './change-snapshot';
import { createSnapshot } from './create-snapshot';
import { findSnapshotToChange } from './find-snapshot';
import { readSnapshots, showSnapshot } from './read-snapshots';
import { snapshotActionHandlers } from './snapshot.actions';

/** Snapshots of volumes. */
@Controller()
export class SnapshotsController {
  private readonly handlers: ReturnType<typeof snapshotActionHandlers>;

  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {
    this.handlers = snapshotActionHandlers(services);
  }

  @Serves('snapshots.list')
  list(@Call() call: CallContext) {
    return readSnapshots(this.services, call, { detail: false });
  }

  @Serves('snapshots.listDetail')
  listDetail(@Call() call: CallContext) {
    return readSnapshots(this.services, call, { detail: true });
  }

  @Serves('snapshots.create')
  create(@Body() body: unknown, @Call() call: CallContext) {
    return createSnapshot(this.services, body ?? {}, call);
  }

  @Serves('snapshots.show')
  show(@Param('snapshot_id') id: string, @Call() call: CallContext) {
    return showSnapshot(this.services, id, call);
  }

  @Serves('snapshots.update')
  update(@Param('snapshot_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return updateSnapshot(this.services, id, body ?? {}, call);
  }

  @Serves('snapshots.delete')
  delete(@Param('snapshot_id') id: string, @Call() call: CallContext) {
    return deleteSnapshot(this.services, id, call);
  }

  @Serves('snapshots.action')
  act(
    @Param('snapshot_id') id: string,
    @Body() body: unknown,
    @Call() call: CallContext,
    @Res({ passthrough: true }) reply: StatusReply,
  ) {
    const find = () => findSnapshotToChange(this.services, id, call);
    return answerAction(reply, runAction('snapshots.action', body, call, { find, handlers: this.handlers }));
  }
}
