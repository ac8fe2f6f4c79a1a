import { Body, Controller, Inject, Param, Res } from '@nestjs/common';
import { answerAction, type StatusReply } from '../http/answer-action';
import { Call, type CallContext } from '../http/request-context';
import { type ActionHandler, runAction } from '../http/run-action';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { completeAttachment, deleteAttachment, updateAttachment } from './change-attachment';
import { createAttachment } from './create-attachment';
import { findAttachmentToChange, type FoundAttachment } from './find-attachment';
import { readAttachments, showAttachment } from './read-attachments';

/** Attachments of volumes. */
@Controller()
export class AttachmentsController {
  private readonly handlers: Readonly<Record<string, ActionHandler<FoundAttachment>>>;

  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {
    this.handlers = { 'os-complete': (found, _argument, call) => completeAttachment(services, found, call) };
  }

  @Serves('attachments.list')
  list(@Call() call: CallContext) {
    return readAttachments(this.services, call, { detail: false });
  }

  @Serves('attachments.listDetail')
  listDetail(@Call() call: CallContext) {
    return readAttachments(this.services, call, { detail: true });
  }

  @Serves('attachments.create')
  create(@Body() body: unknown, @Call() call: CallContext) {
    return createAttachment(this.services, body ?? {}, call);
  }

  @Serves('attachments.show')
  show(@Param('attachment_id') id: string, @Call() call: CallContext) {
    return showAttachment(this.services, id, call);
  }

  @Serves('attachments.update')
  update(@Param('attachment_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    return updateAttachment(this.services, id, body ?? {}, call);
  }

  @Serves('attachments.delete')
  delete(@Param('attachment_id') id: string, @Call() call: CallContext) {
    return deleteAttachment(this.services, id, call);
  }

  @Serves('attachments.action')
  act(
    @Param('attachment_id') id: string,
    @Body() body: unknown,
    @Call() call: CallContext,
    @Res({ passthrough: true }) reply: StatusReply,
  ) {
    const find = () => findAttachmentToChange(this.services, id, call);
    return answerAction(reply, runAction('attachments.action', body, call, { find, handlers: this.handlers }));
  }
}
