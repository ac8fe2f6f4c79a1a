import { messageList, messageView, notFound, parseListMessages } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { deleteMessage, findMessage, listMessages, type MessageRow } from '@hearth/read-model';
import { Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext, viewContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';

/** Why what was accepted failed later. */
@Controller()
export class MessagesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('messages.list')
  async list(@Call() call: CallContext) {
    const { minor, caller, path, query, projectId } = call;
    const { filters, ...asked } = parseListMessages(query, { minor, isAdmin: caller.isAdmin });
    const page = { limit: asked.limit, path, query };
    if (filters === 'nothing') return messageList({ messages: [], ...page }, viewContext(call));
    const { rows } = await listMessages(this.services.database, { project: { id: projectId }, filters, ...asked });
    return messageList({ messages: rows, ...page }, viewContext(call));
  }

  @Serves('messages.show')
  async show(@Param('message_id') id: string, @Call() call: CallContext) {
    return { message: messageView(await this.find(id, call), viewContext(call)) };
  }

  @Serves('messages.delete')
  async delete(@Param('message_id') id: string, @Call() call: CallContext) {
    await this.find(id, call);
    await deleteMessage(this.services.database, id);
  }

  /** Throws a fault of 404, and of 403. */
  private async find(id: string, call: CallContext): Promise<MessageRow> {
    const row = isUuid(id) ? await findMessage(this.services.database, id) : undefined;
    if (!row || !(call.caller.isAdmin || row.projectId === call.projectId)) throw notFound('Message', id);
    call.authorise();
    return row;
  }
}
