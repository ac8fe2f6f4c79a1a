import { Body, Controller, Delete, Get, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { createVolume } from './create-volume';
import { deleteVolume } from './delete-volume';
import { listVolumes } from './list-volumes';
import { explainVolume, showVolume } from './show-volume';
import { type VolumeServices, volumeServices } from './volume-services';

/** Volumes; the project may stand in the path or be left out. */
@Controller(['v3/:project/volumes', 'v3/volumes'])
export class VolumesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Post()
  @HttpCode(202)
  create(@Body() body: unknown, @Headers('idempotency-key') key: string | undefined, @Call() call: CallContext) {
    return createVolume(this.services, body ?? {}, key, call);
  }

  @Get()
  list(@Call() call: CallContext) {
    return listVolumes(this.services, call, { detail: false });
  }

  @Get('detail')
  listDetail(@Call() call: CallContext) {
    return listVolumes(this.services, call, { detail: true });
  }

  @Get(':id')
  show(@Param('id') id: string, @Call() call: CallContext) {
    return showVolume(this.services, id, call);
  }

  @Get(':id/explain')
  explain(@Param('id') id: string, @Call() call: CallContext) {
    return explainVolume(this.services, id, call);
  }

  @Delete(':id')
  @HttpCode(202)
  delete(@Param('id') id: string, @Call() call: CallContext) {
    return deleteVolume(this.services, id, call);
  }
}
