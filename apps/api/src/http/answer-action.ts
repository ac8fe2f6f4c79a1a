import type { ActionAnswer } from './run-action';

/** The part of the framework's reply that is used here. */
export interface StatusReply {
  status(code: number): unknown;
}

/** Sends what an action led to: its status is its own, not the route's. */
export async function answerAction(reply: StatusReply, acting: Promise<ActionAnswer>): Promise<unknown> {
  const { status, body } = await acting;
  reply.status(status);
  return body;
}
