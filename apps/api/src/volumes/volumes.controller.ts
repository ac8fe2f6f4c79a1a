import { Body, Controller, Headers, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { createVolume } from './create-volume';
import { deleteVolume } from './delete-volume';
import { listVolumes } from './list-volumes';
import { explainVolume, showVolume } from './show-volume';
import { type VolumeServices, volumeServices } from './volume-services';

/** Volumes; the project may stand in the path or be left out. */
@Controller()
export class VolumesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

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
}
