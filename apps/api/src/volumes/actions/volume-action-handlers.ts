import type { VolumeRow } from '@hearth/read-model';
import { volumeAttachmentHandlers } from '../../attachments/volume-attachment.actions';
import type { ActionHandler } from '../../http/run-action';
import { type FoundVolume, ImageVolumeFault } from '../change-volume';
import type { VolumeServices } from '../volume-services';
import { extendVolume } from './extend.action';
import { setBootable, setReadOnly } from './flag.actions';
import { setImageMetadata, showImageMetadata, unsetImageMetadata } from './image-metadata.actions';
import { refuseMigration } from './migrate.actions';
import { reimageVolume } from './reimage.action';
import { forceDelete, unmanage } from './remove.actions';
import { resetStatus } from './reset-status.action';
import { retypeVolume } from './retype.action';
import { revertVolume } from './revert.action';
import { uploadImage } from './upload-image.action';

/** What `POST /volumes/{volume_id}/action` does, by the key of the body; each has its row in the wire's table of actions. */
export function volumeActionHandlers(services: VolumeServices): Readonly<Record<string, VolumeAction>> {
  return { ...ofVolumes(handlersOfVolumes(services)), 'os-force_delete': forceDelete(services) };
}

type VolumeAction = ActionHandler<FoundVolume | VolumeRow>;

function handlersOfVolumes(services: VolumeServices): Readonly<Record<string, ActionHandler<FoundVolume>>> {
  return {
    'os-extend': extendVolume(services),
    'os-retype': retypeVolume(services),
    'os-set_bootable': setBootable(services),
    'os-update_readonly_flag': setReadOnly(services),
    'os-set_image_metadata': setImageMetadata(services),
    'os-unset_image_metadata': unsetImageMetadata(services),
    'os-show_image_metadata': showImageMetadata,
    revert: revertVolume(services),
    'os-volume_upload_image': uploadImage(services),
    'os-reimage': reimageVolume(services),
    'os-reset_status': resetStatus(services),
    'os-unmanage': unmanage(services),
    'os-migrate_volume': refuseMigration,
    'os-migrate_volume_completion': refuseMigration,
    ...volumeAttachmentHandlers(services),
  };
}

/** What may be done to volumes alone: an image-volume is refused. */
function ofVolumes(handlers: Readonly<Record<string, ActionHandler<FoundVolume>>>): Record<string, VolumeAction> {
  const forVolume =
    (handle: ActionHandler<FoundVolume>): VolumeAction =>
    async (found, argument, call) => {
      if ('internal' in found) throw new ImageVolumeFault(found);
      return handle(found, argument, call);
    };
  return Object.fromEntries(Object.entries(handlers).map(([action, handle]) => [action, forVolume(handle)]));
}
