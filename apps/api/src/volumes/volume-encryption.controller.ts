import { Controller, Header, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { showEncryption, showEncryptionItem } from './volume-encryption';
import { type VolumeServices, volumeServices } from './volume-services';

/** How volumes are encrypted. */
@Controller()
export class VolumeEncryptionController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('volumes.encryption.list')
  show(@Param('volume_id') id: string, @Call() call: CallContext) {
    return showEncryption(this.services, id, call);
  }

  @Serves('volumes.encryption.show')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  showItem(@Param('volume_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    return showEncryptionItem(this.services, id, key, call);
  }
}
