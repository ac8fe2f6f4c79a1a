import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import {
  deleteMetadataItem,
  mergeMetadata,
  replaceMetadata,
  setMetadataItem,
  showMetadata,
  showMetadataItem,
} from './volume-metadata';
import { type VolumeServices, volumeServices } from './volume-services';

/** The metadata of volumes. */
@Controller()
export class VolumeMetadataController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('volumes.metadata.list')
  list(@Param('volume_id') id: string, @Call() call: CallContext) {
    return showMetadata(this.services, id, call);
  }

  @Serves('volumes.metadata.merge')
  merge(@Param('volume_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return mergeMetadata(this.services, id, body ?? {}, call);
  }

  @Serves('volumes.metadata.replace')
  replace(@Param('volume_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return replaceMetadata(this.services, id, body ?? {}, call);
  }

  @Serves('volumes.metadata.show')
  show(@Param('volume_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    return showMetadataItem(this.services, id, key, call);
  }

  @Serves('volumes.metadata.set')
  set(@Param('volume_id') id: string, @Param('key') key: string, @Body() body: unknown, @Call() call: CallContext) {
    return setMetadataItem(this.services, { id, key }, body ?? {}, call);
  }

  @Serves('volumes.metadata.delete')
  delete(@Param('volume_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    return deleteMetadataItem(this.services, id, key, call);
  }
}
