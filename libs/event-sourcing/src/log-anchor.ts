import type { EventStore, StreamOf } from './event-store';
import type { Category } from '@hearth/contracts';

/** The commit that a kept fold ends with: found again at its place, it proves that the fold is of this log and not ahead of it. */
export interface LogAnchor {
  readonly stream: StreamOf<Category>;
  readonly sequence: number;
  readonly commitId: string;
}

/** True when the commit stands where the anchor says. False for another log, and for one that has lost its end. */
export async function holdsAnchor(
  store: Pick<EventStore, 'read'>,
  { stream, sequence, commitId }: LogAnchor,
): Promise<boolean> {
  for await (const commit of store.read(stream, { afterSequence: sequence - 1 })) {
    return commit.sequence === sequence && commit.id === commitId;
  }
  return false;
}
