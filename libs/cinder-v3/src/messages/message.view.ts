import { nextLink, resourceLinks } from '../links';
import type { ViewContext } from '../volumes/volume.view';
import { wireTime } from '../wire-time';

/** Why an action that had been accepted failed. */
export interface MessageFields {
  readonly id: string;
  readonly requestId: string | null;
  readonly resourceType: string;
  readonly resourceUuid: string;
  readonly eventId: string;
  readonly userMessage: string;
  readonly messageLevel: string;
  readonly createdAt: string;
  readonly guaranteedUntil: string;
}

export function messageView(message: MessageFields, { base, projectId }: ViewContext) {
  return {
    id: message.id,
    event_id: message.eventId,
    user_message: message.userMessage,
    message_level: message.messageLevel,
    created_at: wireTime(message.createdAt),
    guaranteed_until: wireTime(message.guaranteedUntil),
    request_id: message.requestId,
    links: resourceLinks(base, projectId, 'messages', message.id),
    resource_type: message.resourceType,
    resource_uuid: message.resourceUuid,
  };
}

/** One page of messages. */
export interface MessagePageFields {
  readonly messages: readonly MessageFields[];
  readonly limit: number;
  readonly path: string;
  readonly query: URLSearchParams;
}

export function messageList({ messages, limit, path, query }: MessagePageFields, context: ViewContext) {
  const last = messages.at(-1);
  const isFull = last !== undefined && messages.length >= limit;
  return {
    messages: messages.map((message) => messageView(message, context)),
    ...(isFull && { messages_links: [nextLink(context.base, path, query, last.id)] }),
  };
}
