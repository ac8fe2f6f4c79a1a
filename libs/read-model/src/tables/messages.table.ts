import type { Table } from './table';

/** A user message: why an action that had been accepted failed, in the words of Cinder's message_field.py. */
export interface MessageRow {
  /** A UUID made of the commit and the event's place in it, so that the same log leads to the same ids. */
  readonly id: string;
  readonly projectId: string;
  readonly requestId: string | null;
  readonly resourceType: 'VOLUME' | 'VOLUME_SNAPSHOT';
  readonly resourceUuid: string;
  /** `VOLUME_<resource type>_<action>_<detail>`. */
  readonly eventId: string;
  readonly userMessage: string;
  readonly messageLevel: 'ERROR';
  readonly createdAt: string;
  /** 30 days later; lists do not show it any more then. */
  readonly guaranteedUntil: string;
}

export const messagesTable: Table<MessageRow, 'id'> = {
  name: 'messages',
  key: ['id'],
  columns: {
    id: 'id',
    projectId: 'id',
    requestId: 'id?',
    resourceType: 'id',
    resourceUuid: 'id',
    eventId: 'id',
    userMessage: 'text',
    messageLevel: 'id',
    createdAt: 'timestamptz',
    guaranteedUntil: 'timestamptz',
  },
};
