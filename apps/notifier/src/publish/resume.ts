import type { Commit, Snapshot } from '@hearth/event-sourcing';
import type { SavedPools } from '../facts/known-facts';
import type { StreamEnd } from './event-stream';
import type { OutwardEvent } from './outward-event';

/** Names the shape of what is kept and the rules behind it; to be changed with either. */
export const keptFingerprint = 'notifier/1';

/** What a notifier leaves behind: all facts up to the snapshot's position were told when the stream ended here. */
export interface KeptPosition {
  readonly eventsSequence: number;
  readonly streamCreatedAt: string;
  readonly pools: SavedPools;
}

/** The log does not hold the fact that the last event told of. */
export class LogMismatchError extends Error {
  constructor(factSequence: number, commitId: string) {
    super(
      `events tell of commit ${commitId} at position ${factSequence}, which the log does not hold there: ` +
        'it has lost its end, or is another one. Nothing is published until the two are reconciled',
    );
    this.name = 'LogMismatchError';
  }
}

/** Where to begin, and which events are out already. */
export class Resume {
  readonly afterSequence: number;
  readonly pools: SavedPools;
  /** Events to count off where the stream no longer says how far they went; their number is all that is known. */
  private uncounted: number;
  private lastSeen: number;

  /**
   * The stream's last message says how far the events went. Where it holds none any more (they have their time), what the last
   * notifier kept says it; a fact after that position is told if the stream has not grown by it: every event is one position.
   */
  constructor(
    private readonly end: StreamEnd,
    kept: Snapshot | undefined,
    logLastSequence: number,
  ) {
    const position = usable(end, kept, logLastSequence);
    this.afterSequence = position ? kept!.sequence : 0;
    this.pools = position?.pools ?? [];
    this.uncounted = end.last ? 0 : end.lastSequence - (position?.eventsSequence ?? 0);
    this.lastSeen = this.afterSequence;
  }

  /** True when all events of a commit are out for sure. To be asked for every commit, in order. */
  isTold(commit: Commit): boolean {
    this.lastSeen = commit.sequence;
    return this.end.last !== undefined && commit.sequence < this.end.last.factSequence;
  }

  /** The events that are not out yet. Throws `LogMismatchError`. */
  untold(commit: Commit, events: readonly OutwardEvent[]): readonly OutwardEvent[] {
    const { last } = this.end;
    if (last?.factSequence === commit.sequence) {
      if (last.commitId !== commit.id) throw new LogMismatchError(last.factSequence, last.commitId);
      return events.slice(last.noticeIndex + 1);
    }
    const counted = Math.min(this.uncounted, events.length);
    this.uncounted -= counted;
    return events.slice(counted);
  }

  /** To be called at the end of the log. Throws `LogMismatchError` when the log ends before what was told. */
  reachedEnd(): void {
    const { last } = this.end;
    if (last && this.lastSeen < last.factSequence && this.afterSequence < last.factSequence) {
      throw new LogMismatchError(last.factSequence, last.commitId);
    }
  }
}

function usable(end: StreamEnd, kept: Snapshot | undefined, logLastSequence: number): KeptPosition | undefined {
  if (kept?.fingerprint !== keptFingerprint || kept.sequence > logLastSequence) return undefined;
  const position = kept.state as KeptPosition;
  const isOfThisStream = position.streamCreatedAt === end.createdAt && position.eventsSequence <= end.lastSequence;
  return isOfThisStream ? position : undefined;
}
