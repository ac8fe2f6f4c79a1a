export { parseCreateAttachment, parseUpdateAttachment } from './attachment.requests';
export type { CreateAttachmentRequest } from './attachment.requests';
export { attachmentDetail, attachmentSummary, legacyConnection } from './attachment.view';
export type { AttachmentFields, AttachmentSummaryFields, ConnectionFields } from './attachment.view';
export type { ConnectorFields } from './connector';
export { hostFault } from './host-outcome.faults';
export type { AskedOfHost, HostOutcome } from './host-outcome.faults';
export { parseListAttachments } from './list-attachments.query';
export type { ListAttachmentsQuery } from './list-attachments.query';
export {
  parseAttach,
  parseDetach,
  parseInitializeConnection,
  parseTerminateConnection,
} from './volume-attachment.actions';
export type { AttachRequest } from './volume-attachment.actions';
