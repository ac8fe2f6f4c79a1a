import { eventSubject } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import type { Notice } from '../notices/notice';

/** A notice with its place: the fact that it tells of, and which of that fact's notices it is. */
export interface OutwardEvent {
  readonly notice: Notice;
  /** Stable over restarts and replays: `<commit>/<event>`, and `/<n>` for further notices of one event. */
  readonly id: string;
  readonly place: NoticePlace;
  readonly occurredAt: string;
  readonly traceparent: string | undefined;
}

/** Where in the log an event that went out came from. */
export interface NoticePlace {
  readonly factSequence: number;
  /** Ordinal among all notices of the commit, from 0. */
  readonly noticeIndex: number;
  readonly commitId: string;
}

/** The notices of a commit, by event, as events in the order in which they go out. */
export function outwardEvents(commit: Commit, notices: readonly (readonly Notice[])[]): OutwardEvent[] {
  let noticeIndex = -1;
  return notices.flatMap((ofEvent, ordinal) =>
    ofEvent.map((notice, n) => {
      noticeIndex += 1;
      return {
        notice,
        id: n === 0 ? `${commit.id}/${ordinal}` : `${commit.id}/${ordinal}/${n}`,
        place: { factSequence: commit.sequence, noticeIndex, commitId: commit.id },
        occurredAt: commit.recordedAt,
        traceparent: commit.traceparent,
      };
    }),
  );
}

/** Headers of ours beside those of CloudEvents: by them the next notifier knows where to go on. */
export const placeHeaders = { fact: 'Hearth-Fact', notice: 'Hearth-Notice', commit: 'Hearth-Commit' } as const;

/** A message in the binary mode of CloudEvents over NATS: attributes as `ce-` headers, the data alone as the body. */
export interface EventMessage {
  readonly subject: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export function messageOf(
  event: OutwardEvent,
  { source, traceparent }: { source: string; traceparent?: string },
): EventMessage {
  const { notice, place } = event;
  return {
    subject: eventSubject(notice.type),
    headers: [
      ...cloudEventHeaders(event, source),
      ...(traceparent ? [['traceparent', traceparent] as const] : []),
      [placeHeaders.fact, String(place.factSequence)],
      [placeHeaders.notice, String(place.noticeIndex)],
      [placeHeaders.commit, encodeHeader(place.commitId)],
    ],
    body: JSON.stringify(notice.data),
  };
}

/** The attributes of a CloudEvent. */
export function cloudEventHeaders(
  { notice, id, occurredAt }: Pick<OutwardEvent, 'notice' | 'id' | 'occurredAt'>,
  source: string,
): EventMessage['headers'] {
  return [
    ['ce-specversion', '1.0'],
    ['ce-id', encodeHeader(id)],
    ['ce-source', encodeHeader(source)],
    ['ce-type', notice.type],
    ['ce-time', occurredAt],
    ['ce-subject', encodeHeader(notice.subject)],
    ['content-type', 'application/json'],
  ];
}

/** As the binding asks for: everything but printable ASCII, and space, quote and percent of it, is percent-encoded. */
export function encodeHeader(text: string): string {
  return [...text].map((char) => (/[!#$&-~]/.test(char) ? char : encodeURIComponent(char))).join('');
}

export function decodeHeader(text: string): string {
  return decodeURIComponent(text);
}
