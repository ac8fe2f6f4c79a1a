import { Body, Controller, Inject } from '@nestjs/common';
import { Call, type CallContext } from '../../http/request-context';
import { Serves } from '../../http/serves';
import { type VolumeServices, volumeServices } from '../volume-services';
import { listManageable } from './list-manageable';
import { manageVolume } from './manage-volume';

/** Objects of backends that could become volumes, under their path and the older one. */
@Controller()
export class ManageableVolumesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('manageableVolumes.list', 'osVolumeManage.list')
  list(@Call() call: CallContext) {
    return listManageable(this.services, call, { detail: false });
  }

  @Serves('manageableVolumes.listDetail', 'osVolumeManage.listDetail')
  listDetail(@Call() call: CallContext) {
    return listManageable(this.services, call, { detail: true });
  }

  @Serves('manageableVolumes.manage', 'osVolumeManage.manage')
  manage(@Body() body: unknown, @Call() call: CallContext) {
    return manageVolume(this.services, body ?? {}, call);
  }
}
