import { Body, Controller, Headers, Inject, Param, Res } from '@nestjs/common';
import { answerAction, type StatusReply } from '../http/answer-action';
import { Call, type CallContext } from '../http/request-context';
import { runAction } from '../http/run-action';
import { Serves } from '../http/serves';
import { volumeActionHandlers } from './actions/volume-action-handlers';
import { findVolumeOrImageVolume } from './change-volume';
import { createVolume } from './create/create-volume';
import { deleteVolume } from './delete-volume';
import { listVolumes } from './list-volumes';
import { explainVolume, showVolume } from './show-volume';
import { summarizeVolumes } from './summarize-volumes';
import { updateVolume } from './update-volume';
import { type VolumeServices, volumeServices } from './volume-services';

/** Volumes; the project may stand in the path or be left out. */
@Controller()
export class VolumesController {
  private readonly handlers: ReturnType<typeof volumeActionHandlers>;

  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {
    this.handlers = volumeActionHandlers(services);
  }

  @Serves('volumes.create')
  create(@Body() body: unknown, @Headers('idempotency-key') key: string | undefined, @Call() call: CallContext) {
    return createVolume(this.services, body ?? {}, key, call);
  }

  @Serves('volumes.list')
  list(@Call() call: CallContext) {
    return listVolumes(this.services, call, { detail: false });
  }

  @Serves('volumes.listDetail')
  listDetail(@Call() call: CallContext) {
    return listVolumes(this.services, call, { detail: true });
  }

  @Serves('volumes.show')
  show(@Param('volume_id') id: string, @Call() call: CallContext) {
    return showVolume(this.services, id, call);
  }

  @Serves('volumes.explain')
  explain(@Param('volume_id') id: string, @Call() call: CallContext) {
    return explainVolume(this.services, id, call);
  }

  @Serves('volumes.delete')
  delete(@Param('volume_id') id: string, @Call() call: CallContext) {
    return deleteVolume(this.services, id, call);
  }

  @Serves('volumes.summary')
  summary(@Call() call: CallContext) {
    return summarizeVolumes(this.services, call);
  }

  @Serves('volumes.update')
  update(@Param('volume_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return updateVolume(this.services, id, body ?? {}, call);
  }

  @Serves('volumes.act')
  act(
    @Param('volume_id') id: string,
    @Body() body: unknown,
    @Call() call: CallContext,
    @Res({ passthrough: true }) reply: StatusReply,
  ) {
    const find = () => findVolumeOrImageVolume(this.services, id, call);
    return answerAction(reply, runAction('volumes.act', body, call, { find, handlers: this.handlers }));
  }
}
