import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import {
  deleteMetadataItem,
  mergeMetadata,
  replaceMetadata,
  setMetadataItem,
  showMetadata,
  showMetadataItem,
} from './snapshot-metadata';

/** The metadata of snapshots. */
@Controller()
export class SnapshotMetadataController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('snapshots.metadata.list')
  list(@Param('snapshot_id') id: string, @Call() call: CallContext) {
    return showMetadata(this.services, id, call);
  }

  @Serves('snapshots.metadata.merge')
  merge(@Param('snapshot_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return mergeMetadata(this.services, id, body ?? {}, call);
  }

  @Serves('snapshots.metadata.replace')
  replace(@Param('snapshot_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return replaceMetadata(this.services, id, body ?? {}, call);
  }

  @Serves('snapshots.metadata.show')
  show(@Param('snapshot_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    return showMetadataItem(this.services, id, key, call);
  }

  @Serves('snapshots.metadata.set')
  set(@Param('snapshot_id') id: string, @Param('key') key: string, @Body() body: unknown, @Call() call: CallContext) {
    return setMetadataItem(this.services, { id, key }, body ?? {}, call);
  }

  @Serves('snapshots.metadata.delete')
  delete(@Param('snapshot_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    return deleteMetadataItem(this.services, id, key, call);
  }
}
