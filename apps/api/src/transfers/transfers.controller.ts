import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { acceptTransfer } from './accept-transfer';
import { createTransfer } from './create-transfer';
import { deleteTransfer, listOffers, showTransfer } from './transfers';

/** Offers of volumes to other projects, under the name of old and under that since 3.55. */
@Controller()
export class TransfersController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('olderTransfers.list', 'transfers.list')
  list(@Call() call: CallContext) {
    return listOffers(this.services, call, { detail: false });
  }

  @Serves('olderTransfers.listDetail', 'transfers.listDetail')
  listDetail(@Call() call: CallContext) {
    return listOffers(this.services, call, { detail: true });
  }

  @Serves('olderTransfers.create', 'transfers.create')
  create(@Body() body: unknown, @Call() call: CallContext) {
    return createTransfer(this.services, body ?? {}, call);
  }

  @Serves('olderTransfers.show', 'transfers.show')
  show(@Param('transfer_id') id: string, @Call() call: CallContext) {
    return showTransfer(this.services, id, call);
  }

  @Serves('olderTransfers.accept', 'transfers.accept')
  accept(@Param('transfer_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return acceptTransfer(this.services, id, body ?? {}, call);
  }

  @Serves('olderTransfers.delete', 'transfers.delete')
  delete(@Param('transfer_id') id: string, @Call() call: CallContext) {
    return deleteTransfer(this.services, id, call);
  }
}
