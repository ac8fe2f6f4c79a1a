import type { ReadModelOptions } from '../database/connection';
import { aborted, withSession } from '../database/session';
import { readCheckpoint } from './fact-writer';
import type { ProjectionPosition } from './projection-position';
import { projectedChannel } from './write-statement';

/** Where to listen, and what to tell. */
export interface PositionListenerOptions {
  readonly database: ReadModelOptions;
  readonly position: ProjectionPosition;
  readonly signal: AbortSignal;
}

/** Follows the position of whichever process is the active projector, until the signal. Throws when the connection is lost. */
export async function listenForPosition(
  { database, position, signal }: PositionListenerOptions,
  succeeded: () => void,
): Promise<void> {
  await withSession(database, {}, async (client, lost) => {
    client.on('notification', ({ payload }) => position.advance(Number(payload)));
    await client.query(`listen ${projectedChannel}`);
    // What was told before we listened is in the checkpoint.
    position.advance((await readCheckpoint(client)).sequence);
    succeeded();
    await aborted(AbortSignal.any([signal, lost]));
    if (!signal.aborted) throw lost.reason;
  });
}
