import type { LineFacts } from './cache-fact';
import { factsOfCloudEvent } from './cloud-event';
import { Fields } from './fields';
import { factsOfCommit } from './hearth-commit';
import { factsOfNotification } from './oslo-notification';
import { UnfitEventError, UnreadableLineError } from './unreadable-line.error';

/**
 * What a line of a file of events says; lines count from 1, and an empty one says nothing. A line is a commit of Hearth's log, one of
 * its CloudEvents in JSON, or a notification of Cinder's: each is known by its fields, so that a file may mix them. Throws
 * `UnreadableLineError`.
 */
export function parseDecisionLine(text: string, line: number): LineFacts {
  if (text.trim() === '') return { facts: [], passedOver: [] };
  try {
    return factsOf(Fields.of(parsed(text)));
  } catch (error) {
    if (error instanceof UnfitEventError) throw new UnreadableLineError(line, error.message, { cause: error });
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnfitEventError('it is not JSON: every line is one event', { cause: error });
  }
}

function factsOf(event: Fields): LineFacts {
  if (event.has('oslo.message') || event.has('event_type')) return factsOfNotification(event);
  if (event.has('specversion')) return factsOfCloudEvent(event);
  if (event.has('stream') && event.has('events')) return factsOfCommit(event);
  throw new UnfitEventError(
    "it is no event: a commit has 'stream' and 'events', a CloudEvent 'specversion', a notification 'event_type' or 'oslo.message'",
  );
}
