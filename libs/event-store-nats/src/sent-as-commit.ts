import type { MsgHdrs } from 'nats';

/** Headers that the broker adds to a stored message when it hands it out as an answer. */
const handedOut = 'Nats-Stream';
const idHeader = 'Nats-Msg-Id';

/**
 * Whether a message of the log was sent as a commit by whoever may write its subject. The broker sends its answers to whatever reply
 * subject a request names and asks no permission for that: a request may have its answer stored in another's stream. Such an answer
 * has no message id, or has a status; a stored message that was handed out has the headers of that. `added`: how often this reading
 * itself adds them.
 */
export function isSentAsCommit(headers: MsgHdrs | undefined, added: 0 | 1 = 0): boolean {
  if (!headers?.has(idHeader) || headers.code !== 0) return false;
  return headers.values(handedOut).length <= added;
}

/**
 * The position of the message before it in its stream, 0 for the first: the broker takes no commit whose writer expected another one
 * there. Undefined where that was not said.
 */
export function predecessorOf(headers: MsgHdrs | undefined): number | undefined {
  const expected = headers?.get('Nats-Expected-Last-Subject-Sequence');
  return expected ? Number(expected) : undefined;
}

/** Whether a stored message is the broker's answer to a request for another stored message. */
export function isHandedOut(headers: MsgHdrs | undefined): boolean {
  return headers?.has(handedOut) ?? false;
}

/** What stands in the place of a commit's id where a message is none. */
export const passedOver = (sequence: number): string => `passed-over.${sequence}`;
